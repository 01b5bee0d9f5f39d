package dev.changeover.processor;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.KeyJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The references of a migration along which a delete has consequences. */
final class Links {
    private final Map<String, List<Link>> from = new HashMap<>();
    private final Map<String, List<Link>> to = new HashMap<>();
    private final Map<String, Link> parents = new HashMap<>();

    /**
     * One of them.
     *
     * @param name {@code messages.chat_id}, which the index is kept under
     * @param from the entity that points
     * @param to the entity pointed to
     * @param inKeyPrefix whether a child's key text begins with its parent's values, so that the children are found by their
     *     keys alone and need no index
     */
    record Link(String name, Entity from, Entity to, Reference reference, List<Field> fields, boolean inKeyPrefix) {
        /** Whether a delete of the record pointed to deletes the one that points; otherwise it cuts the link. */
        boolean cascades() {
            return reference.onDelete() == Reference.OnDelete.CASCADE;
        }

        /** The key of the record that {@code pointing} points to; null if it points to none. */
        @Nullable
        RecordKey target(EntityRecord pointing) {
            List<Object> values = new ArrayList<>(fields.size());
            for (Field field : fields) {
                Object value = pointing.value(field);
                if (value instanceof Missing) {
                    return null;
                }
                values.add(value);
            }
            return RecordKey.of(to, values);
        }

        /** The key of the parent of {@code child}, which stands in its own key. */
        RecordKey parentOf(RecordKey child) {
            List<Object> values = new ArrayList<>(fields.size());
            for (Field field : fields) {
                values.add(child.values().get(from.key().indexOf(field)));
            }
            return RecordKey.of(to, values);
        }

        /** What the key text of each child of {@code parent} begins with. */
        String keyPrefix(RecordKey parent) {
            String text = KeyJson.write(from, parent.values());
            return from.key().size() == fields.size() ? text : text.substring(0, text.length() - 2) + ",";
        }

        /** {@code pointing} without what it points with. */
        EntityRecord cut(EntityRecord pointing) {
            EntityRecord.Builder cut = pointing.toBuilder();
            for (Field field : fields) {
                cut.set(field, field.nullable() ? Missing.NULL : Missing.ABSENT);
            }
            return cut.build();
        }
    }

    Links(Migration migration) {
        for (Entity entity : migration.entities()) {
            for (Reference reference : entity.references()) {
                add(migration, entity, reference);
            }
        }
    }

    private void add(Migration migration, Entity entity, Reference reference) {
        List<Field> fields = reference.fields().stream().map(entity::field).toList();
        boolean inKeyPrefix = reference.parent()
                && fields.size() <= entity.key().size()
                && fields.equals(entity.key().subList(0, fields.size()));
        Link link = new Link(
                entity.name() + "." + String.join(",", reference.fields()),
                entity,
                migration.entity(reference.entity()),
                reference,
                fields,
                inKeyPrefix);
        if (reference.parent()) {
            parents.put(entity.name(), link);
        }
        if (reference.onDelete() != Reference.OnDelete.KEEP) {
            from.computeIfAbsent(entity.name(), ignored -> new ArrayList<>()).add(link);
            to.computeIfAbsent(reference.entity(), ignored -> new ArrayList<>()).add(link);
        }
    }

    /** Those of {@code entity}'s own references. */
    List<Link> from(Entity entity) {
        return from.getOrDefault(entity.name(), List.of());
    }

    /** Those that point to {@code entity}. */
    List<Link> to(Entity entity) {
        return to.getOrDefault(entity.name(), List.of());
    }

    /** The link up inside the aggregate along which deletes cascade; null for a root. */
    @Nullable
    Link cascadingParent(Entity entity) {
        Link parent = parents.get(entity.name());
        return parent != null && parent.reference().onDelete() == Reference.OnDelete.CASCADE ? parent : null;
    }
}
