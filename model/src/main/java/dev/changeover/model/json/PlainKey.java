package dev.changeover.model.json;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads most keys, which are as {@link KeyJson#write} writes them, of ASCII texts with nothing escaped and of whole numbers. Each event
 * has one, and a parser for so few bytes costs more to make than it reads. Any deviation, were it a blank, is left to the parser, and so
 * is all that is wrong.
 */
final class PlainKey {
    private static final String OPENING = "{\"entity\":\"";
    private static final int MOST_DIGITS_OF_ANY_INT = 9;
    private static final int MOST_DIGITS_OF_ANY_LONG = 18;

    private final byte[] json;
    private int at;

    private PlainKey(byte[] json) {
        this.json = json;
    }

    /** Null if it is not of this kind. */
    static @Nullable RecordKey readOrNull(Migration migration, byte[] json) {
        PlainKey reader = new PlainKey(json);
        if (!reader.pass(OPENING)) {
            return null;
        }
        String name = reader.textOrNull();
        Entity entity = name == null ? null : migration.entityOrNull(name);
        if (entity == null) {
            return null;
        }
        reader.at = 0;
        return reader.readOrNull(entity);
    }

    private @Nullable RecordKey readOrNull(Entity entity) {
        List<Field> fields = entity.key();
        List<Object> values = new ArrayList<>(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            if (!pass(entity.beforeKeyValues().get(i))) {
                return null;
            }
            Object value;
            try {
                value = valueOrNull(fields.get(i));
            } catch (InvalidValueException e) {
                return null;
            }
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return pass("}}") && at == json.length ? RecordKey.of(entity, values) : null;
    }

    private @Nullable Object valueOrNull(Field field) throws InvalidValueException {
        switch (field.type().kind()) {
            case TEXT, UUID -> {
                String text = pass("\"") ? textOrNull() : null;
                return text == null ? null : ValueJson.parse(field, text);
            }
            case INT32 -> {
                String digits = digitsOrNull(MOST_DIGITS_OF_ANY_INT);
                return digits == null ? null : Values.inBounds(field, Integer.parseInt(digits));
            }
            case INT64 -> {
                String digits = digitsOrNull(MOST_DIGITS_OF_ANY_LONG);
                return digits == null ? null : Values.inBounds(field, Long.parseLong(digits));
            }
            case BOOL, FLOAT32, FLOAT64, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, BYTES, JSON -> {
                return null;
            }
        }
        throw new IllegalStateException("Unknown kind of field: " + field.type());
    }

    /** Up to its closing quote, which is passed. */
    private @Nullable String textOrNull() {
        int from = at;
        while (at < json.length && json[at] >= ' ' && json[at] != '"' && json[at] != '\\') {
            at++;
        }
        if (at == json.length || json[at] != '"') {
            return null;
        }
        return new String(json, from, at++ - from, StandardCharsets.US_ASCII);
    }

    private @Nullable String digitsOrNull(int most) {
        int from = at;
        while (at < json.length && json[at] >= '0' && json[at] <= '9') {
            at++;
        }
        int digits = at - from;
        boolean whole = digits > 0 && digits <= most && (digits == 1 || json[from] != '0');
        return whole ? new String(json, from, digits, StandardCharsets.US_ASCII) : null;
    }

    private boolean pass(String ascii) {
        if (at + ascii.length() > json.length) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (json[at + i] != ascii.charAt(i)) {
                return false;
            }
        }
        at += ascii.length();
        return true;
    }
}
