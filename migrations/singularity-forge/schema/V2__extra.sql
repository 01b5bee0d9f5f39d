-- What the plan's tables lack. extra: successRate and every member that no column names, and which of "left out", null and 0 it was.
-- event_id: only it can tell a retry from a second attempt, for two outcomes can be equal in every column. Rows that the
-- application itself inserts may do without.

ALTER TABLE model_stats ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';

ALTER TABLE model_outcomes ADD COLUMN event_id TEXT;
CREATE UNIQUE INDEX idx_outcomes_event ON model_outcomes (task_type, model_id, event_id);
