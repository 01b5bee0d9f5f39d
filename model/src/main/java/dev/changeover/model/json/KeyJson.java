package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.KeyText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.MalformedEventException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one JSON text of a record key. */
public final class KeyJson {
    private KeyJson() {}

    /** {@code {"entity":"…","key":{…}}}: fields in key order, no white space, only what must be escaped is. */
    public static String write(Entity entity, List<Object> values) {
        return KeyText.of(entity, values);
    }

    /**
     * The key that {@code json} means, whatever its white space and the order of its members.
     *
     * @throws MalformedEventException if it is none of this migration; the message names the field or the place
     */
    public static RecordKey read(Migration migration, byte[] json) throws MalformedEventException {
        RecordKey plain = PlainKey.readOrNull(migration, json);
        if (plain != null) {
            return plain;
        }
        try (JsonParser parser = StrictJson.parserOfKnownNames(json)) {
            RecordKey key = read(migration, parser);
            StrictJson.end(parser);
            return key;
        } catch (IOException e) {
            throw new MalformedEventException(
                    "key: " + InvalidJsonException.of(e).getMessage());
        }
    }

    private static RecordKey read(Migration migration, JsonParser parser) throws IOException, MalformedEventException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw shape();
        }
        Entity entity = null;
        JsonText early = null;
        RecordKey key = null;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            if (name.equals("entity") && token == JsonToken.VALUE_STRING && entity == null) {
                entity = entity(migration, parser.getText());
            } else if (name.equals("key") && token == JsonToken.START_OBJECT && key == null && early == null) {
                if (entity == null) {
                    early = StrictJson.copy(parser);
                } else {
                    key = readFields(entity, parser);
                }
            } else {
                throw shape();
            }
        }
        if (entity == null || (key == null && early == null)) {
            throw shape();
        }
        return key != null ? key : readFields(entity, early);
    }

    private static RecordKey readFields(Entity entity, @Nullable JsonText fields)
            throws IOException, MalformedEventException {
        if (fields == null) {
            throw shape();
        }
        try (JsonParser parser = StrictJson.factory().createParser(fields.text())) {
            parser.nextToken();
            return readFields(entity, parser);
        }
    }

    private static RecordKey readFields(Entity entity, JsonParser parser) throws IOException, MalformedEventException {
        List<Field> fields = entity.key();
        @Nullable Object[] values = new Object[fields.size()];
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            int index = indexOf(fields, name);
            if (index < 0) {
                throw new MalformedEventException(
                        "key: %s has no key field %s; its key is %s".formatted(entity.name(), name, names(fields)));
            }
            if (values[index] != null) {
                throw new MalformedEventException("key.%s: it is there twice".formatted(name));
            }
            values[index] = readValue(fields.get(index), parser);
        }
        List<Object> complete = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value == null) {
                throw new MalformedEventException(
                        "key.%s: it is missing".formatted(fields.get(i).name()));
            }
            complete.add(value);
        }
        return RecordKey.of(entity, complete);
    }

    private static Object readValue(Field field, JsonParser parser) throws IOException, MalformedEventException {
        try {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                throw new InvalidValueException("a key field is never null");
            }
            // Floats are strings in a key, so that they have one text.
            return switch (field.type().kind()) {
                case FLOAT32, FLOAT64, JSON ->
                    parser.currentToken() == JsonToken.VALUE_STRING
                            ? ValueJson.parse(field, parser.getText())
                            : ValueJson.read(parser, field);
                case TEXT, BOOL, INT32, INT64, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES ->
                    ValueJson.read(parser, field);
            };
        } catch (InvalidValueException e) {
            throw new MalformedEventException("key.%s: %s".formatted(field.name(), e.getMessage()));
        }
    }

    private static Entity entity(Migration migration, String name) throws MalformedEventException {
        Entity entity = migration.entityOrNull(name);
        if (entity == null) {
            throw new MalformedEventException("key.entity: %s has no such entity; it has %s"
                    .formatted(
                            migration.name(),
                            String.join(
                                    ", ",
                                    migration.entities().stream()
                                            .map(Entity::name)
                                            .toList())));
        }
        return entity;
    }

    private static int indexOf(List<Field> fields, String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private static String names(List<Field> fields) {
        return String.join(", ", fields.stream().map(Field::name).toList());
    }

    private static MalformedEventException shape() {
        return new MalformedEventException("key: it must be {\"entity\":\"NAME\",\"key\":{FIELD:VALUE,…}}");
    }

    static void quote(String value, StringBuilder text) {
        text.append('"');
        JsonStringEncoder.getInstance().quoteAsString(value, text);
        text.append('"');
    }
}
