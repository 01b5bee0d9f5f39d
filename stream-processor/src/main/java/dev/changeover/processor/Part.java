package dev.changeover.processor;

import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/**
 * One part of what the processor keeps of a partition. All parts are in one store, each behind a byte of its own: a commit writes to
 * each changelog, and ends the transaction in each, so with a store for each part a third and more of what the broker appends is
 * about changelogs.
 */
final class Part {
    private final PartitionState state;
    private final byte mark;

    /** @param mark an ASCII character, different for each part, never to be changed */
    Part(PartitionState state, char mark) {
        this.state = state;
        this.mark = (byte) mark;
    }

    byte @Nullable [] get(byte[] key) {
        return state.get(stored(key));
    }

    void put(byte[] key, byte[] value) {
        state.put(stored(key), value);
    }

    void delete(byte[] key) {
        state.delete(stored(key));
    }

    /** In the order of their bytes; what is changed meanwhile may or may not be among them. To be closed. */
    Entries startingWith(byte[] prefix) {
        return new Entries(state.startingWith(stored(prefix)));
    }

    /** Those that come at {@code first} or behind it, as {@link #startingWith}. No part has an empty key. */
    Entries from(byte[] first) {
        return new Entries(state.range(stored(first), Bytes.wrap(new byte[] {(byte) (mark + 1)})));
    }

    private Bytes stored(byte[] key) {
        byte[] stored = new byte[key.length + 1];
        stored[0] = mark;
        System.arraycopy(key, 0, stored, 1, key.length);
        return Bytes.wrap(stored);
    }

    static final class Entries implements AutoCloseable {
        private final KeyValueIterator<Bytes, byte[]> entries;

        private Entries(KeyValueIterator<Bytes, byte[]> entries) {
            this.entries = entries;
        }

        boolean hasNext() {
            return entries.hasNext();
        }

        /** With its key as it was put. */
        KeyValue<byte[], byte[]> next() {
            KeyValue<Bytes, byte[]> next = entries.next();
            byte[] stored = next.key.get();
            return KeyValue.pair(Arrays.copyOfRange(stored, 1, stored.length), next.value);
        }

        @Override
        public void close() {
            entries.close();
        }
    }
}
