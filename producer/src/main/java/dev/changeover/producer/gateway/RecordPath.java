package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a request's path after {@code /v1/}, cut at its literal slashes and decoded once, so that every key comes through
 * exactly as it is, slashes and dots in it too.
 */
record RecordPath(List<String> segments) {
    RecordPath {
        segments = List.copyOf(segments);
    }

    /**
     * @param rawPath the request's path as it was sent, without its query
     * @throws Problem 400 if a percent sign stands alone or the bytes are not UTF-8
     */
    static RecordPath parse(String rawPath) {
        List<String> segments = new ArrayList<>();
        for (String raw : rawPath.substring("/v1/".length()).split("/", -1)) {
            segments.add(decode(raw));
        }
        return new RecordPath(segments);
    }

    /**
     * The key that the segments from {@code from} on name.
     *
     * @throws Problem 404 if there are more or fewer than the entity has key fields, 400 if one is not of its type
     */
    RecordKey key(Entity entity, int from) {
        List<Field> fields = entity.key();
        if (segments.size() - from != fields.size()) {
            throw Problem.notFound("Invalid key: %s has %d key fields (%s), the path names %d"
                    .formatted(
                            entity.name(),
                            fields.size(),
                            String.join(", ", fields.stream().map(Field::name).toList()),
                            segments.size() - from));
        }
        List<Object> values = new ArrayList<>(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            try {
                values.add(ValueJson.parse(field, segments.get(from + i)));
            } catch (InvalidValueException e) {
                throw Problem.invalid(
                        "Invalid key of %s: %s".formatted(entity.name(), e.getMessage()),
                        List.of(new Problem.FieldFault(field.name(), String.valueOf(e.getMessage()))));
            }
        }
        return RecordKey.of(entity, values);
    }

    /** @throws Problem 404 if the migration has no such entity */
    static Entity entity(Migration migration, String name) {
        Entity entity = migration.entityOrNull(name);
        if (entity == null) {
            throw Problem.notFound("Invalid entity \"%s\": %s has %s"
                    .formatted(
                            name,
                            migration.name(),
                            String.join(
                                    ", ",
                                    migration.entities().stream()
                                            .map(Entity::name)
                                            .toList())));
        }
        return entity;
    }

    private static String decode(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            int high = hex(raw, i + 1);
            int low = hex(raw, i + 2);
            if (high < 0 || low < 0) {
                throw Problem.badRequest("Invalid path: \"%\" must be followed by two hexadecimal digits");
            }
            bytes.write((high << 4) | low);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badRequest("Invalid path: a segment is not UTF-8");
        }
    }

    private static int hex(String raw, int at) {
        return at < raw.length() ? Character.digit(raw.charAt(at), 16) : -1;
    }
}
