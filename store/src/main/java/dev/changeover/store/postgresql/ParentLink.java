package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.layout.Derivation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key of the database, and the record that it points to.
 *
 * @param fields of the child, which hold the parent's key
 */
record ParentLink(PgTable.ForeignKey foreignKey, Entity parent, List<String> fields) {
    /** Null where the columns do not say which of our records is meant. */
    static @Nullable ParentLink of(EntityTable table, PgTable.ForeignKey key, Map<String, EntityTable> tables) {
        if (key.columns().size() == 1
                && table.mapping().derivation(key.columns().get(0)).orElse(null) instanceof Derivation.OfKey uuid) {
            EntityTable parent = tables.get(uuid.entity());
            return parent == null || !parent.name().equals(key.parentTable())
                    ? null
                    : new ParentLink(key, parent.entity(), uuid.fields());
        }
        for (Reference reference : table.entity().references()) {
            EntityTable parent = tables.get(reference.entity());
            Set<String> columns = new HashSet<>();
            reference
                    .fields()
                    .forEach(field -> table.mapping()
                            .columnOf(table.entity().field(field))
                            .ifPresent(columns::add));
            if (parent != null
                    && parent.name().equals(key.parentTable())
                    && columns.equals(Set.copyOf(key.columns()))) {
                return new ParentLink(key, parent.entity(), reference.fields());
            }
        }
        return null;
    }

    @Nullable
    RecordKey parentOf(EntityRecord child) {
        List<Object> values = new ArrayList<>();
        for (String field : fields) {
            Object value = child.value(field);
            if (value instanceof Missing) {
                return null;
            }
            values.add(value);
        }
        return RecordKey.of(parent, values);
    }

    /** Numbers of the staged rows whose parent is not there. */
    String orphans(EntityTable table, Staging.Range range) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < foreignKey.columns().size(); i++) {
            pairs.add("p." + PgTable.quote(foreignKey.parentColumns().get(i)) + " = "
                    + Staging.value(table, foreignKey.columns().get(i), "s."));
        }
        String present = foreignKey.columns().stream()
                .map(column -> Staging.value(table, column, "s.") + " IS NOT NULL")
                .collect(Collectors.joining(" AND "));
        return "SELECT s.n FROM %s s WHERE %s AND %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)"
                .formatted(
                        range.stage(),
                        range.condition("s."),
                        present,
                        foreignKey.parentTable(),
                        String.join(" AND ", pairs));
    }
}
