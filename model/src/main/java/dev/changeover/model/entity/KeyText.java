package dev.changeover.model.entity;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.List;

/** Writes the one text of a record key. */
public final class KeyText {
    private KeyText() {}

    /**
     * {@code {"entity":"…","key":{…}}}: fields in key order, no white space, only what must be escaped is.
     *
     * @param values of the key's first fields, or of all of them
     */
    public static String of(Entity entity, List<Object> values) {
        StringBuilder text = new StringBuilder(96);
        if (values.isEmpty()) {
            text.append(opening(entity.name()));
        }
        for (int i = 0; i < values.size(); i++) {
            text.append(entity.beforeKeyValues().get(i));
            Object value = values.get(i);
            if (value instanceof Integer || value instanceof Long || value instanceof Boolean) {
                text.append(value);
            } else {
                quote(ValueText.of(value), text);
            }
        }
        return text.append("}}").toString();
    }

    /** The parts of the text that are the same for all keys of an entity: one before each value. */
    static List<String> beforeValues(String entity, List<Field> key) {
        List<String> parts = new ArrayList<>(key.size());
        for (Field field : key) {
            StringBuilder part = new StringBuilder(parts.isEmpty() ? opening(entity) : ",");
            quote(field.name(), part);
            parts.add(part.append(':').toString());
        }
        return List.copyOf(parts);
    }

    private static String opening(String entity) {
        StringBuilder text = new StringBuilder("{\"entity\":");
        quote(entity, text);
        return text.append(",\"key\":{").toString();
    }

    private static void quote(String value, StringBuilder text) {
        text.append('"');
        if (isPlain(value)) {
            text.append(value);
        } else {
            JsonStringEncoder.getInstance().quoteAsString(value, text);
        }
        text.append('"');
    }

    /** Whether nothing in it must be escaped: nearly always, and keys are written all the time. */
    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
