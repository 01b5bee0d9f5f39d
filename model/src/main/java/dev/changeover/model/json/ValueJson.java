package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.ValueText;
import java.io.IOException;

/**
 * One field's value in JSON and as text.
 *
 * <p>Whole numbers are JSON numbers, decimals strings (read from numbers too), bytes base64, dates, times and UUIDs
 * strings. A value that the type could hold only changed is refused: {@code 5.0} for an int32, a nanosecond, a whole
 * number that a float would round. A fraction is read as the nearest float, as every database does.
 */
public final class ValueJson {
    private ValueJson() {}

    /**
     * The parser's current value as one of {@code field}; afterwards the parser stands on its last token, whatever
     * comes out.
     *
     * @return of the class that the field's type names, or {@link Missing#NULL}
     * @throws IOException if the text is no JSON; reading cannot go on
     * @throws InvalidValueException if the field cannot have this value; reading can go on
     */
    public static Object read(JsonParser parser, Field field) throws IOException, InvalidValueException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return checked(field, Missing.NULL);
        }
        if (field.type().kind() == FieldType.Kind.JSON) {
            try {
                return Values.inBounds(field, StrictJson.copy(parser));
            } catch (InvalidJsonException e) {
                throw new InvalidValueException(e.getMessage());
            }
        }
        if (token.isStructStart()) {
            parser.skipChildren();
            throw Values.mismatch(field.type(), token == JsonToken.START_OBJECT ? "an object" : "an array");
        }
        return switch (token) {
            case VALUE_STRING ->
                Values.inBounds(field, Values.ofString(field.type(), repaired(field, parser.getText())));
            case VALUE_NUMBER_INT -> Values.inBounds(field, Values.ofInteger(field.type(), parser));
            case VALUE_NUMBER_FLOAT -> Values.inBounds(field, Values.ofFraction(field.type(), parser.getText()));
            case VALUE_TRUE, VALUE_FALSE ->
                Values.inBounds(field, Values.ofBoolean(field.type(), token == JsonToken.VALUE_TRUE));
            default -> throw new InvalidJsonException("there is no value", 0, 0);
        };
    }

    /**
     * Writes a value; {@link Missing#NULL} as {@code null}.
     *
     * @throws IllegalArgumentException for {@link Missing#ABSENT}, which is not written at all, and for foreign classes
     */
    public static void write(JsonGenerator generator, Object value) throws IOException {
        if (value instanceof String text) {
            generator.writeString(text);
        } else if (value instanceof Integer number) {
            generator.writeNumber(number);
        } else if (value instanceof Long number) {
            generator.writeNumber(number);
        } else if (value instanceof JsonText json) {
            generator.writeRawValue(json.text());
        } else if (value instanceof Boolean bool) {
            generator.writeBoolean(bool);
        } else if (value == Missing.NULL) {
            generator.writeNull();
        } else if (value instanceof Double number) {
            generator.writeNumber(number);
        } else if (value instanceof Float number) {
            generator.writeNumber(number);
        } else {
            generator.writeString(text(value));
        }
    }

    /**
     * The value that a text (of a path, a URL, a CSV cell) stands for: numbers and booleans as JSON writes them, anything
     * else as inside a JSON string.
     */
    public static Object parse(Field field, String text) throws InvalidValueException {
        return Values.inBounds(field, Values.ofText(field.type(), repaired(field, text)));
    }

    /**
     * The text that {@link #parse} reads.
     *
     * @throws IllegalArgumentException for a {@link Missing}, which has none
     */
    public static String text(Object value) {
        return ValueText.of(value);
    }

    /**
     * {@code value} as {@code field} has it, if it can: a decimal comes back with the field's scale, a JSON {@code null}
     * of a nullable field as {@link Missing#NULL} and of another one as {@link JsonText#NULL}.
     */
    public static Object checked(Field field, Object value) throws InvalidValueException {
        boolean json = field.type().kind() == FieldType.Kind.JSON;
        if (value == Missing.ABSENT) {
            if (!field.optional()) {
                throw new InvalidValueException("it is missing");
            }
            return value;
        }
        if (value == Missing.NULL || (json && value.equals(JsonText.NULL))) {
            if (field.nullable()) {
                return Missing.NULL;
            }
            if (json) {
                return Values.inBounds(field, JsonText.NULL);
            }
            throw new InvalidValueException("null is not a value of it; %s is expected".formatted(field.type()));
        }
        Object whole = value instanceof String text ? repaired(field, text) : value;
        return Values.inBounds(field, Values.checked(field.type(), whole));
    }

    /** Here, where every value comes through that a file, an event or a caller has, so that a record never holds both forms. */
    private static String repaired(Field field, String text) {
        return switch (field.repair()) {
            case UNDECIDED, NONE -> text;
            case DOUBLE_ENCODED_UTF8 -> DoubleEncoding.undone(text);
        };
    }
}
