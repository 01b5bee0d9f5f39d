package dev.changeover.model.entity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One value of an entity, the same logical value on both sides. Immutable.
 *
 * <p>A field's value is of the class that its {@link FieldType.Kind} names, or a {@link Missing}. Members that the
 * definition does not name are in {@link #unnamed()}, in the order in which they were met.
 */
public final class EntityRecord {
    private final Entity entity;
    private final Object[] values;
    private final Map<String, JsonText> unnamed;
    /** Made when it is first asked for; whoever makes it makes the same one. */
    private @Nullable RecordKey key;

    private EntityRecord(Entity entity, Object[] values, Map<String, JsonText> unnamed) {
        this.entity = entity;
        this.values = values;
        this.unnamed = unnamed;
    }

    public static Builder of(Entity entity) {
        return new Builder(entity);
    }

    public Entity entity() {
        return entity;
    }

    /** The value of {@code field}, or a {@link Missing}. */
    public Object value(Field field) {
        return values[field.ordinal()];
    }

    /** The value of the field of that name, or a {@link Missing}. */
    public Object value(String fieldName) {
        return values[entity.field(fieldName).ordinal()];
    }

    /** Members that the definition does not name, in order; unmodifiable. */
    public Map<String, JsonText> unnamed() {
        return unnamed;
    }

    public RecordKey key() {
        RecordKey made = key;
        if (made == null) {
            List<Object> keyValues = new ArrayList<>(entity.key().size());
            for (Field field : entity.key()) {
                keyValues.add(values[field.ordinal()]);
            }
            made = RecordKey.of(entity, keyValues);
            key = made;
        }
        return made;
    }

    /** A builder that starts with this record's values. */
    public Builder toBuilder() {
        Builder builder = new Builder(entity);
        System.arraycopy(values, 0, builder.values, 0, values.length);
        builder.unnamed.putAll(unnamed);
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EntityRecord that
                && entity.name().equals(that.entity.name())
                && Arrays.equals(values, that.values)
                && unnamed.equals(that.unnamed);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(values) + unnamed.hashCode();
    }

    /** Names the record, never its values: they are nobody's business in a log. */
    @Override
    public String toString() {
        return "EntityRecord[" + entity.name() + "]";
    }

    /** Collects a record's values; a field that is not set is absent. */
    public static final class Builder {
        private final Entity entity;
        private final Object[] values;
        private final Map<String, JsonText> unnamed = new LinkedHashMap<>();

        private Builder(Entity entity) {
            this.entity = entity;
            this.values = new Object[entity.fields().size()];
            Arrays.fill(values, Missing.ABSENT);
        }

        public Builder set(Field field, Object value) {
            values[field.ordinal()] = value;
            return this;
        }

        public Builder set(String fieldName, Object value) {
            return set(entity.field(fieldName), value);
        }

        public Builder setUnnamed(String member, JsonText value) {
            unnamed.put(member, value);
            return this;
        }

        public Builder removeUnnamed(String member) {
            unnamed.remove(member);
            return this;
        }

        public Object value(Field field) {
            return values[field.ordinal()];
        }

        public EntityRecord build() {
            return new EntityRecord(
                    entity,
                    values.clone(),
                    unnamed.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(unnamed)));
        }
    }
}
