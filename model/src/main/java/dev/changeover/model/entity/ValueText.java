package dev.changeover.model.entity;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.UUID;

/** The one text of a field's value: in keys, in paths, in addresses and, where JSON has no such type, in JSON strings. */
public final class ValueText {
    private ValueText() {}

    /** @throws IllegalArgumentException for a {@link Missing}, which has none, and for foreign classes */
    public static String of(Object value) {
        if (value instanceof String
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Boolean
                || value instanceof Float
                || value instanceof Double
                || value instanceof JsonText
                || value instanceof UUID) {
            return value.toString();
        }
        if (value instanceof Instant instant) {
            return text(instant);
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof LocalDateTime local) {
            return text(local);
        }
        if (value instanceof LocalDate date) {
            return text(date);
        }
        if (value instanceof LocalTime time) {
            return text(time);
        }
        if (value instanceof Bytes bytes) {
            return bytes.base64();
        }
        throw new IllegalArgumentException(
                "Invalid value of %s: it has no text".formatted(value.getClass().getName()));
    }

    /** In UTC with {@code Z} and 0, 3 or 6 digits of a second. */
    private static String text(Instant instant) {
        return text(LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC), true);
    }

    private static String text(LocalDateTime local) {
        return text(local, false);
    }

    private static String text(LocalDate date) {
        char[] target = new char[10];
        put(date, target);
        return new String(target);
    }

    private static String text(LocalTime time) {
        char[] target = new char[15];
        return new String(target, 0, put(time, target, 0));
    }

    private static String text(LocalDateTime local, boolean utc) {
        char[] target = new char[27];
        put(local.toLocalDate(), target);
        target[10] = 'T';
        int end = put(local.toLocalTime(), target, 11);
        if (utc) {
            target[end++] = 'Z';
        }
        return new String(target, 0, end);
    }

    private static void put(LocalDate date, char[] target) {
        digits(date.getYear(), 4, target, 0);
        target[4] = '-';
        digits(date.getMonthValue(), 2, target, 5);
        target[7] = '-';
        digits(date.getDayOfMonth(), 2, target, 8);
    }

    private static int put(LocalTime time, char[] target, int start) {
        digits(time.getHour(), 2, target, start);
        target[start + 2] = ':';
        digits(time.getMinute(), 2, target, start + 3);
        target[start + 5] = ':';
        digits(time.getSecond(), 2, target, start + 6);
        int micros = time.getNano() / 1000;
        if (micros == 0) {
            return start + 8;
        }
        target[start + 8] = '.';
        if (micros % 1000 == 0) {
            digits(micros / 1000, 3, target, start + 9);
            return start + 12;
        }
        digits(micros, 6, target, start + 9);
        return start + 15;
    }

    private static void digits(int number, int count, char[] target, int start) {
        int rest = number;
        for (int i = start + count - 1; i >= start; i--) {
            target[i] = (char) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
