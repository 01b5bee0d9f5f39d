package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A few records in memory that read like a store. */
final class ScratchReader implements StoreReader {
    private final Map<RecordKey, EntityRecord> records;
    private final Map<Integer, Long> positions;

    ScratchReader(Map<RecordKey, EntityRecord> records, Map<Integer, Long> positions) {
        this.records = new LinkedHashMap<>(records);
        this.positions = Map.copyOf(positions);
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return List.of(Chunk.WHOLE).iterator();
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        Iterator<EntityRecord> all = records.values().iterator();
        return new RecordStream() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public Scanned next() {
                return Scanned.good(all.next(), "scratch");
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        Map<RecordKey, EntityRecord> found = new LinkedHashMap<>();
        for (RecordKey key : keys) {
            EntityRecord entityRecord = records.get(key);
            if (entityRecord != null) {
                found.put(key, entityRecord);
            }
        }
        return new Reading(positions, found, Map.of());
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return records.values().stream().limit(limit).toList();
    }

    @Override
    public long count(Entity entity) {
        return records.size();
    }

    @Override
    public void close() {
        // nothing is open
    }
}
