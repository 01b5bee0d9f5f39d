package dev.changeover.store.file.json;

import dev.changeover.model.json.InvalidJsonException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Finds where the values of a JSON text begin and end, without building anything. It holds the text to RFC 8259's grammar;
 * what is inside the strings and numbers is for the reader of each value to judge.
 */
public final class JsonScan {
    private static final int MAX_DEPTH = 224;

    private final byte[] json;
    private final int start;
    /** One past the document's value if it has been found good; else -1. */
    private int checkedEnd = -1;

    /** @param json UTF-8, perhaps with a byte order mark at its start */
    public JsonScan(byte[] json) {
        this.json = json;
        boolean marked = json.length >= 3 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf;
        this.start = marked ? 3 : 0;
    }

    byte[] json() {
        return json;
    }

    /** Where the document's value begins. */
    public int root() throws InvalidJsonException {
        int at = skipSpace(start);
        if (at == json.length) {
            throw at(at, json.length == start ? "the file is empty" : "there is nothing but white space");
        }
        return at;
    }

    /** Checks that the text is exactly one value. */
    public void check() throws InvalidJsonException {
        int valueEnd = skipValue(root());
        int end = skipSpace(valueEnd);
        if (end < json.length) {
            throw at(end, "there is more after the value's end");
        }
        checkedEnd = valueEnd;
    }

    public int skipSpace(int from) {
        int at = from;
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
        return at;
    }

    /** The byte at {@code at}, or -1 at the end. */
    int peek(int at) {
        return at < json.length ? json[at] : -1;
    }

    /** One past the value that begins at {@code from}. */
    public int skipValue(int from) throws InvalidJsonException {
        boolean container = peek(from) == '{' || peek(from) == '[';
        return checkedEnd >= 0 && container ? skipChecked(from) : skipValue(from, 0);
    }

