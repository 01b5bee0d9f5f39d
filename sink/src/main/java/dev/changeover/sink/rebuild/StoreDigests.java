package dev.changeover.sink.rebuild;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a store whole. */
public final class StoreDigests {
    private static final int CHUNK_RECORDS = 10_000;

    private StoreDigests() {}

    /**
     * What each entity of {@code side} has in the store, in the definition's order. Records that cannot be read are not counted:
     * they never came onto the log.
     *
     * @throws dev.changeover.store.StoreUnavailableException if it could not be read to its end
     */
    public static Map<String, EntityDigest> of(Migration migration, Side side, StoreReader store) {
        Map<String, EntityDigest> all = new LinkedHashMap<>();
        for (Entity entity : migration.entities()) {
            if (entity.on(side).isPresent()) {
                all.put(entity.name(), of(entity, store));
            }
        }
        return all;
    }

    private static EntityDigest of(Entity entity, StoreReader store) {
        EntityDigest sum = EntityDigest.NONE;
        Iterator<Chunk> chunks = store.chunks(entity, CHUNK_RECORDS);
        Scans scans = store.scans();
        while (chunks.hasNext()) {
            try (RecordStream stream = scans.scan(entity, chunks.next())) {
                while (stream.hasNext()) {
                    EntityRecord found = stream.next().record();
                    if (found != null) {
                        sum = sum.with(Canonical.digest(found));
                    }
                }
            }
        }
        return sum;
    }
}
