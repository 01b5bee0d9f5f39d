package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A store made of memory, which can be made unreachable, slow, or partly unreadable. */
final class MemoryStore implements StoreReader {
    private final ConcurrentSkipListMap<RecordKey, EntityRecord> records = new ConcurrentSkipListMap<>();
    private final Map<RecordKey, String> faults = new HashMap<>();
    private volatile @Nullable String unavailable;
    private volatile @Nullable CountDownLatch hanging;

    MemoryStore with(EntityRecord... more) {
        for (EntityRecord each : more) {
            records.put(each.key(), each);
        }
        return this;
    }

    MemoryStore withUnreadable(RecordKey key, String fault) {
        faults.put(key, fault);
        return this;
    }

    void reset() {
        records.clear();
        faults.clear();
        unavailable = null;
        hanging = null;
    }

    void failWith(String reason) {
        unavailable = reason;
    }

    /** Every read waits for the latch from now on. */
    void hangUntil(CountDownLatch latch) {
        hanging = latch;
    }

    private void look() {
        CountDownLatch latch = hanging;
        String reason = unavailable;
        if (reason != null) {
            throw new StoreUnavailableException(reason, new IllegalStateException(reason));
        }
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        look();
        Map<RecordKey, EntityRecord> found = new HashMap<>(records);
        Map<RecordKey, String> unreadable = new HashMap<>(faults);
        found.keySet().retainAll(keys);
        unreadable.keySet().retainAll(keys);
        return new Reading(Map.of(), found, unreadable);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        look();
        return records.entrySet().stream()
                .filter(each -> each.getKey().entity().name().equals(entity.name()))
                .filter(each -> after == null || each.getKey().compareTo(after) > 0)
                .map(Map.Entry::getValue)
                .filter(each -> equal.entrySet().stream()
                        .allMatch(field -> each.value(field.getKey()).equals(field.getValue())))
                .limit(limit)
                .toList();
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long count(Entity entity) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