    /** The same for an object or array of a text that is known to be good: only what opens and closes counts. */
    private int skipChecked(int from) {
        if (skipSpace(start) == from) {
            return checkedEnd;
        }
        int depth = 0;
        for (int at = from; ; at++) {
            switch (json[at]) {
                case '"' -> at = lastOfString(at);
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    depth--;
                    if (depth == 0) {
                        return at + 1;
                    }
                }
                default -> {}
            }
        }
    }

    private int lastOfString(int from) {
        int at = from + 1;
        while (json[at] != '"') {
            at += json[at] == '\\' ? 2 : 1;
        }
        return at;
    }

    private int skipValue(int from, int depth) throws InvalidJsonException {
        return switch (peek(from)) {
            case '"' -> skipString(from);
            case '{' -> skipObject(from, depth + 1);
            case '[' -> skipArray(from, depth + 1);
            case 't' -> skipWord(from, "true");
            case 'f' -> skipWord(from, "false");
            case 'n' -> skipWord(from, "null");
            case -1 -> throw at(from, "it ends where a value should begin");
            default -> skipNumber(from);
        };
    }

    private int skipObject(int from, int depth) throws InvalidJsonException {
        checkDepth(from, depth);
        int at = skipSpace(from + 1);
        if (peek(at) == '}') {
            return at + 1;
        }
        while (true) {
            if (peek(at) != '"') {
                throw unexpected(at, "a member's name in quotes");
            }
            at = skipSpace(skipString(at));
            if (peek(at) != ':') {
                throw unexpected(at, "a colon after the member's name");
            }
            at = skipSpace(skipValue(skipSpace(at + 1), depth));
            if (peek(at) == '}') {
                return at + 1;
            }
            if (peek(at) != ',') {
                throw unexpected(at, "a comma or } after the member");
            }
            at = skipSpace(at + 1);
        }
    }

    private int skipArray(int from, int depth) throws InvalidJsonException {
        checkDepth(from, depth);
        int at = skipSpace(from + 1);
        if (peek(at) == ']') {
            return at + 1;
        }
        while (true) {
            at = skipSpace(skipValue(at, depth));
            if (peek(at) == ']') {
                return at + 1;
            }
            if (peek(at) != ',') {
                throw unexpected(at, "a comma or ] after the element");
            }
            at = skipSpace(at + 1);
        }
    }

    private void checkDepth(int from, int depth) throws InvalidJsonException {
        if (depth > MAX_DEPTH) {
            throw at(from, "nested deeper than " + MAX_DEPTH);
        }
    }

    int skipString(int from) throws InvalidJsonException {
        int at = from + 1;
        while (at < json.length) {
            byte b = json[at];
            if (b == '"') {
                return at + 1;
            }
            if (b == '\\') {
                at = skipEscape(at);
            } else if (b >= 0 && b < 0x20) {
                throw at(at, "control character 0x%02x in a string: it must be escaped".formatted(b));
            } else {
                at++;
            }
        }
        throw at(from, "it ends within the string that begins here");
    }

    private int skipEscape(int at) throws InvalidJsonException {
        switch (peek(at + 1)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return at + 2;
            }
            case 'u' -> {
                for (int i = at + 2; i < at + 6; i++) {
                    if (Character.digit(peek(i), 16) < 0) {
                        throw at(at, "invalid escape: \\u and four hexadecimal digits");
                    }
                }
                return at + 6;
            }
            default -> throw at(at, "invalid escape");
        }
    }

    private int skipWord(int from, String word) throws InvalidJsonException {
        for (int i = 0; i < word.length(); i++) {
            if (peek(from + i) != word.charAt(i)) {
                throw at(from, "invalid value: %s?".formatted(word));
            }
        }
        return from + word.length();
    }

    private int skipNumber(int from) throws InvalidJsonException {
        int at = peek(from) == '-' ? from + 1 : from;
        if (peek(at) == '0') {
            at++;
        } else {
            at = skipDigits(at);
        }
        if (peek(at) == '.') {
            at = skipDigits(at + 1);
        }
        if (peek(at) == 'e' || peek(at) == 'E') {
            at++;
            at = skipDigits(peek(at) == '+' || peek(at) == '-' ? at + 1 : at);
        }
        return at;
    }

    private int skipDigits(int from) throws InvalidJsonException {
        int at = from;
        while (peek(at) >= '0' && peek(at) <= '9') {
            at++;
        }
        if (at == from) {
            throw unexpected(at, "a value");
        }
        return at;
    }

    /** The characters of the string between {@code from}, its opening quote, and {@code to}, one past its closing one. */
    String string(int from, int to) throws InvalidJsonException {
        boolean plain = true;
        for (int i = from + 1; i < to - 1 && plain; i++) {
            plain = json[i] >= 0 && json[i] != '\\';
        }
        if (plain) {
            return new String(json, from + 1, to - from - 2, StandardCharsets.ISO_8859_1);
        }
        String raw;
        try {
            raw = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(json, from + 1, to - from - 2))
                    .toString();
        } catch (CharacterCodingException e) {
            throw at(from, "the name has bytes that are not UTF-8");
        }
        return raw.indexOf('\\') < 0 ? raw : unescaped(raw);
    }

    private static String unescaped(String raw) {
        StringBuilder text = new StringBuilder(raw.length());
        int at = 0;
        while (at < raw.length()) {
            char c = raw.charAt(at++);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = raw.charAt(at++);
            switch (escaped) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(raw, at, at + 4, 16));
                    at += 4;
                }
                default -> text.append(escaped);
            }
        }
        return text.toString();
    }

    private InvalidJsonException unexpected(int at, String expected) {
        return at < json.length
                ? at(at, expected + " is expected")
                : at(at, "it ends where %s is expected".formatted(expected));
    }

    InvalidJsonException at(int at, String message) {
        Place place = Place.of(json, at);
        return new InvalidJsonException(message, place.line(), place.column());
    }

    /**
     * A place in a text.
     *
     * @param line from 1
     * @param column in bytes, from 1
     */
    public record Place(int line, int column) {
        public static Place of(byte[] text, int at) {
            int line = 1;
            int lineStart = 0;
            for (int i = 0; i < at && i < text.length; i++) {
                if (text[i] == '\n') {
                    line++;
                    lineStart = i + 1;
                }
            }
            return new Place(line, at - lineStart + 1);
        }
    }
}
