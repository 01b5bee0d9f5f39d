package dev.changeover.model.entity;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
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
        StringBuilder text = new StringBuilder(64);
        text.append("{\"entity\":");
        quote(entity.name(), text);
        text.append(",\"key\":{");
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                text.append(',');
            }
            quote(entity.key().get(i).name(), text);
            text.append(':');
            Object value = values.get(i);
            if (value instanceof Integer || value instanceof Long || value instanceof Boolean) {
                text.append(value);
            } else {
                quote(ValueText.of(value), text);
            }
        }
        return text.append("}}").toString();
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
