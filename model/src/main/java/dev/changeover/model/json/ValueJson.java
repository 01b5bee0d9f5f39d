package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.Field;
import java.io.IOException;

/** One field's value in JSON and as text. */
@SuppressWarnings("DoNotCallSuggester")
public final class ValueJson {
    private ValueJson() {}

    /** The parser's current value as one of {@code field}; afterwards the parser stands on its last token. */
    public static Object read(JsonParser parser, Field field) throws IOException, InvalidValueException {
        throw new UnsupportedOperationException();
    }

    /** Writes a value; {@code Missing.NULL} as {@code null}. */
    public static void write(JsonGenerator generator, Object value) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** The value that a text (of a path, a URL, a CSV cell) stands for. */
    public static Object parse(Field field, String text) throws InvalidValueException {
        throw new UnsupportedOperationException();
    }

    /** The text that {@link #parse} reads. */
    public static String text(Object value) {
        throw new UnsupportedOperationException();
    }

    /** {@code value} itself, if it is one that {@code field} can have. */
    public static Object checked(Field field, Object value) throws InvalidValueException {
        throw new UnsupportedOperationException();
    }
}
