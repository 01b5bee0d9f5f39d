package dev.changeover.sink;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.FencedException;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import dev.changeover.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that keeps what {@link Store} promises and can be told to fail. Several handles may share one {@link
 * Contents}, as several processes share a database.
 */
final class MemoryStore implements Store {
    /** What outlives a process. */
    static final class Contents {
        final Map<RecordKey, EntityRecord> records = new LinkedHashMap<>();
        final List<String> history = new ArrayList<>();
        private final Map<Integer, Applied> positions = new TreeMap<>();
        private final Map<RecordKey, ParkedChange> parked = new LinkedHashMap<>();
        private final Map<RecordKey, Refusal> refused = new LinkedHashMap<>();
        private final List<Refusal> unannounced = new ArrayList<>();
        private @Nullable LogId log;
    }

    /** What the next call of {@code apply} does instead of its work, or after it. */
    enum Fault {
        UNAVAILABLE,
        LOST_BEFORE_COMMIT,
        LOST_AFTER_COMMIT
    }

    private final Contents contents;
    private final Map<Integer, Long> epochs = new HashMap<>();
    private final List<Fault> faults = new ArrayList<>();
    volatile String refusedText = "refuse me";

    MemoryStore(Contents contents) {
        this.contents = contents;
    }

    void failNext(Fault... next) {
        synchronized (contents) {
            faults.addAll(List.of(next));
        }
    }

    @Override
    public Map<Integer, Long> claim(LogId log, Set<Integer> partitions) {
        synchronized (contents) {
            LogId known = contents.log;
            if (known != null && !known.equals(log)) {
                throw new ForeignLogException("The store belongs to " + known);
            }
            contents.log = log;
            epochs.clear();
            Map<Integer, Long> from = new TreeMap<>();
            for (int partition : partitions) {
                Applied old = contents.positions.getOrDefault(partition, new Applied(0, 0, 0, 0, 0, 0));
                Applied mine = new Applied(
                        old.next(), old.writesNext(), old.applied(), old.parked(), old.refused(), old.epoch() + 1);
                contents.positions.put(partition, mine);
                epochs.put(partition, mine.epoch());
                from.put(partition, mine.next());
            }
            return from;
        }
    }

    @Override
    public List<ApplyOutcome> apply(Batch batch) {
        synchronized (contents) {
            Fault fault = faults.isEmpty() ? null : faults.remove(0);
            if (fault == Fault.UNAVAILABLE) {
                throw new StoreUnavailableException("The store is away");
            }
            if (fault == Fault.LOST_BEFORE_COMMIT) {
                throw new OutcomeUnknownException("The connection broke");
            }
            for (Batch.Advance advance : batch.advances()) {
                Applied now = contents.positions.get(advance.partition());
                Long epoch = epochs.get(advance.partition());
                if (now == null || epoch == null || now.epoch() != epoch || now.next() != advance.from()) {
                    throw new FencedException("Partition %d is at %s, not at %s with epoch %s"
                            .formatted(advance.partition(), now, advance, epoch));
                }
            }
            List<ApplyOutcome> outcomes =
                    batch.changes().stream().map(this::apply).toList();
            batch.advances().forEach(advance -> move(advance, batch));
            if (fault == Fault.LOST_AFTER_COMMIT) {
                throw new OutcomeUnknownException("The answer got lost");
            }
            return outcomes;
        }
    }

    private void move(Batch.Advance advance, Batch batch) {
        int partition = advance.partition();
        Applied now = contents.positions.getOrDefault(partition, new Applied(0, 0, 0, 0, 0, 0));
        long events = batch.changes().stream()
                .filter(change -> change.partition() == partition)
                .count();
        contents.positions.put(
                partition,
                new Applied(
                        advance.to(),
                        advance.writesNext(),
                        now.applied() + events,
                        contents.parked.values().stream()
                                .filter(change -> change.partition() == partition)
                                .count(),
                        contents.refused.values().stream()
                                .filter(change -> change.partition() == partition)
                                .count(),
                        now.epoch()));
    }

