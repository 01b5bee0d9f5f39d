-- What is known of the documents in ChromaDB, in a schema of its own: StillMe's plan names a schema "vector: ChromaDB metadata (if needed)" and
-- gives it no tables. It is not part of schema/, because nothing fills it: ChromaDB keeps its own file, which is not migrated, and the vectors
-- themselves stay there. To have it, run this with psql, or copy it to schema/V3__vector_metadata.sql; the application then writes a row where it
-- adds a document to ChromaDB.
--
-- A document's id is the item_id of continuum.tier_metrics and, for what came from a feed, the vector_id of an item in rss.fetch_items. Neither is a
-- foreign key: ChromaDB may have a document whose item is forgotten, and that is what one looks for here.

CREATE SCHEMA IF NOT EXISTS vector;

CREATE TABLE vector.collections (
    name            TEXT PRIMARY KEY,
    embedding_model TEXT NOT NULL,
    dimension       INTEGER NOT NULL CHECK (dimension > 0),
    metadata        JSONB NOT NULL DEFAULT '{}',
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE vector.documents (
    document_id TEXT NOT NULL,
    collection  TEXT NOT NULL REFERENCES vector.collections (name) ON DELETE CASCADE,
    source      TEXT,
    metadata    JSONB NOT NULL DEFAULT '{}',
    embedded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (collection, document_id)
);

CREATE INDEX idx_vector_documents_document    ON vector.documents (document_id);
CREATE INDEX idx_vector_documents_embedded_at ON vector.documents (embedded_at);
CREATE INDEX idx_vector_documents_metadata    ON vector.documents USING gin (metadata jsonb_path_ops);

-- Documents with the tier of their items; tier is NULL where the item is forgotten and the document still there.
CREATE VIEW vector.documents_by_tier AS
SELECT d.collection, d.document_id, d.source, d.embedded_at, t.tier, t.surprise_score, t.access_count
FROM vector.documents d
LEFT JOIN continuum.tier_metrics t ON t.item_id = d.document_id;
