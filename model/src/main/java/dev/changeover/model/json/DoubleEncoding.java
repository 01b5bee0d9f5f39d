package dev.changeover.model.json;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Text that was UTF-8, was taken for Windows-1252 (or Latin-1) and encoded once more: {@code été} is {@code Ã©tÃ©} then. It is told by this: every
 * character is one of those 256, and the bytes that they stand for are UTF-8 with some character of several bytes.
 */
public final class DoubleEncoding {
    /** Of the bytes 0x80 to 0x9f; the five that Windows-1252 leaves open are control characters, as in Latin-1. */
    private static final String FROM_0X80 =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f"
                    + "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    private static final Map<Character, Byte> BYTES = bytes();
    private static final int SHOWN = 20;

    private DoubleEncoding() {}

    private static Map<Character, Byte> bytes() {
        Map<Character, Byte> bytes = new HashMap<>();
        for (int i = 0; i < FROM_0X80.length(); i++) {
            bytes.put(FROM_0X80.charAt(i), (byte) (0x80 + i));
        }
        return bytes;
    }

    /** What {@code text} was before, however often it was encoded; {@code text} itself if it is not double-encoded. */
    public static String undone(String text) {
        String now = text;
        for (String before = once(now); before != null; before = once(now)) {
            now = before; // shorter each time
        }
        return now;
    }

    public static boolean isDouble(String text) {
        return once(text) != null;
    }

    /** Where {@code text} was encoded twice, and what that was, in a few characters: {@code "Ã©tÃ©", which was "été"}. */
    public static String example(String text) {
        return "%s, which was %s".formatted(shown(text), shown(undone(text)));
    }

    /** From the first character on that is not ASCII. */
    private static String shown(String text) {
        int from = 0;
        while (text.charAt(from) < 0x80 && from < text.length() - 1) {
            from++;
        }
        int to = Math.min(
                text.length(),
                text.offsetByCodePoints(from, Math.min(SHOWN, text.codePointCount(from, text.length()))));
        return '"' + text.substring(from, to) + (to < text.length() ? "…" : "") + '"';
    }

    /** Null if it is not double-encoded. */
    private static @Nullable String once(String text) {
        int first = 0;
        while (first < text.length() && text.charAt(first) < 0x80) {
            first++;
        }
        if (first == text.length()) {
            return null;
        }
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = text.charAt(i);
            @Nullable Byte high = c > 0xff ? BYTES.get(c) : Byte.valueOf((byte) c);
            if (high == null) {
                return null;
            }
            bytes[i] = high;
        }
        try {
            CharBuffer decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes));
            return decoded.toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
