package dev.changeover.sink;

import dev.changeover.model.entity.Bytes;
import dev.changeover.store.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What was read and not yet applied. Filled by the reading thread, then handed over to the applying one. */
final class PendingBatch {
    private final Map<Integer, Batch.Advance> advances = new TreeMap<>();
    private final List<Batch.LoggedChange> changes = new ArrayList<>();
    private final List<Long> writeOffsets = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();
    private long bytes;
    private int markers;
    private final Set<Integer> retryParked = new TreeSet<>();

    /**
     * @param writeOffset in the same partition of {@code writes}; -1 if the event does not say
     * @param value the event's bytes, from now on ours
     */
    void add(Batch.LoggedChange change, long writeOffset, byte[] value) {
        changes.add(change);
        writeOffsets.add(writeOffset);
        values.add(value);
        bytes += value.length;
    }

    void addMarker() {
        markers++;
    }

    /** A marker that says: try once more what waits. */
    void addRetry(int partition) {
        markers++;
        retryParked.add(partition);
    }

    /** The batch moves {@code partition} to {@code to}; where it began is what it was first told. */
    void advance(int partition, long from, long to, long writesNext) {
        advances.merge(
                partition,
                new Batch.Advance(partition, from, to, writesNext),
                (before, now) -> new Batch.Advance(partition, before.from(), now.to(), now.writesNext()));
    }

    Batch batch() {
        return new Batch(List.copyOf(advances.values()), changes);
    }

    Set<Integer> partitions() {
        return advances.keySet();
    }

    List<Batch.LoggedChange> changes() {
        return changes;
    }

    /** Of the change at {@code index}: its offset in {@code writes}, or -1. */
    long writeOffset(int index) {
        return writeOffsets.get(index);
    }

    /** The bytes of the change at that offset as they were on the log, if it is in this batch. */
    @Nullable
    Bytes valueOrNull(int partition, long offset) {
        for (int i = 0; i < changes.size(); i++) {
            Batch.LoggedChange change = changes.get(i);
            if (change.partition() == partition && change.offset() == offset) {
                return Bytes.copyOf(values.get(i));
            }
        }
        return null;
    }

    Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new HashMap<>();
        advances.values().forEach(advance -> ends.put(advance.partition(), advance.to()));
        return ends;
    }

    /** Whether it has events or markers of ours, not only places where Kafka's own markers lie. */
    boolean hasRecords() {
        return !changes.isEmpty() || markers > 0;
    }

    boolean moves() {
        return !advances.isEmpty();
    }

    /** The partitions in which somebody asks to try once more what waits. */
    Set<Integer> retriesParked() {
        return retryParked;
    }

    int rows() {
        return changes.size();
    }

    long bytes() {
        return bytes;
    }
}
