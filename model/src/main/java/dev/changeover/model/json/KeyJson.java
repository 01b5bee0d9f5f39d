package dev.changeover.model.json;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.MalformedEventException;
import java.util.List;

/** The one JSON text of a record key. */
@SuppressWarnings("DoNotCallSuggester")
public final class KeyJson {
    private KeyJson() {}

    /** {@code {"entity":"…","key":{…}}}: fields in key order, no white space, only what must be escaped is. */
    public static String write(Entity entity, List<Object> values) {
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
                quote(value.toString(), text);
            }
        }
        return text.append("}}").toString();
    }

    /** The key that {@code json} means, whatever its white space and the order of its members. */
    public static RecordKey read(Migration migration, byte[] json) throws MalformedEventException {
        throw new UnsupportedOperationException();
    }

    private static void quote(String value, StringBuilder text) {
        text.append('"');
        JsonStringEncoder.getInstance().quoteAsString(value, text);
        text.append('"');
    }
}
