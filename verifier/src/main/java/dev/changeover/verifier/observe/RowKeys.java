package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out which record a row of the write-ahead log is about. */
public interface RowKeys {
    /**
     * @param columns the row's values by column: numbers and booleans as they are, all else as PostgreSQL's text or
     *     ISO-8601; null for SQL's NULL
     * @return empty if the row does not say: the entity is then scanned instead
     */
    Optional<RecordKey> keyOf(Entity entity, Map<String, @Nullable Object> columns);

    /** Where each key field is a column of its own. */
    static RowKeys ofColumns() {
        return new KeyColumns();
    }
}
