package dev.changeover.model.topic;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.JsonMembers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Writes one JSON object, member by member. */
final class ObjectWriter {
    private final StringBuilder text = new StringBuilder(256).append('{');

    ObjectWriter text(String name, @Nullable String value) {
        return json(name, value == null ? null : JsonMembers.quoted(value));
    }

    ObjectWriter number(String name, long value) {
        name(name).append(value);
        return this;
    }

    ObjectWriter flag(String name, boolean value) {
        name(name).append(value);
        return this;
    }

    ObjectWriter json(String name, @Nullable JsonText value) {
        name(name).append(value == null ? "null" : value.text());
        return this;
    }

    ObjectWriter numbers(String name, List<Long> values) {
        StringBuilder array = name(name).append('[');
        for (int i = 0; i < values.size(); i++) {
            array.append(i == 0 ? "" : ",").append(values.get(i).longValue());
        }
        array.append(']');
        return this;
    }

    ObjectWriter texts(String name, List<String> values) {
        StringBuilder array = name(name).append('[');
        for (int i = 0; i < values.size(); i++) {
            array.append(i == 0 ? "" : ",")
                    .append(JsonMembers.quoted(values.get(i)).text());
        }
        array.append(']');
        return this;
    }

    <T> ObjectWriter objects(String name, List<T> values, BiConsumer<ObjectWriter, T> writer) {
        StringBuilder array = name(name).append('[');
        for (int i = 0; i < values.size(); i++) {
            ObjectWriter element = new ObjectWriter();
            writer.accept(element, values.get(i));
            array.append(i == 0 ? "" : ",").append(element.end().text());
        }
        array.append(']');
        return this;
    }

    JsonText end() {
        return new JsonText(text + "}");
    }

    byte[] bytes() {
        return end().text().getBytes(StandardCharsets.UTF_8);
    }

    private StringBuilder name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        return text.append('"').append(name).append("\":");
    }
}
