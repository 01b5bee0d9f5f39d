package dev.changeover.processor;

import dev.changeover.log.LogException;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.topic.ProcessorProgress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * How far this partition has come and what became of its events. Kept in a cached store: the cache makes one write of it for
 * each commit, in the commit's own transaction, so the figures are exactly those of the events that are visible.
 */
final class Tally {
    static final String STORE = "tally";

    private static final Bytes FIGURES = key("figures");
    private static final Bytes LOG = key("log");

    /**
     * How the state is laid out, behind the log's identity, so that builds that know one layout only refuse it too. 2: all parts are
     * in one store, see {@link Part}.
     */
    private static final String LAYOUT = "#2";

    private static final String DELETED = "deleted:";

    private final KeyValueStore<Bytes, byte[]> store;
    private final Set<String> entitiesWithDeletes = new HashSet<>();
    private long next;
    private long writes;
    private long changes;
    private long deadLetters;
    private long duplicates;
    private long beatenSnapshotReads;
    private boolean published;

    /**
     * @param log the identity of the log that this processor runs on
     * @throws LogException if the state comes from another log, or from a build that kept it otherwise
     */
    Tally(KeyValueStore<Bytes, byte[]> store, String log) {
        this.store = store;
        byte[] figures = store.get(FIGURES);
        if (figures != null) {
            ByteBuffer buffer = ByteBuffer.wrap(figures);
            next = buffer.getLong();
            writes = buffer.getLong();
            changes = buffer.getLong();
            deadLetters = buffer.getLong();
            duplicates = buffer.getLong();
            beatenSnapshotReads = buffer.getLong();
        }
        byte[] known = store.get(LOG);
        if (known == null) {
            store.put(LOG, (log + LAYOUT).getBytes(StandardCharsets.UTF_8));
        } else {
            check(new String(known, StandardCharsets.UTF_8), log);
        }
        readEntitiesWithDeletes();
    }

    private static void check(String known, String log) {
        if (known.equals(log)) {
            throw new LogException(
                    "Cannot process writes: the state was written by an earlier build of Changeover, which kept it otherwise. Go on with that one, or begin with a new migration name.");
        }
        if (!known.equals(log + LAYOUT)) {
            throw new LogException(
                    "Cannot process writes: the state belongs to log %s and this is log %s. Somebody made the topics anew; restore them, or begin with a new migration name."
                            .formatted(known, log + LAYOUT));
        }
    }

    private void readEntitiesWithDeletes() {
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, byte[]> one = all.next();
                String name = new String(one.key.get(), StandardCharsets.UTF_8);
                if (name.startsWith(DELETED)) {
                    entitiesWithDeletes.add(name.substring(DELETED.length()));
                }
            }
        }
    }

    /** Whether the event at {@code offset} was dealt with before: the group's offsets were lost, the state was not. */
    boolean passed(long offset) {
        return offset < next;
    }

    void write() {
        writes++;
    }

    void change() {
        changes++;
    }

    void deadLetter() {
        deadLetters++;
    }

    void duplicate() {
        duplicates++;
    }

    void beaten() {
        beatenSnapshotReads++;
    }

    /** A change that the processor made itself: as if it had been written. */
    void derived() {
        writes++;
        changes++;
    }

    /** The event at {@code offset} is done with. */
    void processed(long offset) {
        next = offset + 1;
        published = false;
        store.put(
                FIGURES,
                ByteBuffer.allocate(6 * Long.BYTES)
                        .putLong(next)
                        .putLong(writes)
                        .putLong(changes)
                        .putLong(deadLetters)
                        .putLong(duplicates)
                        .putLong(beatenSnapshotReads)
                        .array());
    }

    /** A record of {@code entity} was deleted here. */
    void deleted(Entity entity) {
        if (entitiesWithDeletes.add(entity.name())) {
            store.put(key(DELETED + entity.name()), new byte[] {1});
        }
    }

    /** Whether any record of {@code entity} was ever deleted here: mostly not, and then nothing needs to be looked up. */
    boolean hasDeletes(Entity entity) {
        return entitiesWithDeletes.contains(entity.name());
    }

    /** Whether there is anything new to say since {@link #progress}. */
    boolean unpublished() {
        return !published;
    }

    ProcessorProgress progress(int partition, long nowMillis) {
        published = true;
        return new ProcessorProgress(
                partition,
                next,
                new ProcessorProgress.Counters(writes, changes, deadLetters, duplicates, beatenSnapshotReads),
                nowMillis);
    }

    private static Bytes key(String name) {
        return Bytes.wrap(name.getBytes(StandardCharsets.UTF_8));
    }
}
