package dev.changeover.app.simulation;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.LogId;
import dev.changeover.store.MemoryStore;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import dev.changeover.store.StoreUnavailableException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One role's handle on a store in memory: its calls take time and fail as those of a real one do. */
final class SimulatedStore implements Store {
    /** What may be wrong with the place where the store is; all handles share it. */
    static final class Disk {
        private boolean full;

        void full(boolean now) {
            full = now;
        }

        boolean full() {
            return full;
        }
    }

    private final World world;
    private final Role owner;
    private final MemoryStore store;
    private final Disk disk;
    /** For a flaw: where batches began whose answer was lost. */
    private final Map<Integer, Long> takenForNotApplied = new HashMap<>();

    SimulatedStore(World world, Role owner, MemoryStore store, Disk disk) {
        this.world = world;
        this.owner = owner;
        this.store = store;
        this.disk = disk;
    }

    @Override
    public Map<Integer, Long> claim(LogId log, Set<Integer> partitions) {
        touch("claims its store");
        Map<Integer, Long> from = new HashMap<>(store.claim(log, partitions));
        takenForNotApplied.forEach((partition, began) -> from.computeIfPresent(partition, (same, at) -> began));
        world.at(owner, "has claimed its store");
        return from;
    }

    @Override
    public List<ApplyOutcome> apply(Batch batch) {
        touch("applies");
        if (disk.full()) {
            throw new StoreUnavailableException("No space left");
        }
        if (world.fault(3)) {
            throw new OutcomeUnknownException("The connection broke before the commit");
        }
        List<ApplyOutcome> outcomes = store.apply(batch);
        world.at(owner, "has applied");
        if (world.fault(3)) {
            world.say(owner + " does not hear that its batch is in");
            if (world.has(Flaw.LOST_ANSWER_MEANS_NOT_APPLIED)) {
                batch.advances().forEach(advance -> takenForNotApplied.put(advance.partition(), advance.from()));
            }
            throw new OutcomeUnknownException("The answer got lost");
        }
        batch.advances().forEach(advance -> takenForNotApplied.remove(advance.partition()));
        return outcomes;
    }

    private void touch(String what) {
        world.at(owner, what);
        if (world.fault(1)) {
            throw new StoreUnavailableException("The store is away");
        }
    }

    @Override
    public Map<Integer, Applied> positions() {
        touch("asks where its store is");
        return store.positions();
    }

    @Override
    public List<Refusal> unannounced() {
        touch("asks what is not announced");
        return store.unannounced();
    }

    @Override
    public void announced(List<Refusal> refusals) {
        touch("says what is announced");
        store.announced(refusals);
    }

    @Override
    public List<ParkedChange> parked() {
        return store.parked();
    }

    @Override
    public int retryParked() {
        touch("tries again what is parked");
        return store.retryParked();
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        touch("reads");
        Reading reading = store.read(entity, keys);
        world.at(owner, "has read");
        if (world.has(Flaw.LOOKS_CLAIM_TO_BE_LATER)) {
            Map<Integer, Long> later = new HashMap<>(reading.positions());
            later.replaceAll((partition, next) -> next + 3);
            return new Reading(later, reading.found(), reading.faults());
        }
        return reading;
    }

    @Override
    public long count(Entity entity) {
        return store.count(entity);
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return store.chunks(entity, targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        touch("scans");
        return store.scan(entity, chunk);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        touch("reads a page");
        return store.page(entity, after, equal, limit);
    }

    @Override
    public void close() {}
}
