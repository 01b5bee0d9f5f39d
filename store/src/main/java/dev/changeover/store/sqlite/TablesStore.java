package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.FencedException;
import dev.changeover.store.LogId;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Stores of several files as one. SQLite has no transaction over several files in WAL mode, so each file has a position of its own,
 * in the transaction of its own rows; this one's is the least of them. After a crash between two files the next batch begins at the
 * least, and a file that is further takes only what is behind its own: nothing is applied twice, and no record goes back.
 */
final class TablesStore implements Store {
    private final TablesReader<SqliteStore> files;
    /** By file and partition: where it stands, as far as this writer knows. */
    private final Map<SqliteStore, Map<Integer, Long>> next = new HashMap<>();

    TablesStore(Map<String, SqliteStore> byEntity) {
        this.files = new TablesReader<>(byEntity);
    }

    @Override
    public synchronized Map<Integer, Long> claim(LogId log, Set<Integer> partitions) {
        next.clear();
        Map<Integer, Long> least = new TreeMap<>();
        for (SqliteStore file : files.all()) {
            Map<Integer, Long> own = file.claim(log, partitions);
            next.put(file, new HashMap<>(own));
            own.forEach((partition, offset) -> least.merge(partition, offset, Math::min));
        }
        return least;
    }

    @Override
    public synchronized List<ApplyOutcome> apply(Batch batch) {
        for (Batch.Advance advance : batch.advances()) {
            if (least(advance.partition()) != advance.from()) {
                throw new FencedException(
                        "Cannot apply changes from %s on: it was not claimed, or the store stands at another position"
                                .formatted(advance));
            }
        }
        // What a file has already was settled then, and a refusal is kept there.
        ApplyOutcome[] outcomes = new ApplyOutcome[batch.changes().size()];
        Arrays.fill(outcomes, ApplyOutcome.applied());
        SqliteStore first = files.all().get(0);
        for (SqliteStore file : files.all()) {
            apply(batch, file, first, outcomes);
        }
        return List.of(outcomes);
    }

    private void apply(Batch batch, SqliteStore file, SqliteStore first, ApplyOutcome[] outcomes) {
        Map<Integer, Long> own = Objects.requireNonNull(next.get(file));
        List<Batch.Advance> advances = new ArrayList<>();
        for (Batch.Advance advance : batch.advances()) {
            long from = own.getOrDefault(advance.partition(), 0L);
            if (from < advance.to()) {
                advances.add(new Batch.Advance(advance.partition(), from, advance.to(), advance.writesNext()));
            }
        }
        if (advances.isEmpty()) {
            return;
        }
        List<Batch.LoggedChange> changes = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < batch.changes().size(); i++) {
            Batch.LoggedChange change = batch.changes().get(i);
            SqliteStore home = files.find(change.event().key().entity());
            boolean here = home == file || (home == null && file == first); // counted somewhere, once
            if (here && change.offset() >= own.getOrDefault(change.partition(), 0L)) {
                changes.add(change);
                places.add(i);
            }
        }
        List<ApplyOutcome> some = file.apply(new Batch(advances, changes));
        for (int i = 0; i < some.size(); i++) {
            outcomes[places.get(i)] = some.get(i);
        }
        advances.forEach(advance -> own.put(advance.partition(), advance.to()));
    }

    private long least(int partition) {
        long least = Long.MAX_VALUE;
        for (Map<Integer, Long> own : next.values()) {
            least = Math.min(least, own.getOrDefault(partition, -1L));
        }
        return least;
    }

    @Override
    public Map<Integer, Applied> positions() {
        Map<Integer, Applied> all = new TreeMap<>();
        for (SqliteStore file : files.all()) {
            file.positions().forEach((partition, at) -> all.merge(partition, at, TablesStore::together));
        }
        return all;
    }

    private static Applied together(Applied a, Applied b) {
        return new Applied(
                Math.min(a.next(), b.next()),
                Math.min(a.writesNext(), b.writesNext()),
                a.applied() + b.applied(),
                a.parked() + b.parked(),
                a.refused() + b.refused(),
                Math.max(a.epoch(), b.epoch()));
    }

    @Override
    public List<Refusal> unannounced() {
        return files.all().stream().flatMap(file -> file.unannounced().stream()).toList();
    }

    @Override
    public void announced(List<Refusal> refusals) {
        for (SqliteStore file : files.all()) {
            List<Refusal> own = refusals.stream()
                    .filter(refusal -> files.find(refusal.event().key().entity()) == file)
                    .toList();
            if (!own.isEmpty()) {
                file.announced(own);
            }
        }
    }

    @Override
    public List<ParkedChange> parked() {
        return files.all().stream().flatMap(file -> file.parked().stream()).toList();
    }

    @Override
    public int retryParked() {
        return files.all().stream().mapToInt(Store::retryParked).sum();
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return files.chunks(entity, targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return files.scan(entity, chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        return files.read(entity, keys);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return files.page(entity, after, equal, limit);
    }

    @Override
    public long count(Entity entity) {
        return files.count(entity);
    }

    @Override
    public void close() {
        files.close();
    }
}
