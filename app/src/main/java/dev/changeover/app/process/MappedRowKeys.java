package dev.changeover.app.process;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.table.RowMapping;
import dev.changeover.verifier.observe.RowKeys;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out a row's record as the store does: also where the key is in the JSON column and the table's own is a uuid5 of it. */
final class MappedRowKeys implements RowKeys {
    private final Map<String, RowMapping> mappings = new HashMap<>();

    MappedRowKeys(Migration migration) {
        for (Entity entity : migration.entities()) {
            if (entity.target().orElse(null) instanceof TableLayout layout) {
                mappings.put(entity.name(), RowMapping.of(migration, entity, layout));
            }
        }
    }

    @Override
    public Optional<RecordKey> keyOf(Entity entity, Map<String, @Nullable Object> columns) {
        @Nullable RowMapping mapping = mappings.get(entity.name());
        if (mapping == null) {
            return Optional.empty();
        }
        List<String> names = mapping.columns();
        @Nullable Object[] row = new @Nullable Object[names.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = columns.get(names.get(i));
        }
        return Optional.ofNullable(mapping.read(row).key());
    }
}
