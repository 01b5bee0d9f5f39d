package dev.changeover.store.file.journal;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Batch.LoggedChange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Follows a journal that somebody else writes, so that a reader of the files can tell which position what it read belongs to.
 * Safe for use by several threads.
 */
public final class JournalTail {
    /** Batches of so many changes are remembered, but always the last one; a reader who is slower than that reads once more. */
    private static final int MAX_CHANGES = 5_000;

    private final JournalFile file;
    private final JournalCodec codec;
    private final Deque<JournaledBatch> batches = new ArrayDeque<>();
    /** In all of {@code batches}. */
    private int changes;

    private JournalState state = JournalState.EMPTY;
    private long done;
    /** Batches up to this one are not remembered. */
    private long forgotten;

    public JournalTail(Path folder, Migration migration) {
        this.file = new JournalFile(folder.resolve(JournalFile.NAME));
        this.codec = new JournalCodec(migration);
    }

    /**
     * How far the journal was at one moment.
     *
     * @param next offset of the next event by partition, with all batches up to {@code sequence}
     * @param sequence the last batch
     * @param done the last batch of which all files have followed
     */
    public record Mark(Map<Integer, Long> next, long sequence, long done) {}

    /** Reads what is new. */
    public synchronized Mark mark() throws IOException {
        JournalFile.News news = file.read();
        if (news.fromItsBeginning()) {
            batches.clear();
            changes = 0;
            state = JournalState.EMPTY;
            done = 0;
            forgotten = 0;
        }
        for (JournalFile.Entry entry : news.entries()) {
            take(entry);
        }
        return new Mark(state.next(), state.sequence(), done);
    }

    private void take(JournalFile.Entry entry) throws IOException {
        switch (entry.kind()) {
            case JournalFile.STATE -> {
                state = codec.readState(entry.content());
                done = state.sequence();
                if (batches.isEmpty()) {
                    forgotten = done;
                }
            }
            case JournalFile.BATCH -> {
                JournaledBatch batch = codec.readBatch(entry.content());
                state = state.after(batch);
                batches.add(batch);
                changes += batch.changes().size();
                while (changes > MAX_CHANGES && batches.size() > 1) {
                    JournaledBatch oldest = batches.remove();
                    changes -= oldest.changes().size();
                    forgotten = oldest.sequence();
                }
            }
            case JournalFile.DONE -> done = JournalCodec.sequence(entry.content());
            default ->
                throw new IOException(
                        "the journal has an entry of kind %d: a newer version wrote it".formatted(entry.kind()));
        }
    }

    /**
     * Those of {@code keys} that batches in {@code (after, upTo]} touch, all of them if these batches are not remembered: what
     * was read of them may be older or newer than {@code upTo}.
     */
    public synchronized Set<RecordKey> touched(Set<RecordKey> keys, long after, long upTo) {
        if (upTo <= after) {
            return Set.of();
        }
        if (after < forgotten) {
            return new HashSet<>(keys);
        }
        Set<RecordKey> touched = new HashSet<>();
        for (JournaledBatch batch : batches) {
            if (batch.sequence() > after && batch.sequence() <= upTo) {
                for (LoggedChange change : batch.changes()) {
                    if (keys.contains(change.event().key())) {
                        touched.add(change.event().key());
                    }
                }
            }
        }
        return touched;
    }

    /** What batches in {@code (after, upTo]} make of those of {@code keys} that they touch; empty for a delete. */
    public synchronized Map<RecordKey, Optional<EntityRecord>> states(Set<RecordKey> keys, long after, long upTo) {
        Map<RecordKey, Optional<EntityRecord>> states = new HashMap<>();
        for (JournaledBatch batch : batches) {
            if (batch.sequence() > after && batch.sequence() <= upTo) {
                for (LoggedChange change : batch.changes()) {
                    if (keys.contains(change.event().key())) {
                        states.put(
                                change.event().key(),
                                Optional.ofNullable(change.event().after()));
                    }
                }
            }
        }
        return states;
    }
}
