-- What the plan's tables lack to hold everything that the real legacy files hold: each "extra" takes, under its legacy
-- name, every member of the legacy document that has no column of its own, the legacy id among them.

ALTER TABLE users         ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE chat_sessions ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE messages      ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE user_memory   ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE system_logs   ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
