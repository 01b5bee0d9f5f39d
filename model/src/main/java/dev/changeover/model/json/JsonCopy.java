package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Copies one value from a parser as compact text, and finds what is JSON but could not be stored. */
final class JsonCopy {
    /** A number of so many characters fits everywhere, if it has no exponent. */
    private static final int PLAIN_DIGITS = 18;

    private final JsonParser parser;
    private final StringBuilder text = new StringBuilder(128);
    private final @Nullable NamesMet names;
    private @Nullable InvalidJsonException problem;

    JsonCopy(JsonParser parser) {
        this.parser = parser;
        this.names = parser.isEnabled(StreamReadFeature.STRICT_DUPLICATE_DETECTION) ? null : new NamesMet();
    }

    JsonText copy() throws IOException {
        JsonToken token = parser.currentToken();
        if (token.isScalarValue()) {
            scalar(token);
        } else {
            container(token);
        }
        // Only now: the parser must stand on the value's last token, so that its reader can go on with the next member.
        if (problem != null) {
            throw problem;
        }
        return new JsonText(text.toString());
    }

    private void container(JsonToken first) throws IOException {
        int depth = 0;
        JsonToken token = first;
        while (true) {
            switch (token) {
                case START_OBJECT -> {
                    separate();
                    text.append('{');
                    depth++;
                    if (names != null) {
                        names.enter();
                    }
                }
                case START_ARRAY -> {
                    separate();
                    text.append('[');
                    depth++;
                }
                case END_OBJECT -> {
                    text.append('}');
                    depth--;
                    if (names != null) {
                        names.leave();
                    }
                }
                case END_ARRAY -> {
                    text.append(']');
                    depth--;
                }
                case FIELD_NAME -> {
                    separate();
                    name();
                    text.append(':');
                }
                default -> {
                    separate();
                    scalar(token);
                }
            }
            if (depth == 0) {
                return;
            }
            if (depth > StrictJson.MAX_DEPTH) {
                report("nested deeper than " + StrictJson.MAX_DEPTH);
            }
            token = parser.nextToken();
            if (token == null) {
                throw new InvalidJsonException("it ends within a value", 0, 0);
            }
        }
    }

    private void name() throws IOException {
        if (names != null && !names.add(parser.currentName()) && problem == null) {
            problem = InvalidJsonException.duplicate(parser);
        }
        string();
    }

    /** A comma, unless the value is the first one here. */
    private void separate() {
        if (!text.isEmpty()) {
            char last = text.charAt(text.length() - 1);
            if (last != '{' && last != '[' && last != ':') {
                text.append(',');
            }
        }
    }

    private void scalar(JsonToken token) throws IOException {
        switch (token) {
            case VALUE_NULL -> text.append("null");
            case VALUE_TRUE -> text.append("true");
            case VALUE_FALSE -> text.append("false");
            case VALUE_STRING -> string();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
            default -> throw new InvalidJsonException("there is no value", 0, 0);
        }
    }

    private void number() throws IOException {
        char[] buffer = parser.getTextCharacters();
        int offset = parser.getTextOffset();
        int length = parser.getTextLength();
        if (length > PLAIN_DIGITS || hasExponent(buffer, offset, length)) {
            String wrong = JsonNumber.unfit(new String(buffer, offset, length));
            if (wrong != null) {
                report(wrong);
            }
        }
        text.append(buffer, offset, length);
    }

    private static boolean hasExponent(char[] buffer, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (buffer[i] > '9') {
                return true;
            }
        }
        return false;
    }

    private void string() throws IOException {
        char[] buffer = parser.getTextCharacters();
        int offset = parser.getTextOffset();
        int end = offset + parser.getTextLength();
        text.append('"');
        int copied = offset;
        for (int i = offset; i < end; i++) {
            char c = buffer[i];
            if (c >= 0x20 && c != '"' && c != '\\') {
                if (Character.isSurrogate(c)) {
                    if (i + 1 < end && Character.isSurrogatePair(c, buffer[i + 1])) {
                        i++;
                    } else {
                        report("half a surrogate pair, which is no character");
                    }
                }
                continue;
            }
            if (c == 0) {
                report("U+0000, which PostgreSQL cannot store");
            }
            text.append(buffer, copied, i - copied);
            escape(c);
            copied = i + 1;
        }
        text.append(buffer, copied, end - copied);
        text.append('"');
    }

    private void escape(char c) {
        switch (c) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            default ->
                text.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
        }
    }

    private void report(String message) {
        if (problem == null) {
            JsonLocation place = parser.currentTokenLocation();
            problem = new InvalidJsonException(message, place.getLineNr(), place.getColumnNr());
        }
    }
}
