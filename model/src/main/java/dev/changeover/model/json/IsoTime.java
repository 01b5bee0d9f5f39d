package dev.changeover.model.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * Dates and times as ISO 8601 has them, to the microsecond, in the years 1 to 9999. Read leniently in form (a blank for
 * the {@code T}, no seconds, short offsets), never in value: nothing is rounded, and no day or second is made up.
 */
final class IsoTime {
    private static final long FIRST_SECOND =
            LocalDate.of(1, 1, 1).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
    private static final long END_SECOND =
            LocalDate.of(10_000, 1, 1).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
    private static final int MAX_OFFSET_SECONDS = 18 * 3600;

    private final String text;
    private final String expected;
    private int at;

    private IsoTime(String text, String expected) {
        this.text = text;
        this.expected = expected;
    }

    /** With an offset or {@code Z}; without one it is UTC. */
    static Instant instant(String text) throws InvalidValueException {
        IsoTime reader = new IsoTime(text, "a timestamp is expected, like 2024-01-31T23:59:59.123456Z");
        LocalDateTime local = reader.dateTime();
        int offsetSeconds = reader.offsetSeconds();
        reader.end();
        return inRange(local.toInstant(ZoneOffset.UTC).minusSeconds(offsetSeconds));
    }

    static LocalDateTime local(String text) throws InvalidValueException {
        IsoTime reader =
                new IsoTime(text, "a timestamp without time zone is expected, like 2024-01-31T23:59:59.123456");
        LocalDateTime local = reader.dateTime();
        reader.end();
        return local;
    }

    static LocalDate date(String text) throws InvalidValueException {
        IsoTime reader = new IsoTime(text, "a date is expected, like 2024-01-31");
        LocalDate date = reader.datePart();
        reader.end();
        return date;
    }

    static LocalTime time(String text) throws InvalidValueException {
        IsoTime reader = new IsoTime(text, "a time of day is expected, like 23:59:59.123456");
        LocalTime time = reader.timePart();
        reader.end();
        return time;
    }

    static Instant inRange(Instant instant) throws InvalidValueException {
        if (instant.getEpochSecond() < FIRST_SECOND || instant.getEpochSecond() >= END_SECOND) {
            throw new InvalidValueException("the year must be 1 to 9999");
        }
        wholeMicros(instant.getNano());
        return instant;
    }

    static LocalDate inRange(LocalDate date) throws InvalidValueException {
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw new InvalidValueException("the year must be 1 to 9999");
        }
        return date;
    }

    static void wholeMicros(int nanos) throws InvalidValueException {
        if (nanos % 1000 != 0) {
            throw new InvalidValueException("more exact than a microsecond, which a database cannot keep");
        }
    }

    private LocalDateTime dateTime() throws InvalidValueException {
        LocalDate date = datePart();
        if (at < text.length() && (text.charAt(at) == 'T' || text.charAt(at) == 't' || text.charAt(at) == ' ')) {
            at++;
            return LocalDateTime.of(date, timePart());
        }
        throw new InvalidValueException(expected);
    }

    private LocalDate datePart() throws InvalidValueException {
        int year = number(4);
        skip('-');
        int month = number(2);
        skip('-');
        int day = number(2);
        try {
            return inRange(LocalDate.of(year, month, day));
        } catch (DateTimeException e) {
            throw new InvalidValueException("there is no such day: " + e.getMessage());
        }
    }

    private LocalTime timePart() throws InvalidValueException {
        int hour = number(2);
        skip(':');
        int minute = number(2);
        int second = 0;
        int nanos = 0;
        if (at < text.length() && text.charAt(at) == ':') {
            at++;
            second = number(2);
            if (at < text.length() && (text.charAt(at) == '.' || text.charAt(at) == ',')) {
                at++;
                nanos = fraction();
            }
        }
        if (second == 60) {
            throw new InvalidValueException("a leap second, which a database cannot keep");
        }
        try {
            return LocalTime.of(hour, minute, second, nanos);
        } catch (DateTimeException e) {
            throw new InvalidValueException("there is no such time of day: " + e.getMessage());
        }
    }

    private int fraction() throws InvalidValueException {
        int start = at;
        int micros = 0;
        while (at < text.length() && isDigit(text.charAt(at))) {
            int digit = text.charAt(at) - '0';
            if (at - start < 6) {
                micros = micros * 10 + digit;
            } else if (digit != 0) {
                wholeMicros(1);
            }
            at++;
        }
        if (at == start) {
            throw new InvalidValueException(expected);
        }
        for (int digits = at - start; digits < 6; digits++) {
            micros *= 10;
        }
        return micros * 1000;
    }

    private int offsetSeconds() throws InvalidValueException {
        if (at == text.length()) {
            return 0;
        }
        char sign = text.charAt(at);
        if (sign == 'Z' || sign == 'z') {
            at++;
            return 0;
        }
        if (sign != '+' && sign != '-') {
            throw new InvalidValueException(expected);
        }
        at++;
        int seconds = number(2) * 3600;
        for (int unit = 60; unit >= 1 && at < text.length(); unit /= 60) {
            if (text.charAt(at) == ':') {
                at++;
            }
            int part = number(2);
            if (part > 59) {
                throw new InvalidValueException("the time zone's offset has more than 59 minutes");
            }
            seconds += part * unit;
        }
        if (seconds > MAX_OFFSET_SECONDS) {
            throw new InvalidValueException("the time zone's offset is more than 18 hours");
        }
        return sign == '-' ? -seconds : seconds;
    }

    private int number(int digits) throws InvalidValueException {
        if (at + digits > text.length()) {
            throw new InvalidValueException(expected);
        }
        int number = 0;
        for (int end = at + digits; at < end; at++) {
            char c = text.charAt(at);
            if (!isDigit(c)) {
                throw new InvalidValueException(expected);
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private void skip(char wanted) throws InvalidValueException {
        if (at >= text.length() || text.charAt(at) != wanted) {
            throw new InvalidValueException(expected);
        }
        at++;
    }

    private void end() throws InvalidValueException {
        if (at != text.length()) {
            throw new InvalidValueException(expected);
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
