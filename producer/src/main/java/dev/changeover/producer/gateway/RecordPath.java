package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request's path after {@code /v1/}, cut at its literal slashes and decoded once, so that every key comes through
 * exactly as it is, slashes and dots in it too.
 *
 * @param segments migration, entity, key values
 */
record RecordPath(List<String> segments) {
    RecordPath {
        segments = List.copyOf(segments);
    }

    /**
     * @param rawPath the request's path as it was sent, without its query
     * @throws Problem 400 if it is not percent-encoded UTF-8
     */
    static RecordPath parse(String rawPath) {
        List<String> segments = new ArrayList<>();
        for (String raw : rawPath.substring("/v1/".length()).split("/", -1)) {
            segments.add(PercentEncoding.decode(raw));
        }
        return new RecordPath(segments);
    }

    /** The path of {@code key}, which {@link #parse} and {@link #key} read. */
    static String of(Migration migration, RecordKey key) {
        StringBuilder path =
                new StringBuilder("/v1/" + migration.name() + "/" + key.entity().name());
        for (Object value : key.values()) {
            path.append('/').append(PercentEncoding.segment(ValueJson.text(value)));
        }
        return path.toString();
    }

    /** Whether it names an entity and no record. */
    boolean ofEntity() {
        return segments.size() == 2;
    }

    /** @throws Problem 404 if the migration has no such entity */
    Entity entity(Migration migration) {
        return entity(migration, segments.get(1));
    }

    /**
     * The key that the segments after the entity name.
     *
     * @throws Problem 404 if there are more or fewer than the entity has key fields, 400 if one is not of its type
     */
    RecordKey key(Entity entity) {
        List<Field> fields = entity.key();
        List<String> texts = segments.subList(2, segments.size());
        if (texts.size() != fields.size()) {
            throw Problem.notFound("Invalid key: %s has %d key fields (%s), the path names %d"
                    .formatted(
                            entity.name(),
                            fields.size(),
                            fields.stream().map(Field::name).collect(Collectors.joining(", ")),
                            texts.size()));
        }
        List<Object> values = new ArrayList<>(fields.size());
        List<Problem.FieldFault> faults = new ArrayList<>(0);
        for (int i = 0; i < fields.size(); i++) {
            try {
                values.add(ValueJson.parse(fields.get(i), texts.get(i)));
            } catch (InvalidValueException e) {
                faults.add(new Problem.FieldFault(fields.get(i).name(), String.valueOf(e.getMessage())));
            }
        }
        if (!faults.isEmpty()) {
            throw Problem.invalid("Invalid key of %s".formatted(entity.name()), faults);
        }
        return RecordKey.of(entity, values);
    }

    /** @throws Problem 404 if the migration has no such entity */
    static Entity entity(Migration migration, String name) {
        @Nullable Entity entity = migration.entityOrNull(name);
        if (entity == null) {
            throw Problem.notFound("Invalid entity \"%s\": %s has %s"
                    .formatted(
                            name,
                            migration.name(),
                            migration.entities().stream().map(Entity::name).collect(Collectors.joining(", "))));
        }
        return entity;
    }
}
