package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.KeyJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;

/** The latest state of every key of this partition, deleted ones included. */
final class Records {
    private static final char MARK = 'r';

    private final Migration migration;
    private final EventCodec codec;
    private final Part records;

    Records(Migration migration, EventCodec codec, PartitionState state) {
        this.migration = migration;
        this.codec = codec;
        this.records = new Part(state, MARK);
    }

    /** Whether any event of this key was accepted, deletes included. */
    boolean knows(byte[] key) {
        return records.get(key) != null;
    }

    Optional<RecordState> find(RecordKey key) {
        return Optional.ofNullable(records.get(key.bytes())).map(RecordState::of);
    }

    void put(byte[] key, RecordState state) {
        records.put(key, state.stored());
    }

    /** The record that {@code state}, which exists, stands for. */
    EntityRecord recordOf(RecordKey key, RecordState state) {
        try {
            EntityRecord after = codec.readAfterOnly(key.bytes(), state.event()).after();
            if (after == null) {
                throw new IllegalStateException("Cannot read the state of %s: it has no record".formatted(key));
            }
            return after;
        } catch (MalformedEventException e) {
            throw new IllegalStateException(
                    "Cannot read the state of %s: has its definition changed? %s".formatted(key, e.getMessage()), e);
        }
    }

    /** Does something with each existing record whose key text begins with {@code prefix}; it may change the records. */
    void forEach(String prefix, Visitor visitor) {
        try (Part.Entries found = records.startingWith(prefix.getBytes(StandardCharsets.UTF_8))) {
            while (found.hasNext()) {
                KeyValue<byte[], byte[]> one = found.next();
                RecordState state = RecordState.of(one.value);
                if (state.exists()) {
                    visitor.visit(keyOf(one.key), state);
                }
            }
        }
    }

    interface Visitor {
        void visit(RecordKey key, RecordState state);
    }

    RecordKey keyOf(byte[] key) {
        try {
            return KeyJson.read(migration, key);
        } catch (MalformedEventException e) {
            throw new IllegalStateException("Cannot read a key of the state: " + e.getMessage(), e);
        }
    }
}
