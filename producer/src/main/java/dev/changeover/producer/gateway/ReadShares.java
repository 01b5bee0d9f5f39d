package dev.changeover.producer.gateway;

import dev.changeover.model.entity.RecordKey;

/** Which reads the target serves before it is the primary. Safe for use by several threads. */
public interface ReadShares {
    /** All reads are the primary's. */
    ReadShares NONE = new ReadShares() {
        @Override
        public boolean fromTarget(RecordKey key) {
            return false;
        }

        @Override
        public void served(RecordKey key) {}
    };

    /**
     * Whether a read of this record is to be served from the target although legacy is the primary. The same record's reads always are, or
     * never, while the share stays the same; except while the target lacks what legacy has already acknowledged.
     */
    boolean fromTarget(RecordKey key);

    /** A read that named no side was answered, be it that there is no such record. Returns at once. */
    void served(RecordKey key);
}
