package dev.changeover.model.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind {@code after} in an event that {@link EventCodec} wrote: {@code source}, {@code op} and {@code ts_ms}. Nearly all
 * of it is the same in every event of an entity, so comparing bytes says what a parser would need thirty tokens for. Any deviation, were
 * it a blank, is left to the parser.
 *
 * <p>Safe for use by several threads.
 */
final class OwnTail {
    private static final byte[] SOURCE = bytes(",\"source\":");
    private static final byte[] IS_SNAPSHOT = bytes(",\"snapshot\":\"true\"");
    private static final byte[] IS_NO_SNAPSHOT = bytes(",\"snapshot\":\"false\"");
    private static final byte[] ORIGIN = bytes(",\"origin\":\"");
    private static final byte[] OP = bytes("\"},\"op\":\"");
    private static final byte[] TS_MS = bytes("\",\"ts_ms\":");
    private static final byte[] SNAPSHOT_READ = bytes(",\"op\":\"r\",\"ts_ms\":");
    /** Any number of so many digits is a long. */
    private static final int MAX_DIGITS = 18;
    /** What is longer is the parser's, which has its limits. */
    private static final int MAX_TEXT_BYTES = 4096;

    private final byte[] head;
    private final Map<String, byte[]> tables = new HashMap<>();

    /** What was read. */
    record Tail(Op op, String origin, long timestampMillis) {}

    /**
     * @param sourceHead what {@code source} begins with, up to its {@code ts_ms}
     * @param sourceTables by entity: what follows {@code snapshot}, up to {@code origin}
     */
    OwnTail(String sourceHead, Map<String, String> sourceTables) {
        this.head = concat(SOURCE, bytes(sourceHead));
        sourceTables.forEach((entity, table) -> tables.put(entity, concat(bytes(table), ORIGIN)));
    }

    /**
     * The rest of an event of {@code entity}, from {@code from} to its end.
     *
     * @param value well-formed UTF-8
     * @return null if it is not as ours is
     */
    @Nullable
    Tail read(byte[] value, int from, String entity) {
        byte[] table = tables.get(entity);
        int at = after(value, from, head);
        at = afterNumber(value, at);
        int behindSnapshot = after(value, at, IS_SNAPSHOT);
        at = behindSnapshot < 0 ? after(value, at, IS_NO_SNAPSHOT) : behindSnapshot;
        at = table == null ? -1 : after(value, at, table);
        int origin = at;
        at = afterPlainText(value, at);
        int originEnd = at;
        at = after(value, at, OP);
        Op op = at < 0 || at >= value.length ? null : op(value[at]);
        if (op == null) {
            return null;
        }
        at = after(value, at + 1, TS_MS);
        int number = at;
        at = afterNumber(value, at);
        if (at != value.length - 1 || value[at] != '}') {
            return null;
        }
        return new Tail(
                op,
                new String(value, origin, originEnd - origin, StandardCharsets.UTF_8),
                Long.parseLong(new String(value, number, at - number, StandardCharsets.US_ASCII)));
    }

    /** Whether {@code value}, which is an event, is a snapshot read that ends as ours do. Where this is false it may be one all the same. */
    static boolean isSurelySnapshot(byte[] value) {
        int number = value.length - 1;
        while (number > 0 && isDigit(value[number - 1])) {
            number--;
        }
        // It begins with a comma: behind a backslash its first quote would stand inside of a text.
        return number < value.length - 1
                && value[value.length - 1] == '}'
                && number >= SNAPSHOT_READ.length
                && after(value, number - SNAPSHOT_READ.length, SNAPSHOT_READ) == number;
    }

    /** Where {@code expected}, which stands at {@code at}, ends; less than 0 if it does not, or {@code at} is. */
    private static int after(byte[] value, int at, byte[] expected) {
        int end = at + expected.length;
        return at >= 0 && end <= value.length && Arrays.equals(value, at, end, expected, 0, expected.length) ? end : -1;
    }

    /** Where the whole number at {@code at} ends, as JSON writes one that is not negative. */
    private static int afterNumber(byte[] value, int at) {
        if (at < 0) {
            return -1;
        }
        int end = at;
        while (end < value.length && isDigit(value[end])) {
            end++;
        }
        int digits = end - at;
        return digits == 0 || digits > MAX_DIGITS || (digits > 1 && value[at] == '0') ? -1 : end;
    }

    /** Where the text at {@code at} ends, which has nothing in it that is escaped, or would have to be. */
    private static int afterPlainText(byte[] value, int at) {
        if (at < 0) {
            return -1;
        }
        int end = at;
        while (end < value.length && value[end] != '"') {
            if (value[end] == '\\' || (value[end] >= 0 && value[end] < ' ') || end - at == MAX_TEXT_BYTES) {
                return -1;
            }
            end++;
        }
        return end;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static @Nullable Op op(byte letter) {
        return switch (letter) {
            case 'c' -> Op.CREATE;
            case 'u' -> Op.UPDATE;
            case 'r' -> Op.SNAPSHOT;
            default -> null; // with a state after there is no other one
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
