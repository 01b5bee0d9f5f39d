package dev.changeover.model.entity;

/**
 * The type of a field, and with it the Java class of its values.
 *
 * @param kind what it is
 * @param length for {@code TEXT} the most characters (Unicode code points) it may have, {@link #UNLIMITED} for any; for
 *     {@code DECIMAL} its precision in digits; otherwise 0
 * @param scale for {@code DECIMAL} its digits after the point; otherwise 0
 */
public record FieldType(Kind kind, int length, int scale) {
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public static final FieldType TEXT = new FieldType(Kind.TEXT, UNLIMITED, 0);
    public static final FieldType JSON = of(Kind.JSON);
    public static final FieldType TIMESTAMPTZ = of(Kind.TIMESTAMPTZ);
    public static final FieldType INT32 = of(Kind.INT32);
    public static final FieldType INT64 = of(Kind.INT64);

    /** Each kind with the class that holds its values. */
    public enum Kind {
        /** {@link String}: well-formed Unicode without U+0000. */
        TEXT("text"),
        /** {@link Boolean}. */
        BOOL("bool"),
        /** {@link Integer}. */
        INT32("int32"),
        /** {@link Long}. */
        INT64("int64"),
        /** {@link Float}, finite. */
        FLOAT32("float32"),
        /** {@link Double}, finite. */
        FLOAT64("float64"),
        /** {@link java.math.BigDecimal} that fits precision and scale. */
        DECIMAL("decimal"),
        /** {@link java.time.Instant}, whole microseconds, year 1 to 9999: a timestamp with time zone. */
        TIMESTAMPTZ("timestamptz"),
        /** {@link java.time.LocalDateTime}, whole microseconds: a timestamp without time zone. */
        TIMESTAMP("timestamp"),
        /** {@link java.time.LocalDate}. */
        DATE("date"),
        /** {@link java.time.LocalTime}, whole microseconds. */
        TIME("time"),
        /** {@link java.util.UUID}. */
        UUID("uuid"),
        /** {@link Bytes}. */
        BYTES("bytes"),
        /** {@link JsonText}; a JSON {@code null} is a value here: {@link JsonText#NULL}, unless the field is nullable. */
        JSON("json");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** As it is written in migration.yaml. */
        public String word() {
            return word;
        }
    }

    public static FieldType of(Kind kind) {
        return new FieldType(kind, kind == Kind.TEXT ? UNLIMITED : 0, 0);
    }

    public static FieldType text(int length) {
        return new FieldType(Kind.TEXT, length, 0);
    }

    public static FieldType decimal(int precision, int scale) {
        return new FieldType(Kind.DECIMAL, precision, scale);
    }

    public FieldType {
        if (kind == Kind.TEXT && length < 1) {
            throw new IllegalArgumentException("Invalid length %d of text: at least 1".formatted(length));
        }
        if (kind == Kind.DECIMAL && (length < 1 || length > 1000 || scale < 0 || scale > length)) {
            throw new IllegalArgumentException(
                    "Invalid decimal(%d,%d): precision 1 to 1000, scale 0 to precision".formatted(length, scale));
        }
    }

    @Override
    public String toString() {
        return switch (kind) {
            case TEXT -> length == UNLIMITED ? "text" : "text(" + length + ")";
            case DECIMAL -> "decimal(" + length + "," + scale + ")";
            case BOOL, INT32, INT64, FLOAT32, FLOAT64, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON ->
                kind.word;
        };
    }
}
