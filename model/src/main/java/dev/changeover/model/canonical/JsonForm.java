package dev.changeover.model.canonical;

import dev.changeover.model.json.JsonNumber;
import java.util.ArrayList;
import java.util.List;

/**
 * The canonical form of one JSON value: members sorted, numbers by their value, strings by their characters. It reads
 * text that {@code dev.changeover.model.json} has made, and so checks only what keeps it from running astray.
 */
final class JsonForm {
    private final String text;
    private final FormBuffer buffer;
    private int at;

    private JsonForm(String text, FormBuffer buffer) {
        this.text = text;
        this.buffer = buffer;
    }

    static void put(String json, FormBuffer buffer) {
        JsonForm form = new JsonForm(json, buffer);
        form.value();
        form.skipBlanks();
        if (form.at != json.length()) {
            throw form.invalid();
        }
    }

    private void value() {
        skipBlanks();
        char c = here();
        switch (c) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> {
                buffer.put((byte) '"');
                string();
            }
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void object() {
        buffer.put((byte) '{');
        int count = buffer.beginCount();
        at++;
        skipBlanks();
        if (here() == '}') {
            at++;
            return;
        }
        List<FormBuffer.Member> members = new ArrayList<>();
        while (true) {
            skipBlanks();
            int start = buffer.length();
            string();
            skipBlanks();
            expect(':');
            value();
            members.add(new FormBuffer.Member(start, buffer.length()));
            skipBlanks();
            if (here() == '}') {
                break;
            }
            expect(',');
        }
        at++;
        buffer.sort(members);
        buffer.endCount(count, members.size());
    }

    private void array() {
        buffer.put((byte) '[');
        int countAt = buffer.beginCount();
        at++;
        skipBlanks();
        if (here() == ']') {
            at++;
            return;
        }
        int count = 0;
        while (true) {
            value();
            count++;
            skipBlanks();
            if (here() == ']') {
                break;
            }
            expect(',');
        }
        at++;
        buffer.endCount(countAt, count);
    }

    /** Length and characters of the string that starts here. */
    private void string() {
        expect('"');
        int countAt = buffer.beginCount();
        int start = buffer.length();
        while (true) {
            char c = here();
            if (c == '"') {
                break;
            }
            if (c == '\\') {
                buffer.putCharacter(escaped());
            } else {
                int plain = at;
                while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
                    at++;
                }
                buffer.putUtf8(text, plain, at);
            }
        }
        at++;
        buffer.endCount(countAt, buffer.length() - start);
    }

    private int escaped() {
        at++;
        char c = here();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            default -> throw invalid();
        };
    }

    private int unicode() {
        char first = unit();
        if (!Character.isHighSurrogate(first)) {
            return first;
        }
        expect('\\');
        expect('u');
        return Character.toCodePoint(first, unit());
    }

    private char unit() {
        if (at + 4 > text.length()) {
            throw invalid();
        }
        char unit = (char) Integer.parseInt(text, at, at + 4, 16);
        at += 4;
        return unit;
    }

    private void number() {
        int start = at;
        while (at < text.length() && isNumberPart(text.charAt(at))) {
            at++;
        }
        buffer.put((byte) '#');
        buffer.putNumber(JsonNumber.of(text, start, at));
    }

    private static boolean isNumberPart(char c) {
        return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    }

    private void word(String word) {
        if (!text.startsWith(word, at)) {
            throw invalid();
        }
        at += word.length();
        buffer.put((byte) word.charAt(0));
    }

    private void expect(char wanted) {
        if (here() != wanted) {
            throw invalid();
        }
        at++;
    }

    private char here() {
        if (at >= text.length()) {
            throw invalid();
        }
        return text.charAt(at);
    }

    private void skipBlanks() {
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
    }

    private IllegalArgumentException invalid() {
        return new IllegalArgumentException(
                "Invalid JSON value at character %d of %d".formatted(at + 1, text.length()));
    }
}
