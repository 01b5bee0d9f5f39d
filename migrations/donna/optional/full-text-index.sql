-- Full-text search over messages, which donna's plan calls a future enhancement. It is not part of schema/, because
-- PostgreSQL then refuses a content with more than 1 MB of distinct words, which the files can hold, and does not index
-- words over 2047 bytes. To have it, run this with psql, or copy it to schema/V3__full_text_index.sql.

CREATE INDEX idx_messages_content_fts ON messages USING gin (to_tsvector('english', content));
