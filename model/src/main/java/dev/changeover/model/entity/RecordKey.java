package dev.changeover.model.entity;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Which record: entity and key values. Its text, the JSON object of entity and key fields in declared order, has always
 * the same bytes for the same key: {@code {"entity":"messages","key":{"chat_id":"gap","sequence_number":5}}}.
 *
 * <p>Order is that of the text's UTF-8 bytes.
 */
public final class RecordKey implements Comparable<RecordKey> {
    private final Entity entity;
    private final List<Object> values;
    private final String text;

    private RecordKey(Entity entity, List<Object> values) {
        this.entity = entity;
        this.values = List.copyOf(values);
        this.text = KeyText.of(entity, this.values);
    }

    /**
     * @param values one for each key field, in key order, of the class that the field's type names
     * @throws IllegalArgumentException if there are more or fewer
     */
    public static RecordKey of(Entity entity, List<Object> values) {
        if (values.size() != entity.key().size()) {
            throw new IllegalArgumentException("Invalid key %s: %s has %d key fields"
                    .formatted(values, entity.name(), entity.key().size()));
        }
        return new RecordKey(entity, values);
    }

    public Entity entity() {
        return entity;
    }

    /** The key's values in key order. */
    public List<Object> values() {
        return values;
    }

    /** The one text of this key. */
    public String text() {
        return text;
    }

    /** {@link #text()} in UTF-8: the key of its events on the log. */
    public byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** For people: {@code messages gap/5}. */
    public String label() {
        StringBuilder label = new StringBuilder(entity.name()).append(' ');
        for (int i = 0; i < values.size(); i++) {
            label.append(i == 0 ? "" : "/").append(values.get(i));
        }
        return label.toString();
    }

    @Override
    public int compareTo(RecordKey other) {
        return java.util.Arrays.compareUnsigned(bytes(), other.bytes());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordKey that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return label();
    }
}
