package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Readers of several files as one: each entity is in one of them, and an answer is of that file's position. */
final class TablesReader<R extends StoreReader> implements StoreReader {
    private final Map<String, R> byEntity;

    TablesReader(Map<String, R> byEntity) {
        this.byEntity = new LinkedHashMap<>(byEntity);
    }

    @Nullable
    R find(Entity entity) {
        return byEntity.get(entity.name());
    }

    /** Each once, in the order of the entities. */
    List<R> all() {
        return new ArrayList<>(new LinkedHashSet<>(byEntity.values()));
    }

    private R of(Entity entity) {
        R found = find(entity);
        if (found == null) {
            throw new IllegalArgumentException("Invalid entity %s: it has no table on this side".formatted(entity));
        }
        return found;
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return of(entity).chunks(entity, targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return of(entity).scan(entity, chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        return of(entity).read(entity, keys);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return of(entity).page(entity, after, equal, limit);
    }

    @Override
    public long count(Entity entity) {
        return of(entity).count(entity);
    }

    @Override
    public void close() {
        all().forEach(StoreReader::close);
    }
}
