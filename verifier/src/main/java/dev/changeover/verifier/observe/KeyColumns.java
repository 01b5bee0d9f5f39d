package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes a key from the columns that hold its fields, and from the JSON column for what has no column. */
final class KeyColumns implements RowKeys {
    @Override
    public Optional<RecordKey> keyOf(Entity entity, Map<String, @Nullable Object> columns) {
        if (!(entity.target().orElse(null) instanceof TableLayout layout)) {
            return Optional.empty();
        }
        List<Object> values = new ArrayList<>();
        for (Field field : entity.key()) {
            Object value = columns.get(column(layout, field));
            if (value == null) {
                return Optional.empty();
            }
            try {
                values.add(ValueJson.parse(field, value.toString()));
            } catch (InvalidValueException e) {
                return Optional.empty();
            }
        }
        return Optional.of(RecordKey.of(entity, values));
    }

    private static String column(TableLayout layout, Field field) {
        for (TableLayout.Column column : layout.columns()) {
            if (column.value() instanceof Derivation.FieldValue value
                    && value.field().equals(field.name())) {
                return column.name();
            }
        }
        return "";
    }
}
