package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Reference.OnDelete;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads an entity's {@code parent} and {@code references}, once the keys of all entities are known. */
final class ReferenceReader {
    private final Source source;
    private final Map<String, Draft> drafts;
    private final FieldReader fields;

    ReferenceReader(Source source, Map<String, Draft> drafts) {
        this.source = source;
        this.drafts = drafts;
        this.fields = new FieldReader(source);
    }

    void read(Draft draft) {
        Node parent = draft.section.node("parent");
        if (parent != null) {
            readParent(draft, parent);
        }
        Node references = draft.section.node("references");
        if (references instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                Section map = source.section(item, "references of " + draft.name);
                if (map != null) {
                    map.expecting("fields", "entity", "on_delete").requiring("fields", "entity");
                    readReference(draft, map, map.scalars("fields"), OnDelete.KEEP, false);
                }
            }
        } else if (references != null) {
            Section map = source.section(references, "references of " + draft.name);
            if (map != null) {
                map.entries().forEach(entry -> readNamed(draft, entry));
            }
        }
    }

    private void readParent(Draft draft, Node node) {
        if (node instanceof MappingNode) {
            Section map = source.section(node, "parent of " + draft.name);
            if (map != null) {
                map.expecting("entity", "fields", "on_delete").requiring("entity");
                readReference(draft, map, map.has("fields") ? map.scalars("fields") : null, OnDelete.CASCADE, true);
            }
            return;
        }
        Scalar entity = source.scalar(node, "parent of " + draft.name);
        if (entity != null) {
            add(draft, entity, null, OnDelete.CASCADE, true, entity.place());
        }
    }

    /** {@code user_id: users} or {@code user_id: {entity: users, on_delete: set_null}}. */
    private void readNamed(Draft draft, Section.Entry entry) {
        if (entry.value() instanceof MappingNode) {
            Section map = source.section(
                    entry.value(), "reference %s of %s".formatted(entry.name().text(), draft.name));
            if (map != null) {
                map.expecting("entity", "on_delete").requiring("entity");
                readReference(draft, map, List.of(entry.name()), OnDelete.KEEP, false);
            }
            return;
        }
        Scalar entity = source.scalar(
                entry.value(), "reference %s of %s".formatted(entry.name().text(), draft.name));
        if (entity != null) {
            add(
                    draft,
                    entity,
                    List.of(entry.name()),
                    OnDelete.KEEP,
                    false,
                    entry.name().place());
        }
    }

    private void readReference(
            Draft draft, Section map, @Nullable List<Scalar> names, OnDelete otherwise, boolean parent) {
        OnDelete onDelete = switch (map.word("on_delete", word(otherwise), "cascade", "set_null", "keep")) {
            case "cascade" -> OnDelete.CASCADE;
            case "set_null" -> OnDelete.SET_NULL;
            default -> OnDelete.KEEP;
        };
        Scalar entity = map.scalar("entity");
        if (entity != null) {
            add(draft, entity, names, onDelete, parent, map.has("fields") ? map.placeOf("fields") : map.place());
        }
    }

    private static String word(OnDelete onDelete) {
        return onDelete.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** @param names the fields that hold the other's key; null for those of the same names as that key's */
    private void add(
            Draft draft, Scalar entity, @Nullable List<Scalar> names, OnDelete onDelete, boolean parent, Place place) {
        Draft other = drafts.get(entity.text());
        if (other == null) {
            source.problem(
                    entity.place(),
                    "Unknown entity \"%s\" in %s of %s%s"
                            .formatted(
                                    entity.text(),
                                    parent ? "parent" : "references",
                                    draft.name,
                                    Nearest.hint(entity.text(), drafts.keySet())));
            return;
        }
        List<Field> own = new ArrayList<>();
        if (names == null) {
            for (Field key : other.key) {
                Field field = draft.fields.get(key.name());
                if (field == null) {
                    source.problem(
                            place,
                            "Missing field %s: it would hold the key of its parent %s; if another field does, write parent: {entity: %s, fields: […]}"
                                    .formatted(draft.label(key.name()), other.name, other.name));
                    return;
                }
                own.add(field);
            }
        } else {
            for (Scalar name : names) {
                Field field = fields.named(draft, name, (parent ? "parent of " : "references of ") + draft.name);
                if (field == null) {
                    return;
                }
                own.add(field);
            }
        }
        Reference reference = new Reference(own.stream().map(Field::name).toList(), other.name, onDelete, parent);
        check(draft, other, own, reference, place);
        draft.references.add(reference);
    }

    private void check(Draft draft, Draft other, List<Field> own, Reference reference, Place place) {
        if (own.size() != other.key.size()) {
            if (!other.key.isEmpty()) {
                source.problem(
                        place,
                        "Invalid reference of %s to %s: its key has the fields %s, here are %s"
                                .formatted(draft.name, other.name, other.keyNames(), reference.fields()));
            }
            return;
        }
        for (int i = 0; i < own.size(); i++) {
            Field field = own.get(i);
            Field key = other.key.get(i);
            String label = draft.label(field.name());
            if (field.type().kind() != key.type().kind()
                    && !draft.broken.contains(field.name())
                    && !other.broken.contains(key.name())) {
                source.problem(
                        place,
                        "Invalid reference %s: it is %s, but %s is %s"
                                .formatted(label, field.type(), other.label(key.name()), key.type()));
            }
            if (reference.parent() && !draft.key.isEmpty() && !draft.key.contains(field)) {
                source.problem(
                        place,
                        "Invalid parent of %s: field %s must be part of its key %s, so that the key alone says where a record belongs"
                                .formatted(draft.name, field.name(), draft.keyNames()));
            }
            if (reference.onDelete() == OnDelete.SET_NULL
                    && !field.nullable()
                    && !draft.broken.contains(field.name())) {
                source.problem(
                        place,
                        "Invalid on_delete of reference %s: set_null needs a field that may be null, such as %s|null"
                                .formatted(label, field.type()));
            }
        }
    }

    /** Reports parents that are their own ancestors. */
    void checkForCycles() {
        for (Draft draft : drafts.values()) {
            Draft ancestor = draft;
            for (int steps = 0; steps <= drafts.size() && ancestor != null; steps++) {
                ancestor = parentOf(ancestor);
                if (ancestor == draft) {
                    source.problem(
                            draft.section.placeOf("parent"),
                            "Invalid parent of %s: it is its own ancestor".formatted(draft.name));
                    break;
                }
            }
        }
    }

    private @Nullable Draft parentOf(Draft draft) {
        return draft.references.stream()
                .filter(Reference::parent)
                .findFirst()
                .map(reference -> drafts.get(reference.entity()))
                .orElse(null);
    }
}
