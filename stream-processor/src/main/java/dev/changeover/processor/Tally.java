package dev.changeover.processor;

import dev.changeover.log.LogException;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.topic.ProcessorProgress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * How far this partition has come and what became of its events. The figures are written with each event, into the store of all
 * {@linkplain Part parts}, so what is committed are exactly those of the events that are visible. A cache would write them once
 * for each commit; but Kafka Streams empties caches and then waits for the broker, one partition after the other, and
 * so a commit of six partitions waited six times.
 */
final class Tally {
    private static final char MARK = 't';
    private static final byte[] FIGURES = bytes("figures");
    private static final byte[] LOG = bytes("log");

    /** How the state is laid out, behind the log's identity. 3: all parts are in one store, see {@link Part}, and so are the figures. */
    private static final String LAYOUT = "#3";

    private static final String DELETED = "deleted:";

    private final Part part;
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
    Tally(PartitionState state, String log) {
        this.part = new Part(state, MARK);
        byte[] figures = part.get(FIGURES);
        if (figures != null) {
            ByteBuffer buffer = ByteBuffer.wrap(figures);
            next = buffer.getLong();
            writes = buffer.getLong();
            changes = buffer.getLong();
            deadLetters = buffer.getLong();
            duplicates = buffer.getLong();
            beatenSnapshotReads = buffer.getLong();
        }
        byte[] known = part.get(LOG);
        if (known != null) {
            check(new String(known, StandardCharsets.UTF_8), log);
        } else if (state.beganEmpty()) {
            part.put(LOG, bytes(log + LAYOUT));
        } else {
            throw keptOtherwise();
        }
        readEntitiesWithDeletes();
    }

    private static void check(String known, String log) {
        if (!known.endsWith(LAYOUT)) {
            throw keptOtherwise();
        }
        String knownLog = known.substring(0, known.length() - LAYOUT.length());
        if (!knownLog.equals(log)) {
            throw new LogException(
                    "Cannot process writes: the state belongs to log %s and this is log %s. Somebody made the topics anew; restore them, or begin with a new migration name."
                            .formatted(knownLog, log));
        }
    }

    private static LogException keptOtherwise() {
        return new LogException(
                "Cannot process writes: the state was written by another build of Changeover, which kept it otherwise. Go on with that one, or begin with a new migration name.");
    }

    private void readEntitiesWithDeletes() {
        try (Part.Entries deleted = part.startingWith(bytes(DELETED))) {
            while (deleted.hasNext()) {
                String name = new String(deleted.next().key, StandardCharsets.UTF_8);
                entitiesWithDeletes.add(name.substring(DELETED.length()));
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
        part.put(
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
            part.put(bytes(DELETED + entity.name()), new byte[] {1});
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

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
