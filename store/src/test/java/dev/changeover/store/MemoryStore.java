package dev.changeover.store;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that keeps what {@link Store} promises and can be told to fail. Several handles may share one {@link
 * Contents}, as several processes share a database.
 */
public final class MemoryStore implements Store {
    private static final Applied NOTHING = new Applied(0, 0, 0, 0, 0, 0);

    /** What outlives a process. */
    public static final class Contents {
        private final Map<RecordKey, EntityRecord> records = new TreeMap<>();
        private final List<Written> history = new ArrayList<>();
        private final Map<Integer, Applied> positions = new TreeMap<>();
        private final Map<RecordKey, ParkedChange> parked = new LinkedHashMap<>();
        private final Map<RecordKey, Refusal> refused = new LinkedHashMap<>();
        private final List<Refusal> unannounced = new ArrayList<>();
        private @Nullable LogId log;

        /** What it holds now. */
        public Map<RecordKey, EntityRecord> records() {
            synchronized (this) {
                return new TreeMap<>(records);
            }
        }

        /** Puts in a record that no event has brought, as whoever wrote into the store before us, or past us. */
        public void putDirectly(EntityRecord entityRecord) {
            synchronized (this) {
                records.put(entityRecord.key(), entityRecord);
            }
        }

        /** Takes out a record past us. */
        public void removeDirectly(RecordKey key) {
            synchronized (this) {
                records.remove(key);
            }
        }

        /** Everything that events have written so far, oldest first. */
        public List<Written> history() {
            return history(0);
        }

        /** What events have written since there were {@code before} of them. */
        public List<Written> history(int before) {
            synchronized (this) {
                return List.copyOf(history.subList(before, history.size()));
            }
        }
    }

    /**
     * One write of one record.
     *
     * @param offset in {@code changes}, of the event that it came from
     * @param after null if it was deleted
     */
    public record Written(
            int partition,
            long offset,
            RecordKey key,
            @Nullable EntityRecord after) {
        /** {@code w chats a}, or {@code d chats a}. */
        public String words() {
            return (after == null ? "d " : "w ") + key.label();
        }
    }

    /** What the next call of {@code apply} does instead of its work, or after it. */
    public enum Fault {
        UNAVAILABLE,
        LOST_BEFORE_COMMIT,
        LOST_AFTER_COMMIT
    }

    private final Migration migration;
    private final Side side;
    private final Contents contents;
    private final Map<Integer, Long> epochs = new HashMap<>();
    private final List<Fault> faults = new ArrayList<>();
    private volatile String refusedText = "refuse me";
    private volatile boolean knowsEpochs = true;
    private volatile boolean knowsPosition = true;

    public MemoryStore(Migration migration, Side side, Contents contents) {
        this.migration = migration;
        this.side = side;
        this.contents = contents;
    }

    public void failNext(Fault... next) {
        synchronized (contents) {
            faults.addAll(List.of(next));
        }
    }

    /** Lets every writer in from now on, to see who notices. */
    public MemoryStore withoutFence() {
        knowsEpochs = false;
        return withoutPosition();
    }

    /** Takes a batch wherever it begins, to see who notices. */
    public MemoryStore withoutPosition() {
        knowsPosition = false;
        return this;
    }

    /** Records with this text in a field are refused; {@code refuse me} at first. */
    public void refuse(String text) {
        refusedText = text;
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
                Applied old = contents.positions.getOrDefault(partition, NOTHING);
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
                boolean mine = now != null && epoch != null && now.epoch() == epoch;
                boolean begins = now != null && now.next() == advance.from();
                if ((knowsEpochs && !mine) || (knowsPosition && !begins)) {
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
        Applied now = contents.positions.getOrDefault(partition, NOTHING);
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
        if (change.cameFrom(side)) {
            return ApplyOutcome.applied();
        }
        ChangeEvent event = change.event();
        contents.parked.remove(event.key());
        contents.refused.remove(event.key());
        EntityRecord after = event.after();
        if (after == null) {
            contents.records.remove(event.key());
            contents.history.add(new Written(change.partition(), change.offset(), event.key(), null));
            return ApplyOutcome.applied();
        }
        if (textOf(after).contains(refusedText)) {
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
        write(new Written(change.partition(), change.offset(), event.key(), after), after);
        return ApplyOutcome.applied();
    }

    private void write(Written written, EntityRecord after) {
        contents.records.put(written.key(), after);
        contents.history.add(written);
        List<ParkedChange> released = contents.parked.values().stream()
                .filter(parked -> parked.parent().equals(written.key()))
                .toList();
        for (ParkedChange parked : released) {
            RecordKey key = parked.event().key();
            EntityRecord waiting = Objects.requireNonNull(parked.event().after());
            contents.parked.remove(key);
            write(new Written(parked.partition(), parked.offset(), key, waiting), waiting);
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
                migration.entity(reference.get().entity()),
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
                    RecordKey key = refusal.event().key();
                    contents.refused.remove(key);
                    write(new Written(refusal.partition(), refusal.offset(), key, after), after);
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
        return of(entity).size();
    }

    /** In key order. */
    private List<EntityRecord> of(Entity entity) {
        synchronized (contents) {
            return contents.records.entrySet().stream()
                    .filter(each -> each.getKey().entity().name().equals(entity.name()))
                    .sorted(Map.Entry.comparingByKey())
                    .map(Map.Entry::getValue)
                    .toList();
        }
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return List.of(Chunk.WHOLE).iterator();
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        Iterator<EntityRecord> records = of(entity).iterator();
        return new RecordStream() {
            @Override
            public boolean hasNext() {
                return records.hasNext();
            }

            @Override
            public Scanned next() {
                EntityRecord next = records.next();
                return Scanned.good(next, next.key().label());
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return of(entity).stream()
                .filter(each -> after == null || each.key().compareTo(after) > 0)
                .filter(each -> equal.entrySet().stream()
                        .allMatch(wanted -> Objects.equals(each.value(wanted.getKey()), wanted.getValue())))
                .limit(limit)
                .toList();
    }

    @Override
    public void close() {}
}
