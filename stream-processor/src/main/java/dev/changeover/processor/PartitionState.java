package dev.changeover.processor;

import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * What the processor keeps of one partition: one store for all its {@linkplain Part parts}.
 *
 * <p>Most keys that are looked for in a backfill were never put, and RocksDB's way of telling Java so is to throw an exception in C++,
 * which costs more than all that it does to find it out. So a store that was empty when it was opened is asked only for what may have
 * been put since.
 */
final class PartitionState {
    /** The store's name. */
    static final String STORE = "state";

    private final KeyValueStore<Bytes, byte[]> store;
    private final @Nullable KeyFilter put;

    PartitionState(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        this.put = isEmpty(store) ? new KeyFilter() : null;
    }

    private static boolean isEmpty(KeyValueStore<Bytes, byte[]> store) {
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            return !all.hasNext();
        }
    }

    /** Whether there was nothing in it when it was opened. */
    boolean beganEmpty() {
        return put != null;
    }

    byte @Nullable [] get(Bytes key) {
        return put != null && !put.mayContain(key.get()) ? null : store.get(key);
    }

    void put(Bytes key, byte[] value) {
        if (put != null) {
            put.add(key.get());
        }
        store.put(key, value);
    }

    void delete(Bytes key) {
        store.delete(key);
    }

    /** To be closed. */
    KeyValueIterator<Bytes, byte[]> startingWith(Bytes prefix) {
        return store.prefixScan(prefix.get(), new ByteArraySerializer());
    }

    /** Both bounds included. To be closed. */
    KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
        return store.range(from, to);
    }
}
