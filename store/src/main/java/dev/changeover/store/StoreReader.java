package dev.changeover.store;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One side's records under its layouts, to be read by anybody at any time, also while another process writes. Safe for use by
 * several threads. Every method throws {@link StoreUnavailableException} when it could not look: a failed read is never an
 * absence.
 */
public interface StoreReader extends AutoCloseable {
    /**
     * Cuts an entity's records into chunks that together cover all that was there when it was called, in the layout's own
     * order, each of some {@code targetRecords} records. Lazy: fetched as it is consumed.
     *
     * @throws StoreUnavailableException also if the place where the records should be is not there, is not readable, or is not
     *     this migration's store: that is a fault, never "no records"
     */
    Iterator<Chunk> chunks(Entity entity, int targetRecords);

    /** The records of a chunk, fetched as they are consumed; the caller closes it. Bad ones come as such, and the scan goes on. */
    RecordStream scan(Entity entity, Chunk chunk);

    /** For many chunks of one {@link #chunks} after the other. */
    default Scans scans() {
        return this::scan;
    }

    /** What the store holds now, never what was last written to it, and how far changes were applied when it was read. */
    Reading read(Entity entity, Collection<RecordKey> keys);

    /**
     * A page of records in key order.
     *
     * @param after the last key of the page before, or null for the first page
     * @param equal field name to value that it must have; empty for all records
     * @param limit the most records, 1 to 1000
     */
    List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit);

    /** How many records of this entity there are now. */
    long count(Entity entity);

    @Override
    void close();
}
