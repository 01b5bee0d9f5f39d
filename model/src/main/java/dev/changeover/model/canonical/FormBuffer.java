package dev.changeover.model.canonical;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.JsonNumber;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Bytes of a canonical form as they grow; numbers are big-endian, lengths come before what they measure. */
final class FormBuffer {
    static final byte ABSENT = 0;
    static final byte NULL = 1;
    static final byte TEXT = 2;
    static final byte FALSE = 3;
    static final byte TRUE = 4;
    static final byte INTEGER = 5;
    static final byte FLOAT32 = 6;
    static final byte FLOAT64 = 7;
    static final byte DECIMAL = 8;
    static final byte TIMESTAMPTZ = 9;
    static final byte TIMESTAMP = 10;
    static final byte DATE = 11;
    static final byte TIME = 12;
    static final byte UNIQUE_ID = 13;
    static final byte BYTES = 14;
    static final byte JSON = 15;

    /** A larger buffer is not kept for the next record. */
    private static final int MAX_KEPT_BYTES = 1 << 20;

    private byte[] bytes = new byte[1024];
    private int length;

    /** Where a member's name and value stand in the buffer: from {@code start} to before {@code end}. */
    record Member(int start, int end) {}

    FormBuffer clear() {
        length = 0;
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[1024];
        }
        return this;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }

    void putValue(Object value) {
        if (value instanceof String text) {
            put(TEXT);
            putText(text);
        } else if (value instanceof Missing missing) {
            put(missing == Missing.ABSENT ? ABSENT : NULL);
        } else if (value instanceof Integer number) {
            put(INTEGER);
            putLong(number);
        } else if (value instanceof Long number) {
            put(INTEGER);
            putLong(number);
        } else if (value instanceof Instant instant) {
            put(TIMESTAMPTZ);
            putLong(micros(instant.getEpochSecond(), instant.getNano()));
        } else if (value instanceof JsonText json) {
            put(JSON);
            JsonForm.put(json.text(), this);
        } else if (value instanceof Boolean bool) {
            put(bool ? TRUE : FALSE);
        } else if (value instanceof UUID uuid) {
            put(UNIQUE_ID);
            putLong(uuid.getMostSignificantBits());
            putLong(uuid.getLeastSignificantBits());
        } else if (value instanceof BigDecimal decimal) {
            put(DECIMAL);
            putDecimal(decimal);
        } else {
            putRareValue(value);
        }
    }

    private void putRareValue(Object value) {
        if (value instanceof Float number) {
            put(FLOAT32);
            putInt(Float.floatToIntBits(number + 0.0f)); // -0.0f + 0.0f is 0.0f
        } else if (value instanceof Double number) {
            put(FLOAT64);
            putLong(Double.doubleToLongBits(number + 0.0));
        } else if (value instanceof LocalDateTime local) {
            put(TIMESTAMP);
            Instant instant = local.toInstant(ZoneOffset.UTC);
            putLong(micros(instant.getEpochSecond(), instant.getNano()));
        } else if (value instanceof LocalDate date) {
            put(DATE);
            putLong(date.toEpochDay());
        } else if (value instanceof LocalTime time) {
            put(TIME);
            putLong(time.toNanoOfDay() / 1000);
        } else if (value instanceof Bytes content) {
            put(BYTES);
            byte[] array = content.toArray();
            putInt(array.length);
            ensure(array.length);
            System.arraycopy(array, 0, bytes, length, array.length);
            length += array.length;
        } else {
            throw new IllegalArgumentException("Invalid value of %s: it has no canonical form"
                    .formatted(value.getClass().getName()));
        }
    }

    private static long micros(long epochSecond, int nanos) {
        return Math.addExact(Math.multiplyExact(epochSecond, 1_000_000L), nanos / 1000);
    }

    private void putDecimal(BigDecimal decimal) {
        if (decimal.signum() == 0) {
            put((byte) 0);
            return;
        }
        BigDecimal stripped = decimal.stripTrailingZeros();
        putNumber(stripped.signum(), stripped.unscaledValue().abs().toString(), -stripped.scale());
    }

    void putNumber(JsonNumber number) {
        if (number.sign() == 0) {
            put((byte) 0);
        } else {
            putNumber(number.sign(), number.digits(), Math.toIntExact(number.exponent()));
        }
    }

    /** Sign (1 positive, 2 negative), exponent of the last digit, number of digits, digits in ASCII. */
    private void putNumber(int sign, String digits, int exponent) {
        put((byte) (sign > 0 ? 1 : 2));
        putInt(exponent);
        putText(digits);
    }

    void put(byte value) {
        ensure(1);
        bytes[length++] = value;
    }

    void putInt(int value) {
        ensure(4);
        putInt(value, length);
        length += 4;
    }

    private void putInt(int value, int at) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    private void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    /** Reserves the four bytes of a length or count, which {@link #endCount} fills in. */
    int beginCount() {
        putInt(0);
        return length - 4;
    }

    void endCount(int at, int count) {
        putInt(count, at);
    }

    /** Length in bytes, and UTF-8. */
    void putText(String text) {
        int at = beginCount();
        putUtf8(text);
        putInt(length - at - 4, at);
    }

    void putUtf8(String text) {
        putUtf8(text, 0, text.length());
    }

    /** The characters from {@code start} to before {@code end}. */
    void putUtf8(String text, int start, int end) {
        ensure((end - start) * 3);
        // Most of it is ASCII, and with nothing but locals in the loop it is copied several at a time.
        byte[] to = bytes;
        int at = length;
        int ascii = start;
        for (; ascii < end && text.charAt(ascii) < 0x80; ascii++) {
            to[at++] = (byte) text.charAt(ascii);
        }
        length = at;
        for (int i = ascii; i < end; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes[length++] = (byte) c;
            } else {
                int character = text.codePointAt(i);
                putCharacter(character);
                i += Character.charCount(character) - 1;
            }
        }
    }

    /** One character in UTF-8. */
    void putCharacter(int character) {
        ensure(4);
        if (character < 0x80) {
            bytes[length++] = (byte) character;
        } else if (character < 0x800) {
            bytes[length++] = (byte) (0xc0 | (character >> 6));
            bytes[length++] = (byte) (0x80 | (character & 0x3f));
        } else if (character < 0x10000) {
            bytes[length++] = (byte) (0xe0 | (character >> 12));
            bytes[length++] = (byte) (0x80 | ((character >> 6) & 0x3f));
            bytes[length++] = (byte) (0x80 | (character & 0x3f));
        } else {
            bytes[length++] = (byte) (0xf0 | (character >> 18));
            bytes[length++] = (byte) (0x80 | ((character >> 12) & 0x3f));
            bytes[length++] = (byte) (0x80 | ((character >> 6) & 0x3f));
            bytes[length++] = (byte) (0x80 | (character & 0x3f));
        }
    }

    /** Brings members that stand one after the other into the order of their names' bytes. */
    void sort(List<Member> members) {
        if (inOrder(members)) {
            return;
        }
        int start = members.get(0).start();
        byte[] unsorted = Arrays.copyOfRange(bytes, start, length);
        members.sort(this::compareNames);
        int at = start;
        for (Member member : members) {
            int size = member.end() - member.start();
            System.arraycopy(unsorted, member.start() - start, bytes, at, size);
            at += size;
        }
    }

    private boolean inOrder(List<Member> members) {
        for (int i = 1; i < members.size(); i++) {
            if (compareNames(members.get(i - 1), members.get(i)) > 0) {
                return false;
            }
        }
        return true;
    }

    private int compareNames(Member a, Member b) {
        return Arrays.compareUnsigned(
                bytes,
                a.start() + 4,
                a.start() + 4 + intAt(a.start()),
                bytes,
                b.start() + 4,
                b.start() + 4 + intAt(b.start()));
    }

    private int intAt(int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
