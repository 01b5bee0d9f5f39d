package dev.changeover.store.table;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import org.jspecify.annotations.Nullable;

/**
 * What a row says.
 *
 * @param key which record it is; null if not even that can be read
 * @param record null if a value in it is none of its field's type
 * @param fault what is wrong with the row, naming the column, never the value; empty for a good one
 */
public record RowRead(@Nullable RecordKey key, @Nullable EntityRecord record, String fault) {}
