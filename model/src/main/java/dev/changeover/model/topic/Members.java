package dev.changeover.model.topic;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The members of one of our JSON objects by name, typed as they are asked for. */
final class Members {
    private final String what;
    private final Map<String, JsonText> members;

    private Members(String what, Map<String, JsonText> members) {
        this.what = what;
        this.members = members;
    }

    static Members of(String what, byte[] json) {
        try {
            return new Members(what, JsonMembers.of(StrictJson.compact(json)));
        } catch (InvalidJsonException e) {
            throw new IllegalArgumentException("Invalid %s: %s".formatted(what, e.getMessage()), e);
        }
    }

    private static Members of(String what, JsonText json) {
        try {
            return new Members(what, JsonMembers.of(json));
        } catch (InvalidJsonException e) {
            throw new IllegalArgumentException("Invalid %s: %s".formatted(what, e.getMessage()), e);
        }
    }

    String text(String name) {
        String text = textOrNull(name);
        if (text == null) {
            throw invalid(name, "a string");
        }
        return text;
    }

    @Nullable
    String textOrNull(String name) {
        JsonText value = jsonOrNull(name);
        if (value == null) {
            return null;
        }
        try {
            String text = JsonMembers.string(value);
            if (text == null) {
                throw invalid(name, "a string");
            }
            return text;
        } catch (InvalidJsonException e) {
            throw invalid(name, "a string");
        }
    }

    long number(String name) {
        try {
            return Long.parseLong(json(name).text());
        } catch (NumberFormatException e) {
            throw invalid(name, "a whole number");
        }
    }

    int smallNumber(String name) {
        return Math.toIntExact(number(name));
    }

    boolean flag(String name) {
        String text = json(name).text();
        if (!text.equals("true") && !text.equals("false")) {
            throw invalid(name, "true or false");
        }
        return text.equals("true");
    }

    JsonText json(String name) {
        JsonText value = jsonOrNull(name);
        if (value == null) {
            throw invalid(name, "a value");
        }
        return value;
    }

    /** The value of this name; null if there is none, or if it is JSON's {@code null}. */
    @Nullable
    JsonText jsonOrNull(String name) {
        JsonText value = members.get(name);
        return value == null || value.equals(JsonText.NULL) ? null : value;
    }

    Members object(String name) {
        return of(what + "." + name, json(name));
    }

    <T> List<T> objects(String name, Function<Members, T> reader) {
        return elements(name).stream()
                .map(element -> reader.apply(of(what + "." + name, element)))
                .toList();
    }

    List<Long> numbers(String name) {
        return elements(name).stream()
                .map(element -> Long.valueOf(element.text()))
                .toList();
    }

    List<String> texts(String name) {
        return elements(name).stream()
                .map(element -> Members.of(what, new JsonText("{\"text\":" + element.text() + "}"))
                        .text("text"))
                .toList();
    }

    private List<JsonText> elements(String name) {
        try {
            return JsonMembers.elements(json(name));
        } catch (InvalidJsonException e) {
            throw invalid(name, "an array");
        }
    }

    private IllegalArgumentException invalid(String name, String expected) {
        return new IllegalArgumentException("Invalid %s: its member %s must be %s".formatted(what, name, expected));
    }
}
