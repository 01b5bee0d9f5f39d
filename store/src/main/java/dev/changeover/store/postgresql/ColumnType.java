package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.store.table.IpAddress;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How values of a column's type go in by binary COPY, and come out of a result. */
enum ColumnType {
    TEXT,
    BOOL,
    INT2,
    INT4,
    INT8,
    FLOAT4,
    FLOAT8,
    NUMERIC,
    TIMESTAMPTZ,
    TIMESTAMP,
    DATE,
    TIME,
    UUID,
    BYTEA,
    JSONB,
    JSON,
    INET,
    /** Any other: goes in as text and is cast by the server. */
    OTHER;

    private static final long EPOCH_DAY_2000 = LocalDate.of(2000, 1, 1).toEpochDay();
    private static final long EPOCH_SECOND_2000 = EPOCH_DAY_2000 * 86_400;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 3;

    static ColumnType of(PgTable.Column column) {
        return switch (column.type()) {
            case "text", "varchar", "bpchar" -> TEXT;
            case "bool" -> BOOL;
            case "int2" -> INT2;
            case "int4" -> INT4;
            case "int8" -> INT8;
            case "float4" -> FLOAT4;
            case "float8" -> FLOAT8;
            case "numeric" -> NUMERIC;
            case "timestamptz" -> TIMESTAMPTZ;
            case "timestamp" -> TIMESTAMP;
            case "date" -> DATE;
            case "time" -> TIME;
            case "uuid" -> UUID;
            case "bytea" -> BYTEA;
            case "jsonb" -> JSONB;
            case "json" -> JSON;
            case "inet" -> INET;
            default -> OTHER;
        };
    }

    /**
     * Puts {@code value} into a row.
     *
     * @throws InvalidValueException if the type has no such value; then nothing was put
     */
    void put(Object value, PgTable.Column column, BinaryRows rows) throws InvalidValueException {
        switch (this) {
            case TEXT -> rows.text(fitting(text(value), column));
            case OTHER -> rows.text(text(value));
            case BOOL -> {
                boolean bool = bool(value);
                rows.int32(1);
                rows.int8(bool ? 1 : 0);
            }
            case INT2 -> {
                long number = whole(value, Short.MIN_VALUE, Short.MAX_VALUE);
                rows.int32(2);
                rows.int16((int) number);
            }
            case INT4 -> {
                long number = whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
                rows.int32(4);
                rows.int32((int) number);
            }
            case INT8 -> {
                long number = whole(value, Long.MIN_VALUE, Long.MAX_VALUE);
                rows.int32(8);
                rows.int64(number);
            }
            case FLOAT4 -> {
                float number =
                        value instanceof Float real ? real : decimal(value).floatValue();
                rows.int32(4);
                rows.int32(Float.floatToIntBits(number));
            }
            case FLOAT8 -> {
                double number =
                        value instanceof Double real ? real : decimal(value).doubleValue();
                rows.int32(8);
                rows.int64(Double.doubleToLongBits(number));
            }
            case NUMERIC -> rows.numeric(fitting(decimal(value), column));
            case TIMESTAMPTZ, TIMESTAMP -> {
                long micros = micros(instant(value));
                rows.int32(8);
                rows.int64(micros);
            }
            case DATE -> {
                long day = date(value).toEpochDay() - EPOCH_DAY_2000;
                rows.int32(4);
                rows.int32((int) day);
            }
            case TIME -> {
                long micros = time(value).toNanoOfDay() / 1000;
                rows.int32(8);
                rows.int64(micros);
            }
            case UUID -> rows.uuid(uuid(value));
            case BYTEA -> {
                if (!(value instanceof Bytes content)) {
                    throw mismatch("bytes");
                }
                rows.value(content.toArray());
            }
            case JSONB -> rows.jsonb(json(value));
            case JSON -> rows.text(json(value));
            case INET -> putInet(text(value), rows);
        }
    }

    private static void putInet(String text, BinaryRows rows) throws InvalidValueException {
        byte[] address = IpAddress.bytes(text);
        if (address == null) {
            throw mismatch("an IP address");
        }
        rows.int32(4 + address.length);
        rows.int8(address.length == 4 ? AF_INET : AF_INET6);
        rows.int8(address.length * 8);
        rows.int8(0);
        rows.int8(address.length);
        rows.raw(address);
    }

    /** PostgreSQL would cut trailing blanks off without a word. */
    private static String fitting(String text, PgTable.Column column) throws InvalidValueException {
        int most = column.maxCharacters();
        if (most >= 0 && text.length() > most && text.codePointCount(0, text.length()) > most) {
            throw new InvalidValueException("longer than %d characters".formatted(most));
        }
        return text;
    }

