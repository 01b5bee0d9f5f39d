package dev.changeover.store.sqlite;

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
import org.jspecify.annotations.Nullable;

/**
 * The record that a foreign key of the database points to.
 *
 * @param fields of the child, which hold the parent's key
 */
record ParentLink(Entity parent, List<String> fields) {
    /** Null where the columns do not say which of our records is meant. */
    static @Nullable ParentLink of(Rows rows, Table.ForeignKey key, Map<String, Rows> all) {
        if (key.columns().size() == 1
                && rows.mapping().derivation(key.columns().get(0)).orElse(null) instanceof Derivation.OfKey uuid) {
            Rows parent = all.get(uuid.entity());
            return parent == null || !isTable(parent, key) ? null : new ParentLink(parent.entity(), uuid.fields());
        }
        for (Reference reference : rows.entity().references()) {
            Rows parent = all.get(reference.entity());
            Set<String> columns = new HashSet<>();
            reference
                    .fields()
                    .forEach(field ->
                            rows.mapping().columnOf(rows.entity().field(field)).ifPresent(columns::add));
            if (parent != null && isTable(parent, key) && columns.equals(Set.copyOf(key.columns()))) {
                return new ParentLink(parent.entity(), reference.fields());
            }
        }
        return null;
    }

    private static boolean isTable(Rows parent, Table.ForeignKey key) {
        return parent.table().name().equalsIgnoreCase(key.parentTable());
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
}
