package dev.changeover.store.postgresql;

import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.ValueJson;

/** A value that is not JSON itself, in a JSON column. */
final class JsonTexts {
    private JsonTexts() {}

    static String of(Object value) {
        return value instanceof Boolean || value instanceof Number
                ? value.toString()
                : JsonMembers.quoted(ValueJson.text(value)).text();
    }
}
