-- One schema for each of the application's SQLite files, as StillMe's plan states them.

CREATE SCHEMA IF NOT EXISTS knowledge;

CREATE TABLE knowledge.knowledge_items (
    id               SERIAL PRIMARY KEY,
    content          TEXT NOT NULL,
    source           TEXT NOT NULL,
    knowledge_type   TEXT NOT NULL,
    confidence_score REAL DEFAULT 0.0,
    retention_score  REAL DEFAULT 0.0,
    access_count     INTEGER DEFAULT 0,
    last_accessed    TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    created_at       TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata         JSONB DEFAULT '{}'
);

CREATE TABLE knowledge.learning_sessions (
    id                    SERIAL PRIMARY KEY,
    session_type          TEXT NOT NULL,
    content_learned       TEXT NOT NULL,
    accuracy_score        REAL DEFAULT 0.0,
    retention_improvement REAL DEFAULT 0.0,
    created_at            TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata              JSONB DEFAULT '{}'
);

CREATE TABLE knowledge.knowledge_relationships (
    id                SERIAL PRIMARY KEY,
    source_id         INTEGER NOT NULL REFERENCES knowledge.knowledge_items (id),
    target_id         INTEGER NOT NULL REFERENCES knowledge.knowledge_items (id),
    relationship_type TEXT NOT NULL,
    strength          REAL DEFAULT 0.0,
    created_at        TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE SCHEMA IF NOT EXISTS continuum;

CREATE TABLE continuum.tier_metrics (
    item_id        TEXT PRIMARY KEY,
    tier           TEXT NOT NULL,
    surprise_score REAL DEFAULT 0.0,
    access_count   INTEGER DEFAULT 0,
    last_accessed  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata       JSONB DEFAULT '{}'
);

CREATE TABLE continuum.tier_audit (
    id         SERIAL PRIMARY KEY,
    item_id    TEXT NOT NULL,
    from_tier  TEXT NOT NULL,
    to_tier    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE continuum.forgetting_metrics (
    id              SERIAL PRIMARY KEY,
    tier            TEXT NOT NULL,
    forgotten_count INTEGER DEFAULT 0,
    total_count     INTEGER DEFAULT 0,
    forgetting_rate REAL DEFAULT 0.0,
    measured_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE SCHEMA IF NOT EXISTS rss;

CREATE TABLE rss.fetch_cycles (
    id            SERIAL PRIMARY KEY,
    cycle_number  INTEGER NOT NULL UNIQUE,
    started_at    TIMESTAMP NOT NULL,
    completed_at  TIMESTAMP,
    status        TEXT NOT NULL,
    items_fetched INTEGER DEFAULT 0,
    items_added   INTEGER DEFAULT 0,
    error_message TEXT
);

CREATE TABLE rss.fetch_items (
    id             SERIAL PRIMARY KEY,
    cycle_id       INTEGER NOT NULL REFERENCES rss.fetch_cycles (id),
    feed_url       TEXT NOT NULL,
    item_title     TEXT,
    item_link      TEXT,
    item_published TIMESTAMP,
    status         TEXT NOT NULL,
    error_message  TEXT,
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE SCHEMA IF NOT EXISTS accuracy;

CREATE TABLE accuracy.accuracy_scores (
    id              SERIAL PRIMARY KEY,
    question        TEXT NOT NULL,
    expected_answer TEXT,
    actual_answer   TEXT NOT NULL,
    accuracy_score  REAL NOT NULL,
    scoring_method  TEXT NOT NULL,
    context_used    TEXT,
    created_at      TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata        JSONB DEFAULT '{}'
);

CREATE TABLE accuracy.performance_trends (
    id           SERIAL PRIMARY KEY,
    metric_name  TEXT NOT NULL,
    metric_value REAL NOT NULL,
    measured_at  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata     JSONB DEFAULT '{}'
);

CREATE TABLE accuracy.learning_objectives (
    id             SERIAL PRIMARY KEY,
    objective_text TEXT NOT NULL,
    target_score   REAL NOT NULL,
    current_score  REAL DEFAULT 0.0,
    status         TEXT NOT NULL,
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_knowledge_items_created_at      ON knowledge.knowledge_items (created_at);
CREATE INDEX idx_knowledge_items_retention_score ON knowledge.knowledge_items (retention_score);
CREATE INDEX idx_continuum_tier_metrics_tier     ON continuum.tier_metrics (tier);
CREATE INDEX idx_rss_fetch_cycles_status         ON rss.fetch_cycles (status);
CREATE INDEX idx_accuracy_scores_created_at      ON accuracy.accuracy_scores (created_at);

-- The plan also names a `vector` schema "for ChromaDB metadata (if needed)"
-- and gives it no table.
