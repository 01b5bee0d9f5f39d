package dev.changeover.store;

import dev.changeover.model.entity.Entity;

/**
 * Scans of many chunks, one after the other, in one thread. What it takes to find the records of a chunk may serve for the next ones,
 * so what was created in the last half minute may be missed; what was there when the first chunk of its entity was scanned is not.
 */
@FunctionalInterface
public interface Scans {
    /** As {@link StoreReader#scan}. */
    RecordStream scan(Entity entity, Chunk chunk);
}
