package dev.changeover.model.json;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** Text that is not JSON as we read it: strict, within the limits, and with nothing in it that a store could not keep. */
public final class InvalidJsonException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    /**
     * @param message what is wrong, without the place
     * @param line from 1; 0 if it is not known
     * @param column from 1; 0 if it is not known
     */
    public InvalidJsonException(String message, int line, int column) {
        super(
                line > 0
                        ? "Invalid JSON at line %d, column %d: %s".formatted(line, column, message)
                        : "Invalid JSON: " + message);
        this.line = line;
        this.column = column;
    }

    /** What a parser threw, in our words and with its place. */
    public static InvalidJsonException of(IOException cause) {
        if (cause instanceof InvalidJsonException invalid) {
            return invalid;
        }
        InvalidJsonException invalid;
        if (cause instanceof JacksonException jackson) {
            JsonLocation place = jackson.getLocation();
            invalid = new InvalidJsonException(
                    jackson.getOriginalMessage(),
                    place == null ? 0 : place.getLineNr(),
                    place == null ? 0 : place.getColumnNr());
        } else {
            invalid = new InvalidJsonException(String.valueOf(cause.getMessage()), 0, 0);
        }
        invalid.initCause(cause);
        return invalid;
    }

    /** For a parser that stands on a name that its object has already, or on that name's value. */
    public static InvalidJsonException duplicate(JsonParser parser) throws IOException {
        JsonLocation place = parser.currentTokenLocation();
        return new InvalidJsonException(
                "Duplicate field '%s'".formatted(parser.currentName()), place.getLineNr(), place.getColumnNr());
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** From 1; 0 if it is not known. */
    public int line() {
        return line;
    }

    /** From 1; 0 if it is not known. */
    public int column() {
        return column;
    }
}