    /** PostgreSQL would round without a word. */
    private static BigDecimal fitting(BigDecimal number, PgTable.Column column) throws InvalidValueException {
        int scale = column.scale();
        if (column.precision() >= 0
                && number.signum() != 0
                && number.stripTrailingZeros().scale() > scale) {
            throw new InvalidValueException("more than %d digits after the point".formatted(scale));
        }
        return number;
    }

    private static String text(Object value) {
        return value instanceof Bytes content
                ? "\\x" + HexFormat.of().formatHex(content.toArray())
                : ValueJson.text(value);
    }

    private static boolean bool(Object value) throws InvalidValueException {
        if (value instanceof Boolean bool) {
            return bool;
        }
        return switch (text(value).toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw mismatch("true or false");
        };
    }

    private static long whole(Object value, long least, long most) throws InvalidValueException {
        try {
            long number = value instanceof Integer || value instanceof Long
                    ? ((Number) value).longValue()
                    : decimal(value).longValueExact();
            if (number >= least && number <= most) {
                return number;
            }
        } catch (ArithmeticException e) {
            // Said below.
        }
        throw new InvalidValueException("a whole number from %d to %d is expected".formatted(least, most));
    }

    private static BigDecimal decimal(Object value) throws InvalidValueException {
        try {
            return value instanceof BigDecimal number ? number : new BigDecimal(text(value));
        } catch (NumberFormatException e) {
            throw mismatch("a number");
        }
    }

    private static Instant instant(Object value) throws InvalidValueException {
        if (value instanceof Instant instant) {
            return instant;
        }
        if (value instanceof LocalDateTime local) {
            return local.toInstant(ZoneOffset.UTC);
        }
        if (value instanceof LocalDate date) {
            return date.atStartOfDay().toInstant(ZoneOffset.UTC);
        }
        try {
            return Instant.parse(text(value));
        } catch (DateTimeParseException e) {
            throw mismatch("a timestamp");
        }
    }

    private static long micros(Instant instant) {
        return (instant.getEpochSecond() - EPOCH_SECOND_2000) * 1_000_000 + instant.getNano() / 1000;
    }

    private static LocalDate date(Object value) throws InvalidValueException {
        try {
            return value instanceof LocalDate date ? date : LocalDate.parse(text(value));
        } catch (DateTimeParseException e) {
            throw mismatch("a date");
        }
    }

    private static LocalTime time(Object value) throws InvalidValueException {
        try {
            return value instanceof LocalTime time ? time : LocalTime.parse(text(value));
        } catch (DateTimeParseException e) {
            throw mismatch("a time of day");
        }
    }

    private static UUID uuid(Object value) throws InvalidValueException {
        try {
            String text = value instanceof UUID ? "" : text(value);
            UUID uuid = value instanceof UUID there ? there : java.util.UUID.fromString(text);
            if (value instanceof UUID || uuid.toString().equalsIgnoreCase(text)) {
                return uuid;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw mismatch("a UUID");
    }

    private static String json(Object value) {
        return value instanceof JsonText json ? json.text() : JsonTexts.of(value);
    }

    private static InvalidValueException mismatch(String expected) {
        return new InvalidValueException(expected + " is expected");
    }

    /** The value of this type in a result's row, of the class that goes with it; a text where Java has no such value. */
    @Nullable
    Object value(ResultSet row, int index) throws SQLException {
        return switch (this) {
            case TEXT, INET, OTHER -> row.getString(index);
            case BOOL -> ofNullable(row.getBoolean(index), row);
            case INT2, INT4 -> ofNullable(row.getInt(index), row);
            case INT8 -> ofNullable(row.getLong(index), row);
            case FLOAT4 -> ofNullable(row.getFloat(index), row);
            case FLOAT8 -> ofNullable(row.getDouble(index), row);
            case NUMERIC -> number(row.getString(index));
            case TIMESTAMPTZ -> {
                OffsetDateTime moment = row.getObject(index, OffsetDateTime.class);
                yield moment == null ? null : outOfRange(moment) ? row.getString(index) : moment.toInstant();
            }
            case TIMESTAMP -> row.getObject(index, LocalDateTime.class);
            case DATE -> row.getObject(index, LocalDate.class);
            case TIME -> row.getObject(index, LocalTime.class);
            case UUID -> row.getObject(index, UUID.class);
            case BYTEA -> {
                byte[] content = row.getBytes(index);
                yield content == null ? null : Bytes.copyOf(content);
            }
            case JSONB, JSON -> row.getString(index);
        };
    }

    private static boolean outOfRange(OffsetDateTime moment) {
        return moment.equals(OffsetDateTime.MAX) || moment.equals(OffsetDateTime.MIN);
    }

    private static @Nullable Object ofNullable(Object value, ResultSet row) throws SQLException {
        return row.wasNull() ? null : value;
    }

    private static @Nullable Object number(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return text; // NaN
        }
    }
}
