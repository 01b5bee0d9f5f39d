package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the log says of some keys. */
public interface ChangesHistory {
    /** Follows these keys from the log's beginning; the caller closes it. */
    Follower follow(Set<RecordKey> keys);

    /** Remembers the last event of each key that it follows. One thread at a time. */
    interface Follower extends AutoCloseable {
        /**
         * Reads on to the log's end as it is when called.
         *
         * @return the last event of each key; a key without one was never on the log
         */
        Map<RecordKey, Logged> catchUp() throws InterruptedException;

        @Override
        void close();
    }

    /**
     * The last event of a key.
     *
     * @param offset its offset in the key's partition of {@code changes}
     * @param state what the key's record should be; null if it was deleted
     * @param before what it was before, where the event says so
     * @param writeOffset the offset in {@code writes} that it came from; -1 if it is not known
     */
    record Logged(
            long offset,
            @Nullable EntityRecord state,
            @Nullable EntityRecord before,
            long writeOffset) {}
}
