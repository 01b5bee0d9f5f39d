-- Columns and tables that the plan does not have, for what its tables cannot hold, and the daemon whose data it is.
-- Nothing here changes a column that the plan names.

INSERT INTO daemons (id, name, created_at, kernel_version, status)
VALUES ('272983cd-c3e1-5574-a284-49ab0aebafaa', 'cass', '2025-11-03T00:00:00', 'temple-codex-1.0', 'active');

-- fields without a column of their own, as one JSON object (NULL when there are none)
ALTER TABLE users             ADD COLUMN extra_json TEXT;   -- projects, values, notes, unknown fields
ALTER TABLE conversations     ADD COLUMN extra_json TEXT;   -- unknown fields
ALTER TABLE projects          ADD COLUMN extra_json TEXT;   -- unknown fields
ALTER TABLE development_logs  ADD COLUMN extra_json TEXT;   -- id, timestamp, milestone_count, developmental_stage
ALTER TABLE journals          ADD COLUMN extra_json TEXT;   -- summary, summary_count, conversation_count
ALTER TABLE dreams            ADD COLUMN extra_json TEXT;   -- reflections, discussed, integrated, integration_insights
ALTER TABLE solo_reflections  ADD COLUMN extra_json TEXT;   -- ended_at, trigger, status, thought_stream, questions_raised, ...
ALTER TABLE research_sessions ADD COLUMN extra_json TEXT;   -- mode, limits, counters, pause, summary, next_steps, ...
ALTER TABLE research_queue    ADD COLUMN extra_json TEXT;   -- estimated_duration, source_type, started_at, result, exploration, ...
ALTER TABLE goals             ADD COLUMN extra_json TEXT;   -- urgency, response, insights, next_steps, related_*
ALTER TABLE roadmap_items     ADD COLUMN extra_json TEXT;   -- milestone_id, unknown fields
ALTER TABLE calendar_events   ADD COLUMN extra_json TEXT;   -- location, reminder fields, completed, tags, updated_at, ...
ALTER TABLE tasks             ADD COLUMN extra_json TEXT;   -- project, modified_at, urgency
ALTER TABLE rhythm_records    ADD COLUMN extra_json TEXT;   -- session_id, session_type, duration_minutes, findings, notes_created

ALTER TABLE messages          ADD COLUMN extra_json TEXT;   -- which of "left out" and null a field was: the first version wrote four
ALTER TABLE project_files     ADD COLUMN extra_json TEXT;
ALTER TABLE project_documents ADD COLUMN extra_json TEXT;
ALTER TABLE rhythm_phases     ADD COLUMN extra_json TEXT;

ALTER TABLE user_growth_edges ADD COLUMN extra_json TEXT;
ALTER TABLE daemon_profiles   ADD COLUMN extra_json TEXT;
ALTER TABLE growth_edges      ADD COLUMN extra_json TEXT;
ALTER TABLE opinions          ADD COLUMN extra_json TEXT;
ALTER TABLE wiki_pages        ADD COLUMN extra_json TEXT;

-- Which list of which file a row is of, where several go into one table.
ALTER TABLE user_observations ADD COLUMN source TEXT;       -- observations | identity_statements | contradictions | ...
ALTER TABLE goals             ADD COLUMN source TEXT;       -- working_questions | initiatives
CREATE UNIQUE INDEX idx_user_observations_key ON user_observations (user_id, id);

-- A page's name within its category: id is both, with a / between them.
ALTER TABLE wiki_pages ADD COLUMN name TEXT;
CREATE UNIQUE INDEX idx_wiki_pages_key ON wiki_pages (daemon_id, category, name);

ALTER TABLE token_usage       ADD COLUMN extra_json TEXT;

-- Whose file an event or a task is in: its own user_id may be null.
ALTER TABLE calendar_events   ADD COLUMN file_user_id TEXT;
ALTER TABLE tasks             ADD COLUMN file_user_id TEXT;
CREATE UNIQUE INDEX idx_calendar_events_key ON calendar_events (file_user_id, id);
CREATE UNIQUE INDEX idx_tasks_key           ON tasks (file_user_id, id);
CREATE UNIQUE INDEX idx_documents_key       ON project_documents (project_id, id);

-- place of a message in its conversation: the only key that the legacy file gives
ALTER TABLE messages ADD COLUMN seq INTEGER;
CREATE UNIQUE INDEX idx_messages_seq ON messages (conversation_id, seq);

-- natural keys of the tables whose own id is a counter
CREATE UNIQUE INDEX idx_growth_edges_key      ON growth_edges (daemon_id, area);
CREATE UNIQUE INDEX idx_opinions_key          ON opinions (daemon_id, topic);
CREATE UNIQUE INDEX idx_dev_logs_key          ON development_logs (daemon_id, date);
CREATE UNIQUE INDEX idx_user_growth_edges_key ON user_growth_edges (daemon_id, user_id, area);
CREATE UNIQUE INDEX idx_project_files_key     ON project_files (project_id, path);
CREATE UNIQUE INDEX idx_roadmap_links_key     ON roadmap_links (source_id, target_id, link_type);
CREATE UNIQUE INDEX idx_rhythm_records_key    ON rhythm_records (daemon_id, date, phase_id);
CREATE UNIQUE INDEX idx_token_usage_key       ON token_usage (daemon_id, date, provider, model);


-- The single calls behind token_usage: the plan has their sums only.
CREATE TABLE token_usage_records (
    id                 TEXT PRIMARY KEY,           -- UUID
    daemon_id          TEXT NOT NULL REFERENCES daemons (id),
    date               TEXT NOT NULL,              -- the file's date
    timestamp          TEXT NOT NULL,
    provider           TEXT NOT NULL,
    model              TEXT NOT NULL,
    category           TEXT,
    operation          TEXT,
    input_tokens       INTEGER DEFAULT 0,
    output_tokens      INTEGER DEFAULT 0,
    total_tokens       INTEGER DEFAULT 0,
    cache_read_tokens  INTEGER DEFAULT 0,
    cache_write_tokens INTEGER DEFAULT 0,
    conversation_id    TEXT,
    user_id            TEXT,
    tool_name          TEXT,
    duration_ms        INTEGER DEFAULT 0,
    estimated_cost_usd REAL,
    extra_json         TEXT
);
CREATE UNIQUE INDEX idx_token_records_key ON token_usage_records (date, provider, model, id);
CREATE INDEX idx_token_records_date ON token_usage_records (daemon_id, date);

-- Each refers to its daemon; the plan has an index for some of them.
CREATE INDEX projects_daemon ON projects (daemon_id);
CREATE INDEX conversations_daemon ON conversations (daemon_id);
CREATE INDEX milestones_daemon ON milestones (daemon_id);
CREATE INDEX cognitive_snapshots_daemon ON cognitive_snapshots (daemon_id);
CREATE INDEX solo_reflections_daemon ON solo_reflections (daemon_id);
CREATE INDEX research_sessions_daemon ON research_sessions (daemon_id);
CREATE INDEX research_queue_daemon ON research_queue (daemon_id);
CREATE INDEX calendar_events_daemon ON calendar_events (daemon_id);
CREATE INDEX tasks_daemon ON tasks (daemon_id);
CREATE INDEX rhythm_phases_daemon ON rhythm_phases (daemon_id);
CREATE INDEX goals_daemon ON goals (daemon_id);
CREATE INDEX user_growth_edges_user ON user_growth_edges (user_id);
