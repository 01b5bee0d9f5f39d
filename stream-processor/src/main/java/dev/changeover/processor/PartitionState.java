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

    /** 1 MiB, enough for half a million keys. */
    private static final int FILTER_BITS_LOG2 = 23;
    /** 8 MiB: one process may have all partitions. */
    private static final int ALL_FILTERS_BITS_LOG2 = 26;

    private final KeyValueStore<Bytes, byte[]> store;
    private final @Nullable KeyFilter put;

    /** @param partitions how many there are: together their filters take at most 8 MiB */
    PartitionState(KeyValueStore<Bytes, byte[]> store, int partitions) {
        this.store = store;
        this.put = isEmpty(store) ? new KeyFilter(filterBitsLog2(partitions)) : null;
    }

    private static int filterBitsLog2(int partitions) {
        int partitionsLog2 = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, partitions) - 1);
        return Math.min(FILTER_BITS_LOG2, ALL_FILTERS_BITS_LOG2 - partitionsLog2);
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
