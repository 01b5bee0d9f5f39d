-- system_logs by months, as donna's plan suggests. Run it with psql after `changeover complete`: a unique key of a partitioned table must contain the
-- column that it is partitioned by, so a log entry could no longer be found by its id alone, which both sides of a migration need.
-- Later months want a partition of their own before they begin; until then their rows are in system_logs_other.

BEGIN;

ALTER TABLE system_logs RENAME TO system_logs_unpartitioned;
CREATE TABLE system_logs (LIKE system_logs_unpartitioned INCLUDING DEFAULTS) PARTITION BY RANGE (created_at);
CREATE TABLE system_logs_other PARTITION OF system_logs DEFAULT;

DO $$
DECLARE
    month TIMESTAMPTZ;
BEGIN
    FOR month IN
        SELECT generate_series(
            date_trunc('month', coalesce(min(created_at), now()), 'UTC'),
            date_trunc('month', greatest(max(created_at), now()), 'UTC') + interval '3 months',
            interval '1 month')
        FROM system_logs_unpartitioned
    LOOP
        EXECUTE format(
            'CREATE TABLE system_logs_%s PARTITION OF system_logs FOR VALUES FROM (%L) TO (%L)',
            to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'), month, month + interval '1 month');
    END LOOP;
END
$$;

INSERT INTO system_logs SELECT * FROM system_logs_unpartitioned;
DROP TABLE system_logs_unpartitioned;

ALTER TABLE system_logs ADD PRIMARY KEY (id, created_at);
CREATE INDEX idx_system_logs_level ON system_logs (level);
CREATE INDEX idx_system_logs_trace_id ON system_logs (trace_id);
CREATE INDEX idx_system_logs_created_at ON system_logs (created_at);

COMMIT;
