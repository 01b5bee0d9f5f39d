package dev.changeover.processor;

import dev.changeover.model.entity.RecordKey;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keys of other partitions that were deleted live and that records here may point to. A snapshot read may come long after the
 * delete and still hold the old pointer.
 */
final class GoneElsewhere {
    static final String STORE = "gone-elsewhere";

    private static final byte[] GONE = {1};

    private final KeyValueStore<Bytes, byte[]> store;
    private boolean any;

    GoneElsewhere(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            this.any = all.hasNext();
        }
    }

    void remember(RecordKey deleted) {
        store.put(Bytes.wrap(deleted.bytes()), GONE);
        any = true;
    }

    boolean contains(RecordKey key) {
        return any && store.get(Bytes.wrap(key.bytes())) != null;
    }

    /** Whether there is any at all: most of the time there is none, and nothing needs to be looked up. */
    boolean any() {
        return any;
    }
}
