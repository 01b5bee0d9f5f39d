package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A record as one JSON object: declared fields in order (absent ones left out, null as {@code null}), then the unnamed
 * members at the same level.
 */
public final class RecordJson {
    private static final int MAX_ERRORS = 100;

    private RecordJson() {}

    /**
     * The parser's current value as a record; afterwards the parser stands on its last token. A parser that has not
     * begun yet is moved to its first token.
     *
     * @throws IOException if the text is no JSON; reading cannot go on
     * @throws InvalidRecordException with all that is wrong with the record, the first 100 at least; reading can go on
     */
    public static EntityRecord read(Entity entity, JsonParser parser) throws IOException, InvalidRecordException {
        return new Reader(entity, null).read(parser);
    }

    /**
     * As {@link #read(Entity, JsonParser)}, but key fields that are left out are taken from {@code key}, and those that
     * are there must be the same.
     */
    public static EntityRecord read(RecordKey key, JsonParser parser) throws IOException, InvalidRecordException {
        return new Reader(key.entity(), key).read(parser);
    }

    /** @throws InvalidRecordException also if {@code json} is no JSON, or more than one value */
    public static EntityRecord read(Entity entity, byte[] json) throws InvalidRecordException {
        try (JsonParser parser = StrictJson.parserOfKnownNames(json)) {
            EntityRecord entityRecord = read(entity, parser);
            StrictJson.end(parser);
            return entityRecord;
        } catch (IOException e) {
            throw invalid(e);
        }
    }

    /** @throws InvalidRecordException also if {@code json} is no object */
    public static EntityRecord read(Entity entity, JsonText json) throws InvalidRecordException {
        try (JsonParser parser = StrictJson.factory().createParser(json.text())) {
            EntityRecord entityRecord = read(entity, parser);
            StrictJson.end(parser);
            return entityRecord;
        } catch (IOException e) {
            throw invalid(e);
        }
    }

    public static void write(EntityRecord entityRecord, JsonGenerator generator) throws IOException {
        generator.writeStartObject();
        List<Field> fields = entityRecord.entity().fields();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            Object value = entityRecord.value(field);
            if (value != Missing.ABSENT) {
                generator.writeFieldName(field.name());
                ValueJson.write(generator, value);
            }
        }
        for (Map.Entry<String, JsonText> member : entityRecord.unnamed().entrySet()) {
            generator.writeFieldName(member.getKey());
            generator.writeRawValue(member.getValue().text());
        }
        generator.writeEndObject();
    }

    public static JsonText text(EntityRecord entityRecord) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = StrictJson.factory().createGenerator(text)) {
            write(entityRecord, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new JsonText(text.toString());
    }

    static InvalidRecordException invalid(IOException cause) {
        return new InvalidRecordException(
                List.of(new FieldError("", InvalidJsonException.of(cause).getMessage())));
    }

    /** Reads one record and collects what is wrong with it. */
    private static final class Reader {
        private final Entity entity;
        private final @Nullable RecordKey key;
        private final EntityRecord.Builder builder;
        private final List<FieldError> errors = new ArrayList<>(0);
        private @Nullable Set<String> unnamedMet;

        Reader(Entity entity, @Nullable RecordKey key) {
            this.entity = entity;
            this.key = key;
            this.builder = EntityRecord.of(entity);
        }

        EntityRecord read(JsonParser parser) throws IOException, InvalidRecordException {
            JsonToken token = parser.currentToken() == null ? parser.nextToken() : parser.currentToken();
            if (token != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw new InvalidRecordException(
                        List.of(new FieldError("", "an object with the fields of %s is expected".formatted(entity))));
            }
            // A field that was met with a wrong value is not also reported as missing.
            boolean[] met = new boolean[entity.fields().size()];
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                Field field = entity.fieldOrNull(name);
                if (field == null) {
                    readUnnamed(name, parser);
                } else {
                    if (met[field.ordinal()]) {
                        throw InvalidJsonException.duplicate(parser);
                    }
                    met[field.ordinal()] = true;
                    readField(field, parser);
                }
            }
            settleKey(met);
            settleMissing(met);
            if (!errors.isEmpty()) {
                throw new InvalidRecordException(errors);
            }
            return builder.build();
        }

        private void readField(Field field, JsonParser parser) throws IOException {
            try {
                builder.set(field, ValueJson.read(parser, field));
            } catch (InvalidValueException e) {
                report(field.name(), e.getMessage());
            }
        }

        private void readUnnamed(String name, JsonParser parser) throws IOException {
            if (unnamedMet == null) {
                unnamedMet = new HashSet<>();
            }
            if (!unnamedMet.add(name)) {
                throw InvalidJsonException.duplicate(parser);
            }
            if (entity.unnamed() == Entity.Unnamed.REJECT) {
                parser.skipChildren();
                report(
                        name,
                        "%s has no such field; it has %s"
                                .formatted(
                                        entity,
                                        String.join(
                                                ", ",
                                                entity.fields().stream()
                                                        .map(Field::name)
                                                        .toList())));
                return;
            }
            String wrong = Values.unfit(name);
            if (wrong != null) {
                parser.skipChildren();
                report("", "the name of a member has " + wrong);
                return;
            }
            try {
                builder.setUnnamed(name, StrictJson.copy(parser));
            } catch (InvalidJsonException e) {
                report(name, e.getMessage());
            }
        }

        private void settleKey(boolean[] met) {
            if (key == null) {
                return;
            }
            for (int i = 0; i < entity.key().size(); i++) {
                Field field = entity.key().get(i);
                Object wanted = key.values().get(i);
                if (!met[field.ordinal()]) {
                    met[field.ordinal()] = true;
                    builder.set(field, wanted);
                } else if (!(builder.value(field) instanceof Missing)
                        && !builder.value(field).equals(wanted)) {
                    report(field.name(), "it is not what the key says");
                }
            }
        }

        private void settleMissing(boolean[] met) {
            for (Field field : entity.fields()) {
                if (!met[field.ordinal()] && !field.optional()) {
                    report(field.name(), "it is missing");
                }
            }
            for (Field field : entity.key()) {
                if (met[field.ordinal()] && builder.value(field) == Missing.NULL) {
                    report(field.name(), "a key field is never null");
                } else if (!met[field.ordinal()] && field.optional()) {
                    report(field.name(), "it is missing");
                }
            }
        }

        private void report(String field, String message) {
            if (errors.size() < MAX_ERRORS) {
                errors.add(new FieldError(field, message));
            }
        }
    }
}
