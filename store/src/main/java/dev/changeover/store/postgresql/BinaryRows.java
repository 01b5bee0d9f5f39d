package dev.changeover.store.postgresql;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/**
 * Rows in the binary format of COPY
 * (<a href="https://www.postgresql.org/docs/current/sql-copy.html">PostgreSQL, COPY</a>), sent in blocks. Network byte order.
 */
final class BinaryRows {
    private static final byte[] HEADER = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0};
    private static final int BLOCK_BYTES = 64 << 10;

    private byte[] buffer = new byte[BLOCK_BYTES + 4096];
    private int length;

    /** Begins with the format's header. */
    void begin() {
        length = 0;
        raw(HEADER);
        int32(0);
        int32(0);
    }

    void end(CopyIn copy) throws SQLException {
        int16(-1);
        copy.writeToCopy(buffer, 0, length);
        length = 0;
    }

    /** Sends what there is, if it is worth it. */
    void flush(CopyIn copy) throws SQLException {
        if (length >= BLOCK_BYTES) {
            copy.writeToCopy(buffer, 0, length);
            length = 0;
        }
    }

    /** Where the next byte goes: to {@link #reset} to, before anything is sent. */
    int mark() {
        return length;
    }

    void reset(int mark) {
        length = mark;
    }

    void int8(int value) {
        ensure(1);
        buffer[length++] = (byte) value;
    }

    void int16(int value) {
        ensure(2);
        buffer[length++] = (byte) (value >> 8);
        buffer[length++] = (byte) value;
    }

    void int32(int value) {
        ensure(4);
        putInt(length, value);
        length += 4;
    }

    void int64(long value) {
        int32((int) (value >> 32));
        int32((int) value);
    }

    void nullValue() {
        int32(-1);
    }

    void uuid(UUID value) {
        int32(16);
        int64(value.getMostSignificantBits());
        int64(value.getLeastSignificantBits());
    }

    void value(byte[] content) {
        int32(content.length);
        raw(content);
    }

    void text(String value) {
        int32(0);
        int at = length;
        raw(value.getBytes(StandardCharsets.UTF_8));
        putInt(at - 4, length - at);
    }

    /** Its text behind the format's version. */
    void jsonb(String value) {
        int32(0);
        int at = length;
        int8(1);
        raw(value.getBytes(StandardCharsets.UTF_8));
        putInt(at - 4, length - at);
    }

    /** Groups of four decimal digits, with the weight of the first. */
    void numeric(BigDecimal value) {
        BigDecimal number = value.scale() < 0 ? value.setScale(0) : value;
        String plain = number.abs().toPlainString();
        int point = plain.indexOf('.');
        String whole = point < 0 ? plain : plain.substring(0, point);
        String fraction = point < 0 ? "" : plain.substring(point + 1);
        String digits = "0".repeat((4 - whole.length() % 4) % 4)
                + whole
                + fraction
                + "0".repeat((4 - fraction.length() % 4) % 4);
        int groups = digits.length() / 4;
        int weight = (whole.length() + 3) / 4 - 1;
        int first = 0;
        while (first < groups && group(digits, first) == 0) {
            first++;
        }
        int last = groups;
        while (last > first && group(digits, last - 1) == 0) {
            last--;
        }
        int32(8 + 2 * (last - first));
        int16(last - first);
        int16(first == groups ? 0 : weight - first);
        int16(number.signum() < 0 ? 0x4000 : 0);
        int16(number.scale());
        for (int i = first; i < last; i++) {
            int16(group(digits, i));
        }
    }

    private static int group(String digits, int index) {
        return Integer.parseInt(digits, 4 * index, 4 * index + 4, 10);
    }

    void raw(byte[] content) {
        ensure(content.length);
        System.arraycopy(content, 0, buffer, length, content.length);
        length += content.length;
    }

    private void putInt(int at, int value) {
        buffer[at] = (byte) (value >> 24);
        buffer[at + 1] = (byte) (value >> 16);
        buffer[at + 2] = (byte) (value >> 8);
        buffer[at + 3] = (byte) value;
    }

    private void ensure(int more) {
        if (length + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
