package dev.changeover.store.table;

import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What a column holds as a value of a field, leniently: what no program of ours wrote must be seen as it is. */
final class ColumnValues {
    private ColumnValues() {}

    /**
     * The field without its bounds: a column may hold a longer text, or a role that is none, and it must be shown, not
     * hidden behind an error.
     */
    static Field unbounded(Field field) {
        FieldType type = field.type().kind() == FieldType.Kind.TEXT ? FieldType.TEXT : field.type();
        boolean nullable = field.nullable() || type.kind() != FieldType.Kind.JSON;
        return new Field(field.ordinal(), field.name(), type, nullable, true, Missing.NULL, null, null, List.of());
    }

    /**
     * @param field an {@link #unbounded} one
     * @param raw of the class of the column's own type, or its text as PostgreSQL, ISO 8601 or JSON write it
     */
    static Object of(Field field, Object raw) throws InvalidValueException {
        FieldType.Kind kind = field.type().kind();
        if (raw instanceof Bytes && kind == FieldType.Kind.BYTES) {
            return raw;
        }
        if (raw instanceof JsonText && kind == FieldType.Kind.TEXT) {
            return raw.toString();
        }
        if (raw instanceof LocalDateTime midnight
                && kind == FieldType.Kind.DATE
                && midnight.toLocalTime().equals(LocalTime.MIDNIGHT)) {
            return midnight.toLocalDate();
        }
        if (!(raw instanceof String text)) {
            return raw.getClass() == javaClass(kind)
                    ? ValueJson.checked(field, raw)
                    : ofText(field, raw instanceof Bytes ? "" : ValueJson.text(raw));
        }
        return kind == FieldType.Kind.TEXT ? text : ofText(field, text);
    }

    private static Object ofText(Field field, String text) throws InvalidValueException {
        return switch (field.type().kind()) {
            case BOOL ->
                switch (text.toLowerCase(Locale.ROOT)) {
                    case "t", "true", "1" -> true;
                    case "f", "false", "0" -> false;
                    default -> throw new InvalidValueException("true or false is expected");
                };
            case INT32, INT64 -> {
                try {
                    BigDecimal number = new BigDecimal(text);
                    yield field.type().kind() == FieldType.Kind.INT32
                            ? (Object) number.intValueExact()
                            : (Object) number.longValueExact();
                } catch (ArithmeticException | NumberFormatException e) {
                    throw new InvalidValueException("a whole number is expected");
                }
            }
            case FLOAT32, FLOAT64, DECIMAL -> {
                try {
                    yield ValueJson.checked(field, number(field.type().kind(), text));
                } catch (NumberFormatException e) {
                    throw new InvalidValueException("a number is expected");
                }
            }
            case BYTES -> {
                if (!text.startsWith("\\x")) {
                    yield ValueJson.parse(field, text);
                }
                try {
                    yield Bytes.copyOf(HexFormat.of().parseHex(text, 2, text.length()));
                } catch (IllegalArgumentException e) {
                    throw new InvalidValueException("bytes in hexadecimal digits are expected");
                }
            }
            case TEXT, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, JSON ->
                ValueJson.checked(field, ValueJson.parse(field, text));
        };
    }

    private static Object number(FieldType.Kind kind, String text) {
        return switch (kind) {
            case FLOAT32 -> Float.valueOf(text);
            case FLOAT64 -> Double.valueOf(text);
            default -> new BigDecimal(text);
        };
    }

    /** A member of the JSON column as a value of {@code field}, an {@link #unbounded} one. */
    static Object ofJson(Field field, JsonText json) throws InvalidValueException {
        if (field.type().kind() == FieldType.Kind.JSON) {
            return ValueJson.checked(field, json);
        }
        try (JsonParser parser = StrictJson.factory().createParser(json.text())) {
            parser.nextToken();
            return ValueJson.read(parser, field);
        } catch (IOException e) {
            throw new InvalidValueException(InvalidJsonException.of(e).getMessage());
        }
    }

    /** Whether a column that should hold {@code expected} does: by value, not by text. */
    static boolean same(Object expected, Object raw) {
        if (expected.equals(raw)) {
            return true;
        }
        try {
            if (expected instanceof Number || raw instanceof Number) {
                return new BigDecimal(expected.toString()).compareTo(new BigDecimal(raw.toString())) == 0;
            }
            Field field = Field.optional(0, "value", FieldType.of(kindOf(raw, kindOf(expected, FieldType.Kind.TEXT))));
            return Canonical.same(field, of(field, expected), of(field, raw));
        } catch (InvalidValueException | NumberFormatException e) {
            return false;
        }
    }

    /** {@code otherwise} for a text, which may stand for anything. */
    private static FieldType.Kind kindOf(Object value, FieldType.Kind otherwise) {
        for (FieldType.Kind kind : FieldType.Kind.values()) {
            if (kind != FieldType.Kind.TEXT && value.getClass() == javaClass(kind)) {
                return kind;
            }
        }
        return otherwise;
    }

    private static Class<?> javaClass(FieldType.Kind kind) {
        return switch (kind) {
            case TEXT -> String.class;
            case BOOL -> Boolean.class;
            case INT32 -> Integer.class;
            case INT64 -> Long.class;
            case FLOAT32 -> Float.class;
            case FLOAT64 -> Double.class;
            case DECIMAL -> BigDecimal.class;
            case TIMESTAMPTZ -> java.time.Instant.class;
            case TIMESTAMP -> LocalDateTime.class;
            case DATE -> java.time.LocalDate.class;
            case TIME -> LocalTime.class;
            case UUID -> UUID.class;
            case BYTES -> Bytes.class;
            case JSON -> JsonText.class;
        };
    }
}