    private ApplyOutcome apply(Batch.LoggedChange change) {
        ChangeEvent event = change.event();
        contents.parked.remove(event.key());
        contents.refused.remove(event.key());
        EntityRecord after = event.after();
        if (after == null) {
            contents.records.remove(event.key());
            contents.history.add("d " + event.key().label());
            return ApplyOutcome.applied();
        }
        if (after.toString().isEmpty() || textOf(after).contains(refusedText)) {
            Refusal refusal = new Refusal(change.partition(), change.offset(), event, "content: it says so");
            contents.refused.put(event.key(), refusal);
            contents.unannounced.add(refusal);
            return new ApplyOutcome.Refused(refusal.reason());
        }
        RecordKey parent = missingParent(after);
        if (parent != null) {
            contents.parked.put(event.key(), new ParkedChange(change.partition(), change.offset(), event, parent));
            return new ApplyOutcome.Parked(parent);
        }
        write(event.key(), after);
        return ApplyOutcome.applied();
    }

    private void write(RecordKey key, EntityRecord after) {
        contents.records.put(key, after);
        contents.history.add("w " + key.label());
        List<ParkedChange> released = contents.parked.values().stream()
                .filter(parked -> parked.parent().equals(key))
                .toList();
        for (ParkedChange parked : released) {
            contents.parked.remove(parked.event().key());
            write(
                    parked.event().key(),
                    java.util.Objects.requireNonNull(parked.event().after()));
        }
    }

    private static String textOf(EntityRecord after) {
        return String.valueOf(after.entity().fields().stream().map(after::value).toList());
    }

    private @Nullable RecordKey missingParent(EntityRecord after) {
        Optional<Reference> reference = after.entity().parent();
        if (reference.isEmpty()) {
            return null;
        }
        RecordKey parent = RecordKey.of(
                TestLog.MIGRATION.entity(reference.get().entity()),
                reference.get().fields().stream().map(after::value).toList());
        return contents.records.containsKey(parent) ? null : parent;
    }

    @Override
    public Map<Integer, Applied> positions() {
        synchronized (contents) {
            return new TreeMap<>(contents.positions);
        }
    }

    @Override
    public List<Refusal> unannounced() {
        synchronized (contents) {
            return List.copyOf(contents.unannounced);
        }
    }

    @Override
    public void announced(List<Refusal> refusals) {
        synchronized (contents) {
            contents.unannounced.removeAll(refusals);
        }
    }

    @Override
    public List<ParkedChange> parked() {
        synchronized (contents) {
            return List.copyOf(contents.parked.values());
        }
    }

    @Override
    public int retryParked() {
        synchronized (contents) {
            int before = contents.parked.size() + contents.refused.size();
            List<Refusal> refused = List.copyOf(contents.refused.values());
            for (Refusal refusal : refused) {
                EntityRecord after = refusal.event().after();
                if (after != null && !textOf(after).contains(refusedText)) {
                    contents.refused.remove(refusal.event().key());
                    write(refusal.event().key(), after);
                }
            }
            return before - contents.parked.size() - contents.refused.size();
        }
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        synchronized (contents) {
            Map<RecordKey, EntityRecord> found = new HashMap<>();
            for (RecordKey key : new HashSet<>(keys)) {
                EntityRecord record = contents.records.get(key);
                if (record != null) {
                    found.put(key, record);
                }
            }
            Map<Integer, Long> next = new TreeMap<>();
            contents.positions.forEach((partition, applied) -> next.put(partition, applied.next()));
            return new Reading(next, found, Map.of());
        }
    }

    @Override
    public long count(Entity entity) {
        synchronized (contents) {
            return contents.records.keySet().stream()
                    .filter(key -> key.entity().name().equals(entity.name()))
                    .count();
        }
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        throw new UnsupportedOperationException("A sink does not scan");
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        throw new UnsupportedOperationException("A sink does not scan");
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        throw new UnsupportedOperationException("A sink does not list");
    }

    @Override
    public void close() {}
}
