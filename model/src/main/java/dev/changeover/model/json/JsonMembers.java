package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One level of a JSON value taken apart and put together, what is below it untouched. */
public final class JsonMembers {
    private JsonMembers() {}

    /**
     * The members of an object in their order; the map is the caller's.
     *
     * @throws InvalidJsonException if it is no object
     */
    public static Map<String, JsonText> of(JsonText object) throws InvalidJsonException {
        try (JsonParser parser = StrictJson.factory().createParser(object.text())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new InvalidJsonException("an object is expected", 1, 1);
            }
            Map<String, JsonText> members = new LinkedHashMap<>();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                members.put(name, StrictJson.copy(parser));
            }
            return members;
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    /**
     * The elements of an array in their order.
     *
     * @throws InvalidJsonException if it is no array
     */
    public static List<JsonText> elements(JsonText array) throws InvalidJsonException {
        try (JsonParser parser = StrictJson.factory().createParser(array.text())) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new InvalidJsonException("an array is expected", 1, 1);
            }
            List<JsonText> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(StrictJson.copy(parser));
            }
            return elements;
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    /** The characters of a JSON string; null if it is none. */
    public static @Nullable String string(JsonText value) throws InvalidJsonException {
        try (JsonParser parser = StrictJson.factory().createParser(value.text())) {
            return parser.nextToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    /** The JSON string of these characters. */
    public static JsonText quoted(String characters) {
        StringBuilder text = new StringBuilder(characters.length() + 2);
        KeyJson.quote(characters, text);
        return new JsonText(text.toString());
    }

    /** The object that has these members. */
    public static JsonText object(Map<String, JsonText> members) {
        StringBuilder text = new StringBuilder(members.size() * 16 + 2).append('{');
        members.forEach((name, value) -> {
            if (text.length() > 1) {
                text.append(',');
            }
            KeyJson.quote(name, text);
            text.append(':').append(value.text());
        });
        return new JsonText(text.append('}').toString());
    }
}
