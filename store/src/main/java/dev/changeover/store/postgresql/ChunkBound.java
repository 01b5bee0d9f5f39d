package dev.changeover.store.postgresql;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where a chunk begins or ends: the texts of a row's key columns, as a JSON array of strings. */
record ChunkBound(List<String> keys) {
    String text() {
        return keys.stream().map(key -> JsonMembers.quoted(key).text()).collect(Collectors.joining(",", "[", "]"));
    }

    /** @throws IllegalArgumentException if no store of this kind made it */
    static ChunkBound of(String text, int keyColumns) {
        try {
            List<String> keys = new ArrayList<>();
            for (JsonText element : JsonMembers.elements(new JsonText(text))) {
                String key = JsonMembers.string(element);
                if (key != null) {
                    keys.add(key);
                }
            }
            if (keys.size() == keyColumns) {
                return new ChunkBound(keys);
            }
        } catch (InvalidJsonException e) {
            // Said below.
        }
        throw new IllegalArgumentException("Invalid bound of a chunk: " + text);
    }
}
