-- What the plan's tables lack to hold everything that the real files hold: each "extra" takes, under its legacy name, every
-- legacy column that has no column of its own in that table.

ALTER TABLE continuum.tier_audit            ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE continuum.forgetting_metrics    ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE rss.fetch_cycles                ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE rss.fetch_items                 ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE accuracy.learning_objectives    ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';

-- Each delete of an item or a cycle would read these tables whole.
CREATE INDEX idx_knowledge_relationships_source ON knowledge.knowledge_relationships (source_id);
CREATE INDEX idx_knowledge_relationships_target ON knowledge.knowledge_relationships (target_id);
CREATE INDEX idx_rss_fetch_items_cycle          ON rss.fetch_items (cycle_id);

-- The plan's foreign keys hold an item or a cycle back until the last row that refers to it has gone, and these go through other
-- partitions, in no order. With CASCADE both come to the same end, whichever is first.
ALTER TABLE knowledge.knowledge_relationships
    DROP CONSTRAINT knowledge_relationships_source_id_fkey,
    DROP CONSTRAINT knowledge_relationships_target_id_fkey,
    ADD CONSTRAINT knowledge_relationships_source_id_fkey
        FOREIGN KEY (source_id) REFERENCES knowledge.knowledge_items (id) ON DELETE CASCADE,
    ADD CONSTRAINT knowledge_relationships_target_id_fkey
        FOREIGN KEY (target_id) REFERENCES knowledge.knowledge_items (id) ON DELETE CASCADE;
ALTER TABLE rss.fetch_items
    DROP CONSTRAINT fetch_items_cycle_id_fkey,
    ADD CONSTRAINT fetch_items_cycle_id_fkey
        FOREIGN KEY (cycle_id) REFERENCES rss.fetch_cycles (id) ON DELETE CASCADE;
