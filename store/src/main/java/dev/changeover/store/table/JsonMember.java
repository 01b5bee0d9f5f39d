package dev.changeover.store.table;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.MergePatch;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A text somewhere inside a JSON field. */
final class JsonMember {
    private JsonMember() {}

    /** The text at {@code path}; null if there is none or it is not text. */
    static @Nullable String text(Object field, List<String> path) {
        if (!(field instanceof JsonText json) || json.text().charAt(0) != '{') {
            return null;
        }
        try (JsonParser parser = StrictJson.factory().createParser(json.text())) {
            parser.nextToken();
            for (String step : path) {
                if (!find(step, parser)) {
                    return null;
                }
            }
            return parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
        } catch (IOException e) {
            throw new IllegalStateException("A JsonText is JSON", e);
        }
    }

    private static boolean find(String step, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            return false;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            if (name.equals(step)) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    /** The field with {@code raw} at {@code path}, or without a text there for null. */
    static JsonText with(Object field, List<String> path, @Nullable Object raw) {
        JsonText patch = of(raw);
        for (int i = path.size() - 1; i >= 0; i--) {
            patch = JsonMembers.object(new LinkedHashMap<>(Map.of(path.get(i), patch)));
        }
        try {
            return MergePatch.merge(field instanceof JsonText json ? json : JsonText.EMPTY_OBJECT, patch);
        } catch (InvalidJsonException e) {
            throw new IllegalStateException("A JsonText is JSON", e);
        }
    }

    /** A column's value as JSON. */
    static JsonText of(@Nullable Object raw) {
        if (raw == null) {
            return JsonText.NULL;
        }
        if (raw instanceof JsonText json) {
            return json;
        }
        return raw instanceof Boolean || raw instanceof Integer || raw instanceof Long
                ? new JsonText(raw.toString())
                : JsonMembers.quoted(ValueJson.text(raw));
    }
}
