package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;

/** The one way in which JSON is read here. */
@SuppressWarnings("DoNotCallSuggester")
public final class StrictJson {
    private StrictJson() {}

    /** Parsers that refuse equal names in one object and whatever exceeds the limits. */
    public static JsonFactory factory() {
        throw new UnsupportedOperationException();
    }

    /** The one value that {@code utf8} holds, without white space. */
    public static JsonText compact(byte[] utf8) throws InvalidJsonException {
        throw new UnsupportedOperationException();
    }

    /** The one value that {@code text} holds, without white space. */
    public static JsonText compact(String text) throws InvalidJsonException {
        throw new UnsupportedOperationException();
    }

    /** The parser's current value; afterwards the parser stands on its last token. */
    public static JsonText copy(JsonParser parser) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** {@code content} without a byte order mark at its start. */
    public static byte[] withoutByteOrderMark(byte[] content) {
        throw new UnsupportedOperationException();
    }
}
