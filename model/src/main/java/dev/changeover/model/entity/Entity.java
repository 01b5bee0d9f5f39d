package dev.changeover.model.entity;

import dev.changeover.model.layout.Layout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A named kind of record: its typed fields, its key, what it points to, and where it lives on each side. */
public final class Entity {
    /** What becomes of members that the definition does not name. */
    public enum Unnamed {
        /** They are carried along, into a JSON column on the target. */
        KEEP,
        /** A record that has some is rejected. */
        REJECT
    }

    private final String name;
    private final List<Field> fields;
    private final List<Field> key;
    private final List<Reference> references;
    private final Unnamed unnamed;
    private final @Nullable Layout legacy;
    private final @Nullable Layout target;
    private final List<Total> totals;
    private final @Nullable Field expires;
    private final Map<String, Field> byName = new LinkedHashMap<>();
    private final List<String> beforeKeyValues;

    /**
     * @param fields in declared order; {@code fields.get(i).ordinal() == i}
     * @param key the fields that identify a record, in key order; required ones
     * @param legacy null if the legacy side does not have it
     * @param target null if the target does not have it
     */
    public Entity(
            String name,
            List<Field> fields,
            List<Field> key,
            List<Reference> references,
            Unnamed unnamed,
            @Nullable Layout legacy,
            @Nullable Layout target) {
        this(name, fields, key, references, unnamed, legacy, target, List.of(), null);
    }

    /**
     * @param totals what each new record adds to its parent
     * @param expires the instant that ends a record's life; null if they live until they are deleted
     */
    public Entity(
            String name,
            List<Field> fields,
            List<Field> key,
            List<Reference> references,
            Unnamed unnamed,
            @Nullable Layout legacy,
            @Nullable Layout target,
            List<Total> totals,
            @Nullable Field expires) {
        this.expires = expires;
        this.totals = List.copyOf(totals);
        this.name = name;
        this.fields = List.copyOf(fields);
        this.key = List.copyOf(key);
        this.references = List.copyOf(references);
        this.unnamed = unnamed;
        this.legacy = legacy;
        this.target = target;
        for (Field field : this.fields) {
            if (field.ordinal() != byName.size() || byName.put(field.name(), field) != null) {
                throw new IllegalArgumentException("Invalid entity %s: field %s".formatted(name, field.name()));
            }
        }
        if (this.key.isEmpty() || !this.fields.containsAll(this.key)) {
            throw new IllegalArgumentException("Invalid entity %s: its key must be some of its fields".formatted(name));
        }
        this.beforeKeyValues = KeyText.beforeValues(name, this.key);
    }

    public String name() {
        return name;
    }

    public List<Field> fields() {
        return fields;
    }

    public List<Field> key() {
        return key;
    }

    public List<Reference> references() {
        return references;
    }

    /** What each record adds to its parent. */
    public List<Total> totals() {
        return totals;
    }

    /** The instant that ends a record's life: it is deleted then, on both sides. Empty if they live until they are deleted. */
    public Optional<Field> expires() {
        return Optional.ofNullable(expires);
    }

    public Unnamed unnamed() {
        return unnamed;
    }

    public Optional<Layout> legacy() {
        return Optional.ofNullable(legacy);
    }

    public Optional<Layout> target() {
        return Optional.ofNullable(target);
    }

    /** Where its records live on {@code side}, if they live there. */
    public Optional<Layout> on(Side side) {
        return side == Side.LEGACY ? legacy() : target();
    }

    public @Nullable Field fieldOrNull(String fieldName) {
        return byName.get(fieldName);
    }

    /** @throws IllegalArgumentException if there is no such field */
    public Field field(String fieldName) {
        Field field = byName.get(fieldName);
        if (field == null) {
            throw new IllegalArgumentException("Invalid field %s: %s has no such field".formatted(fieldName, name));
        }
        return field;
    }

    /** The upward link inside its aggregate; empty for a root. */
    public Optional<Reference> parent() {
        return references.stream().filter(Reference::parent).findFirst();
    }

    /** What stands before each value in the text of a key. */
    public List<String> beforeKeyValues() {
        return beforeKeyValues;
    }

    @Override
    public String toString() {
        return name;
    }
}
