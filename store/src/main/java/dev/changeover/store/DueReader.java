package dev.changeover.store;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import java.time.Instant;
import java.util.List;

/** A reader that finds records by an instant of theirs, by an index of it where there is one. */
public interface DueReader extends StoreReader {
    /**
     * Those whose {@code field} is at or before {@code until}, oldest first.
     *
     * @param field a {@code timestamptz} that has a column
     * @param skip so many of them are passed over
     * @param limit the most that are looked at, at least 1
     * @throws StoreUnavailableException when it could not look
     */
    Due due(Entity entity, Field field, Instant until, int skip, int limit);

    /**
     * @param records without those that cannot be read as what they should be
     * @param rows how many were looked at; fewer than the limit if there are no more
     */
    record Due(List<EntityRecord> records, int rows) {
        public Due {
            records = List.copyOf(records);
        }
    }
}
