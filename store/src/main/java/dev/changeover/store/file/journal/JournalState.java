package dev.changeover.store.file.journal;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.LogId;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store.Applied;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a file store knows of itself.
 *
 * @param sequence number of the last batch
 * @param log the log that its positions belong to; null before the first claim
 * @param positions by partition, without the counts of refusals, which {@link #applied} adds
 * @param refused the changes that would not go in, one for a key, oldest first
 * @param announced the keys of those that {@code dead-letters} has been told of
 */
public record JournalState(
        long sequence,
        @Nullable LogId log,
        Map<Integer, Applied> positions,
        Map<RecordKey, Refusal> refused,
        List<RecordKey> announced) {
    public static final JournalState EMPTY = new JournalState(0, null, Map.of(), Map.of(), List.of());

    public JournalState {
        positions = java.util.Collections.unmodifiableMap(new TreeMap<>(positions));
        refused = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(refused));
        announced = List.copyOf(announced);
    }

    /** Offset of the next event by partition. */
    public Map<Integer, Long> next() {
        Map<Integer, Long> next = new TreeMap<>();
        positions.forEach((partition, applied) -> next.put(partition, applied.next()));
        return next;
    }

    /** The positions with their counts of refusals. */
    public Map<Integer, Applied> applied() {
        Map<Integer, Applied> counted = new TreeMap<>();
        positions.forEach((partition, applied) -> {
            long refusals = refused.values().stream()
                    .filter(refusal -> refusal.partition() == partition)
                    .count();
            counted.put(
                    partition,
                    new Applied(applied.next(), applied.writesNext(), applied.applied(), 0, refusals, applied.epoch()));
        });
        return counted;
    }

    /** The state once {@code batch} is in. */
    JournalState after(JournaledBatch batch) {
        Map<Integer, Applied> moved = new TreeMap<>(positions);
        moved.putAll(batch.positions());
        Map<RecordKey, Refusal> refusals = new LinkedHashMap<>(refused);
        batch.changes().forEach(change -> refusals.remove(change.event().key()));
        List<RecordKey> told = new java.util.ArrayList<>(announced);
        for (Refusal refusal : batch.refused()) {
            refusals.remove(refusal.event().key());
            refusals.put(refusal.event().key(), refusal);
            told.remove(refusal.event().key());
        }
        told.retainAll(refusals.keySet());
        return new JournalState(batch.sequence(), log, moved, refusals, told);
    }
}
