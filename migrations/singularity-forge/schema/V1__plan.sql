-- The two tables and three indexes as singularity-forge's plan states them; model_stats first, because model_outcomes refers to it.

CREATE TABLE model_stats (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    task_type    TEXT NOT NULL,
    model_id     TEXT NOT NULL,
    successes    INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    timeouts     INTEGER NOT NULL DEFAULT 0,
    total_tokens INTEGER NOT NULL DEFAULT 0,
    total_cost   REAL NOT NULL DEFAULT 0.0,
    last_used    TEXT,                              -- ISO 8601
    UNIQUE (task_type, model_id)
);

CREATE TABLE model_outcomes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    task_type   TEXT NOT NULL,
    model_id    TEXT NOT NULL,
    success     INTEGER NOT NULL,                   -- 1 | 0
    timeout     INTEGER NOT NULL DEFAULT 0,         -- 1 | 0
    tokens_used INTEGER NOT NULL DEFAULT 0,
    cost_usd    REAL NOT NULL DEFAULT 0.0,
    timestamp   TEXT NOT NULL,                      -- ISO 8601
    FOREIGN KEY (task_type, model_id) REFERENCES model_stats (task_type, model_id)
);

CREATE INDEX idx_stats_task_model    ON model_stats (task_type, model_id);
CREATE INDEX idx_outcomes_task_model ON model_outcomes (task_type, model_id);
CREATE INDEX idx_outcomes_timestamp  ON model_outcomes (timestamp DESC);

