package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What each type takes, and what it refuses with which words. */
final class Values {
    private static final int MAX_NUMBER_CHARS = 100;

    private Values() {}

    static Object ofString(FieldType type, String text) throws InvalidValueException {
        return switch (type.kind()) {
            case TEXT -> text(type, text);
            case DECIMAL -> decimal(type, text);
            case TIMESTAMPTZ -> IsoTime.instant(text);
            case TIMESTAMP -> IsoTime.local(text);
            case DATE -> IsoTime.date(text);
            case TIME -> IsoTime.time(text);
            case UUID -> uuid(text);
            case BYTES -> bytes(text);
            case BOOL, INT32, INT64, FLOAT32, FLOAT64, JSON -> throw mismatch(type, "text");
        };
    }

    static Object ofInteger(FieldType type, JsonParser parser) throws IOException, InvalidValueException {
        if (parser.getTextLength() < 10) {
            if (type.kind() == FieldType.Kind.INT64) {
                return parser.getLongValue();
            }
            if (type.kind() == FieldType.Kind.INT32) {
                return parser.getIntValue();
            }
        }
        return integer(type, parser.getText());
    }

    private static Object integer(FieldType type, String text) throws InvalidValueException {
        return switch (type.kind()) {
            case INT32 -> (int) integer(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT64 -> integer(text, Long.MIN_VALUE, Long.MAX_VALUE);
            case FLOAT32 -> {
                float number = float32(text);
                yield exact(text, new BigDecimal(number), number);
            }
            case FLOAT64 -> {
                double number = float64(text);
                yield exact(text, new BigDecimal(number), number);
            }
            case DECIMAL -> decimal(type, text);
            case TEXT, BOOL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON -> throw mismatch(type, "a number");
        };
    }

    static Object ofFraction(FieldType type, String text) throws InvalidValueException {
        return switch (type.kind()) {
            case FLOAT32 -> float32(text);
            case FLOAT64 -> float64(text);
            case DECIMAL -> decimal(type, text);
            case INT32, INT64 -> throw mismatch(type, "a number with a point or an exponent");
            case TEXT, BOOL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON -> throw mismatch(type, "a number");
        };
    }

    static Object ofBoolean(FieldType type, boolean value) throws InvalidValueException {
        if (type.kind() != FieldType.Kind.BOOL) {
            throw mismatch(type, value ? "true" : "false");
        }
        return value;
    }

    static Object ofText(FieldType type, String text) throws InvalidValueException {
        return switch (type.kind()) {
            case BOOL -> {
                if (!text.equals("true") && !text.equals("false")) {
                    throw mismatch(type, "another text than true or false");
                }
                yield text.equals("true");
            }
            case INT32, INT64, FLOAT32, FLOAT64 -> {
                jsonNumber(text);
                boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
                yield whole ? integer(type, text) : ofFraction(type, text);
            }
            case JSON -> {
                try {
                    yield StrictJson.compact(text);
                } catch (InvalidJsonException e) {
                    throw new InvalidValueException(e.getMessage());
                }
            }
            case TEXT, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES -> ofString(type, text);
        };
    }

    /** A value that did not come from a text: of the right class, and within its limits. */
    static Object checked(FieldType type, Object value) throws InvalidValueException {
        return switch (type.kind()) {
            case TEXT -> text(type, as(String.class, type, value));
            case BOOL -> as(Boolean.class, type, value);
            case INT32 -> as(Integer.class, type, value);
            case INT64 -> as(Long.class, type, value);
            case FLOAT32 -> {
                if (!Float.isFinite(as(Float.class, type, value))) {
                    throw new InvalidValueException("it is not a finite number");
                }
                yield value;
            }
            case FLOAT64 -> {
                if (!Double.isFinite(as(Double.class, type, value))) {
                    throw new InvalidValueException("it is not a finite number");
                }
                yield value;
            }
            case DECIMAL -> decimal(type, as(BigDecimal.class, type, value));
            case TIMESTAMPTZ -> IsoTime.inRange(as(Instant.class, type, value));
            case TIMESTAMP -> {
                LocalDateTime local = as(LocalDateTime.class, type, value);
                IsoTime.inRange(local.toInstant(ZoneOffset.UTC));
                yield local;
            }
            case DATE -> IsoTime.inRange(as(LocalDate.class, type, value));
            case TIME -> {
                IsoTime.wholeMicros(as(LocalTime.class, type, value).get(ChronoField.NANO_OF_SECOND));
                yield value;
            }
            case UUID -> as(UUID.class, type, value);
            case BYTES -> as(Bytes.class, type, value);
            case JSON -> as(JsonText.class, type, value);
        };
    }

    /** {@code value}, if it is within the field's least and largest value, and one of those that it may have. */
    static Object inBounds(Field field, Object value) throws InvalidValueException {
        if (field.min() != null && compare(value, field.min()) < 0) {
            throw new InvalidValueException("less than " + ValueJson.text(field.min()));
        }
        if (field.max() != null && compare(value, field.max()) > 0) {
            throw new InvalidValueException("more than " + ValueJson.text(field.max()));
        }
        if (!field.oneOf().isEmpty() && !field.oneOf().contains(value)) {
            throw new InvalidValueException("it must be one of "
                    + String.join(
                            ", ", field.oneOf().stream().map(ValueJson::text).toList()));
        }
        return value;
    }

    static InvalidValueException mismatch(FieldType type, String found) {
        return new InvalidValueException("%s is expected, and this is %s".formatted(type, found));
    }

    /** What is wrong with the characters of {@code text}; null if nothing is. */
    static @Nullable String unfit(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "U+0000 at character %d, which PostgreSQL cannot store".formatted(i + 1);
            }
            if (Character.isSurrogate(c)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    return "half a surrogate pair at character %d, which is no character".formatted(i + 1);
                }
                i++;
            }
        }
        return null;
    }

    private static String text(FieldType type, String text) throws InvalidValueException {
        String wrong = unfit(text);
        if (wrong != null) {
            throw new InvalidValueException(wrong);
        }
        if (text.length() > type.length()) {
            int characters = text.codePointCount(0, text.length());
            if (characters > type.length()) {
                throw new InvalidValueException(
                        "longer than %d characters: it has %d".formatted(type.length(), characters));
            }
        }
        if (text.length() > StrictJson.MAX_STRING_CHARS) {
            throw new InvalidValueException(
                    "longer than %d characters, the most of any text".formatted(StrictJson.MAX_STRING_CHARS));
        }
        return text;
    }

    private static long integer(String text, long least, long most) throws InvalidValueException {
        if (text.length() <= 20) {
            try {
                long number = Long.parseLong(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // More than 64 bits: out of range as well.
            }
        }
        throw new InvalidValueException("outside of %d to %d".formatted(least, most));
    }

    private static float float32(String text) throws InvalidValueException {
        limit(text, MAX_NUMBER_CHARS);
        float number = Float.parseFloat(text);
        if (Float.isInfinite(number) || (number == 0 && JsonNumber.of(text).sign() != 0)) {
            throw new InvalidValueException("too large or too small for a float32");
        }
        return number;
    }

    private static double float64(String text) throws InvalidValueException {
        limit(text, MAX_NUMBER_CHARS);
        double number = Double.parseDouble(text);
        if (Double.isInfinite(number) || (number == 0 && JsonNumber.of(text).sign() != 0)) {
            throw new InvalidValueException("too large or too small for a float64");
        }
        return number;
    }

    private static Object exact(String text, BigDecimal held, Object number) throws InvalidValueException {
        if (new BigDecimal(text).compareTo(held) != 0) {
            throw new InvalidValueException("a whole number that a float would round");
        }
        return number;
    }

    private static BigDecimal decimal(FieldType type, String text) throws InvalidValueException {
        BigDecimal usual = usualDecimal(type, text);
        if (usual != null) {
            return usual;
        }
        limit(text, Math.max(MAX_NUMBER_CHARS, type.length() + 10));
        JsonNumber number = jsonNumber(text);
        long integerDigits = number.digits().length() + number.exponent();
        if (number.sign() != 0 && (integerDigits > type.length() - type.scale() || -number.exponent() > type.scale())) {
            throw unfitDecimal(type);
        }
        return number.sign() == 0
                ? BigDecimal.ZERO.setScale(type.scale())
                : new BigDecimal(text).setScale(type.scale());
    }

    /** The decimal that {@code text} is in the very form in which we write it, if it is short; null otherwise. */
    private static @Nullable BigDecimal usualDecimal(FieldType type, String text) {
        int length = text.length();
        int point = length - 1 - type.scale();
        if (length > 18 || type.scale() == 0 || point < 1 || point > type.length() - type.scale()) {
            return null;
        }
        if (text.charAt(point) != '.' || (text.charAt(0) == '0' && point > 1)) {
            return null;
        }
        long unscaled = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                unscaled = unscaled * 10 + (c - '0');
            } else if (i != point) {
                return null;
            }
        }
        return BigDecimal.valueOf(unscaled, type.scale());
    }

    private static BigDecimal decimal(FieldType type, BigDecimal value) throws InvalidValueException {
        if (value.signum() == 0) {
            return BigDecimal.ZERO.setScale(type.scale());
        }
        BigDecimal stripped = value.stripTrailingZeros();
        long integerDigits = (long) stripped.precision() - stripped.scale();
        if (stripped.scale() > type.scale() || integerDigits > type.length() - type.scale()) {
            throw unfitDecimal(type);
        }
        return value.scale() == type.scale() ? value : value.setScale(type.scale());
    }

    private static InvalidValueException unfitDecimal(FieldType type) {
        return new InvalidValueException("more than %d digits before or %d after the point"
                .formatted(type.length() - type.scale(), type.scale()));
    }

    private static JsonNumber jsonNumber(String text) throws InvalidValueException {
        try {
            return JsonNumber.of(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException("a number is expected, like -12.50");
        }
    }

    private static void limit(String text, int maxChars) throws InvalidValueException {
        if (text.length() > maxChars) {
            throw new InvalidValueException("a number of more than %d characters".formatted(maxChars));
        }
    }

    private static UUID uuid(String text) throws InvalidValueException {
        // UUID.fromString would take 1-1-1-1-1.
        if (text.length() == 36
                && text.charAt(8) == '-'
                && text.charAt(13) == '-'
                && text.charAt(18) == '-'
                && text.charAt(23) == '-') {
            try {
                return UUID.fromString(text);
            } catch (IllegalArgumentException e) {
                // Said below.
            }
        }
        throw new InvalidValueException("a UUID is expected, like 123e4567-e89b-12d3-a456-426614174000");
    }

    private static Bytes bytes(String base64) throws InvalidValueException {
        try {
            byte[] decoded = Base64.getDecoder().decode(base64);
            // The decoder takes missing padding and stray bits: two texts would be one value.
            if (base64.length() == (decoded.length + 2) / 3 * 4) {
                Bytes bytes = Bytes.copyOf(decoded);
                if (bytes.base64().equals(base64)) {
                    return bytes;
                }
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new InvalidValueException("base64 with padding is expected (RFC 4648)");
    }

    private static <T> T as(Class<T> wanted, FieldType type, Object value) throws InvalidValueException {
        if (!wanted.isInstance(value)) {
            throw mismatch(type, "a Java " + value.getClass().getSimpleName());
        }
        return wanted.cast(value);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static int compare(Object value, Object bound) {
        if (value instanceof Double number && bound instanceof Double limit) {
            return Double.compare(number + 0.0, limit + 0.0); // -0.0 is 0.0
        }
        if (value instanceof Float number && bound instanceof Float limit) {
            return Float.compare(number + 0.0f, limit + 0.0f);
        }
        return ((Comparable) value).compareTo(bound);
    }
}
