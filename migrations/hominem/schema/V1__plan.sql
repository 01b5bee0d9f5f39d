-- hominem's four tables and five indexes, as the plan states them.
CREATE TABLE conversations (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp         DATETIME DEFAULT CURRENT_TIMESTAMP,
    session_id        TEXT,
    conversation_id   TEXT,
    prompt            TEXT NOT NULL,
    response          TEXT NOT NULL,
    lora_version      TEXT,
    model_temperature REAL,
    response_time_ms  INTEGER,
    metadata          JSON
);

CREATE TABLE emotion_labels (
    id                      INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id         INTEGER,
    labeler                 TEXT NOT NULL,               -- 'auto' | 'manual'
    label_timestamp         DATETIME DEFAULT CURRENT_TIMESTAMP,
    valence                 REAL CHECK (valence BETWEEN -2 AND 2),
    arousal                 REAL CHECK (arousal BETWEEN 0 AND 1),
    dominance               REAL CHECK (dominance BETWEEN -1 AND 1),
    predictive_discrepancy  REAL CHECK (predictive_discrepancy BETWEEN -1 AND 1),
    temporal_directionality REAL CHECK (temporal_directionality BETWEEN -1 AND 1),
    social_broadcast        REAL CHECK (social_broadcast BETWEEN 0 AND 1),
    reward_intensity        REAL,                        -- computed scalar
    safety_score            REAL,                        -- computed scalar
    raw_indicators          JSON,                        -- what the UI recorded
    confidence              REAL CHECK (confidence BETWEEN 0 AND 1),
    rationale               TEXT,
    metadata                JSON,
    FOREIGN KEY (conversation_id) REFERENCES conversations (id)
);

CREATE TABLE reward_labels (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id     INTEGER,
    empathy             REAL,
    social_coherence    REAL,
    agency_support      REAL,
    epistemic_integrity REAL,
    harm_avoidance      REAL,
    narrative_alignment REAL,
    curiosity           REAL,
    reward_intensity    REAL,
    safety_score        REAL,
    metadata            JSON,
    FOREIGN KEY (conversation_id) REFERENCES conversations (id)
);

CREATE TABLE training_batches (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at       DATETIME DEFAULT CURRENT_TIMESTAMP,
    batch_type       TEXT,                               -- 'sft' | 'preference'
    data_range_start DATETIME,
    data_range_end   DATETIME,
    record_count     INTEGER,
    parquet_path     TEXT,
    metadata         JSON
);

CREATE INDEX idx_conversations_timestamp     ON conversations (timestamp);
CREATE INDEX idx_conversations_session       ON conversations (session_id);
CREATE INDEX idx_emotion_labels_conversation ON emotion_labels (conversation_id);
CREATE INDEX idx_emotion_labels_labeler      ON emotion_labels (labeler);
CREATE INDEX idx_emotion_labels_timestamp    ON emotion_labels (label_timestamp);
