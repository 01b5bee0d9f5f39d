package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * RFC 7396: a patch that replaces members, removes those that it names as null, and reaches into objects: JSON fields and
 * unnamed members.
 *
 * <p>A field that is removed is absent if it may be, otherwise null if it may be that, otherwise the patch is refused.
 */
public final class MergePatch {
    private final EntityRecord current;
    private final EntityRecord.Builder patched;
    private final List<FieldError> errors = new ArrayList<>();

    private MergePatch(EntityRecord current) {
        this.current = current;
        this.patched = current.toBuilder();
    }

    /**
     * @param patch an object
     * @throws InvalidRecordException if what comes out is against the definition, or would have another key
     */
    public static EntityRecord apply(EntityRecord current, JsonText patch) throws InvalidRecordException {
        return new MergePatch(current).apply(patch);
    }

    /** RFC 7396's MergePatch(target, patch) on whole JSON values. */
    public static JsonText merge(JsonText target, JsonText patch) throws InvalidJsonException {
        if (!isObject(patch)) {
            return patch;
        }
        Map<String, JsonText> members = isObject(target) ? JsonMembers.of(target) : new LinkedHashMap<>();
        for (Map.Entry<String, JsonText> change : JsonMembers.of(patch).entrySet()) {
            if (change.getValue().equals(JsonText.NULL)) {
                members.remove(change.getKey());
            } else {
                JsonText before = members.getOrDefault(change.getKey(), JsonText.NULL);
                members.put(change.getKey(), merge(before, change.getValue()));
            }
        }
        return JsonMembers.object(members);
    }

    private EntityRecord apply(JsonText patch) throws InvalidRecordException {
        Map<String, JsonText> changes;
        try {
            changes = JsonMembers.of(patch);
        } catch (InvalidJsonException e) {
            throw RecordJson.invalid(e);
        }
        for (Map.Entry<String, JsonText> change : changes.entrySet()) {
            Field field = current.entity().fieldOrNull(change.getKey());
            try {
                if (field == null) {
                    patchUnnamed(change.getKey(), change.getValue());
                } else {
                    patchField(field, change.getValue());
                }
            } catch (InvalidValueException | InvalidJsonException e) {
                errors.add(new FieldError(change.getKey(), String.valueOf(e.getMessage())));
            }
        }
        if (!errors.isEmpty()) {
            throw new InvalidRecordException(errors);
        }
        return patched.build();
    }

    private void patchField(Field field, JsonText change) throws InvalidValueException, InvalidJsonException {
        Object before = current.value(field);
        Object after = change.equals(JsonText.NULL) ? removed(field) : patched(field, before, change);
        if (current.entity().key().contains(field) && !after.equals(before)) {
            throw new InvalidValueException("it is part of the key, which a patch cannot change");
        }
        patched.set(field, after);
    }

    private static Object removed(Field field) throws InvalidValueException {
        if (field.optional()) {
            return Missing.ABSENT;
        }
        if (field.nullable()) {
            return Missing.NULL;
        }
        throw new InvalidValueException("it cannot be removed: every record has it");
    }

    private static Object patched(Field field, Object before, JsonText change)
            throws InvalidValueException, InvalidJsonException {
        if (field.type().kind() == FieldType.Kind.JSON) {
            JsonText target = before instanceof JsonText json ? json : JsonText.NULL;
            return ValueJson.checked(field, merge(target, change));
        }
        try (JsonParser parser = StrictJson.factory().createParser(change.text())) {
            parser.nextToken();
            return ValueJson.read(parser, field);
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    private void patchUnnamed(String name, JsonText change) throws InvalidValueException, InvalidJsonException {
        if (change.equals(JsonText.NULL)) {
            patched.removeUnnamed(name);
            return;
        }
        if (current.entity().unnamed() == Entity.Unnamed.REJECT) {
            throw new InvalidValueException("%s has no such field".formatted(current.entity()));
        }
        String wrong = Values.unfit(name);
        if (wrong != null) {
            throw new InvalidValueException("the name of this member has " + wrong);
        }
        patched.setUnnamed(name, merge(current.unnamed().getOrDefault(name, JsonText.NULL), change));
    }

    private static boolean isObject(JsonText value) {
        return value.text().charAt(0) == '{';
    }
}
