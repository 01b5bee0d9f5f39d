package dev.changeover.verifier.observe;

/**
 * How the replication slot stands.
 *
 * @param active whether somebody reads it
 * @param retainedBytes write-ahead log that the server keeps for it
 * @param behindBytes write-ahead log written but not yet confirmed by the reader
 * @param status PostgreSQL's {@code wal_status}: {@code reserved}, {@code extended}, {@code unreserved} or {@code lost};
 *     empty if there is no slot
 */
public record SlotHealth(boolean active, long retainedBytes, long behindBytes, String status) {
    public boolean healthy() {
        return active && (status.equals("reserved") || status.equals("extended"));
    }
}
