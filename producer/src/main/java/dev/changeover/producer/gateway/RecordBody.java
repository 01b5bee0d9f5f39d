package dev.changeover.producer.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.FieldError;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands in the body of a write. Every method throws {@link Problem} 400, with all that is wrong in it. */
final class RecordBody {
    private RecordBody() {}

    /** The fields of the record {@code key}; key fields may be left out, and must be the same if not. */
    static EntityRecord of(RecordKey key, byte[] json) {
        try (JsonParser parser = StrictJson.parser(json)) {
            EntityRecord read = RecordJson.read(key, parser);
            StrictJson.end(parser);
            return read;
        } catch (InvalidRecordException e) {
            throw invalid(key.entity(), e.errors());
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The fields of a record, its key among them. */
    static EntityRecord of(Entity entity, byte[] json) {
        try (JsonParser parser = StrictJson.parser(json)) {
            EntityRecord read = RecordJson.read(entity, parser);
            StrictJson.end(parser);
            return read;
        } catch (InvalidRecordException e) {
            throw invalid(entity, e.errors());
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /**
     * A merge patch on the record {@code key}. What can be seen without the record is checked here: that there are such fields, and that
     * they can have these values.
     */
    static JsonText patch(RecordKey key, byte[] json) {
        List<FieldError> errors = new ArrayList<>(0);
        try (JsonParser parser = StrictJson.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Problem.badRequest("Invalid patch: a merge patch is a JSON object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                @Nullable String wrong = wrongInPatch(key, name, parser);
                if (wrong != null) {
                    errors.add(new FieldError(name, wrong));
                }
            }
            StrictJson.end(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
        if (!errors.isEmpty()) {
            throw invalid(key.entity(), errors);
        }
        return compact(json);
    }

    private static @Nullable String wrongInPatch(RecordKey key, String name, JsonParser parser) throws IOException {
        Entity entity = key.entity();
        @Nullable Field field = entity.fieldOrNull(name);
        if (field == null) {
            parser.skipChildren();
            return entity.unnamed() == Entity.Unnamed.REJECT ? "%s has no such field".formatted(entity) : null;
        }
        int inKey = entity.key().indexOf(field);
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            boolean removable = inKey < 0 && (field.optional() || field.nullable());
            return removable ? null : "it cannot be removed";
        }
        if (field.type().kind() == FieldType.Kind.JSON) {
            parser.skipChildren(); // merged into what is there
            return null;
        }
        try {
            Object value = ValueJson.read(parser, field);
            return inKey >= 0 && !value.equals(key.values().get(inKey)) ? "it is not what the key says" : null;
        } catch (InvalidValueException e) {
            return e.getMessage();
        }
    }

    /** Whether an object has a member of that name at its top. */
    static boolean names(String member, byte[] json) {
        try (JsonParser parser = StrictJson.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (name.equals(member)) {
                    return true;
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return false;
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    static JsonText compact(byte[] json) {
        try {
            return StrictJson.compact(json);
        } catch (InvalidJsonException e) {
            throw malformed(e);
        }
    }

    private static Problem invalid(Entity entity, List<FieldError> errors) {
        return Problem.invalid(
                "Invalid record of %s; nothing was written".formatted(entity.name()),
                errors.stream()
                        .map(error -> new Problem.FieldFault(error.field(), error.message()))
                        .toList());
    }

    private static Problem malformed(IOException cause) {
        return Problem.badRequest(String.valueOf(InvalidJsonException.of(cause).getMessage()));
    }
}
