package dev.changeover.store.file.json;

import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.store.file.json.Sheet.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an object hold a record, touching only the members whose values are not the record's yet. */
final class RecordEdit {
    private final RecordMembers members;

    RecordEdit(RecordMembers members) {
        this.members = members;
    }

    /** A new object with all of the record's members: the declared ones in their order, then the others. */
    Sheet write(EntityRecord entityRecord, String indent, JsonPrinter printer) {
        Sheet sheet = Sheet.empty(true, indent, printer);
        apply(
                entityRecord,
                new RecordMembers.Known(
                        new Object[entityRecord.entity().fields().size()], null),
                sheet);
        return sheet;
    }

    /** @param known what the place says: a member that says no more may be left out, but is not taken out */
    void apply(EntityRecord entityRecord, RecordMembers.Known known, Sheet sheet) {
        removeDuplicates(sheet);
        List<Part> settled = new ArrayList<>();
        for (Field field : entityRecord.entity().fields()) {
            if (!members.namesOf(field).isEmpty()) {
                Part part = apply(
                        field,
                        entityRecord.value(field),
                        known.values()[field.ordinal()],
                        members.namesOf(field),
                        sheet);
                if (part != null) {
                    settled.add(part);
                }
            }
        }
        applyRest(entityRecord, entityRecord.unnamed(), members.top(), settled, sheet);
    }

    /** What is not a field of this very object: objects that hold some, and what nobody named. */
    private void applyRest(
            EntityRecord entityRecord,
            Map<String, JsonText> unnamed,
            RecordMembers.Level level,
            List<Part> settled,
            Sheet sheet) {
        level.inner().forEach((name, inside) -> {
            Part part = applyInside(name, inside, entityRecord, unnamed.get(name), sheet);
            if (part != null) {
                settled.add(part);
            }
        });
        for (Part part : List.copyOf(sheet.parts())) {
            boolean anothers = (level.isAnothers(part.name()) && !unnamed.containsKey(part.name()))
                    || (level == members.top() && members.isGuest(part.name()));
            if (!settled.contains(part) && !anothers && !(level == members.top() && isForThePlace(part))) {
                applyUnnamed(part, unnamed.get(part.name()), sheet);
            }
        }
        for (Map.Entry<String, JsonText> member : unnamed.entrySet()) {
            if (sheet.find(member.getKey()) == null) {
                sheet.addMember(member.getKey(), sheet.printer().json(member.getValue(), sheet.innerIndent()));
            }
        }
    }

    /** The member that is the inner object; null if there is none, or it holds no field. */
    private @Nullable Part applyInside(
            String name, RecordMembers.Level level, EntityRecord entityRecord, @Nullable JsonText rest, Sheet sheet) {
        Map<String, JsonText> unnamed = membersOf(rest);
        boolean wanted = level.holdsSome(entityRecord);
        if (unnamed == null && !wanted) {
            return null; // something else than an object, as it is
        }
        Part part = sheet.find(name);
        Sheet inner = part == null ? null : open(part, sheet);
        if (inner == null) {
            if (part != null) {
                sheet.remove(part);
            }
            if (!wanted && rest == null) {
                return null;
            }
            inner = sheet.addMemberSheet(name);
        }
        removeDuplicates(inner);
        List<Part> settled = new ArrayList<>();
        for (Field field : entityRecord.entity().fields()) {
            String member = level.nameOf(field);
            if (member != null) {
                Part settledPart = apply(field, entityRecord.value(field), null, List.of(member), inner);
                if (settledPart != null) {
                    settled.add(settledPart);
                }
            }
        }
        applyRest(entityRecord, unnamed == null ? Map.of() : unnamed, level, settled, inner);
        Part now = sheet.find(name);
        if (now != null && inner.parts().isEmpty() && rest == null) {
            sheet.remove(now);
            return null;
        }
        return now;
    }

    private static @Nullable Sheet open(Part part, Sheet sheet) {
        try {
            Sheet inner = sheet.open(part);
            return inner == null || !inner.isObject() ? null : inner;
        } catch (InvalidJsonException e) {
            return null;
        }
    }

    /** Null if it is something else than an object; none if there is none. */
    private static @Nullable Map<String, JsonText> membersOf(@Nullable JsonText object) {
        if (object == null) {
            return Map.of();
        }
        try {
            return JsonMembers.of(object);
        } catch (InvalidJsonException e) {
            return null;
        }
    }

    private static void removeDuplicates(Sheet sheet) {
        for (Part part : List.copyOf(sheet.parts())) {
            if (part != sheet.find(part.name())) {
                sheet.remove(part);
            }
        }
    }

    /** A field that the layout does not call a member, but that somebody wrote all the same. */
    private boolean isForThePlace(Part part) {
        Field field = members.entity().fieldOrNull(part.name());
        return field != null && members.isOfThePlace(field);
    }

    /** The member that now holds the field; null if none does. */
    private static @Nullable Part apply(
            Field field, Object value, @Nullable Object fromPlace, List<String> names, Sheet sheet) {
        Part part = null;
        for (String name : names) {
            part = part == null ? sheet.find(name) : part;
        }
        if (value == Missing.ABSENT) {
            if (part != null) {
                sheet.remove(part);
            }
            return null;
        }
        if (part == null) {
            return fromPlace != null && Canonical.same(field, value, fromPlace)
                    ? null
                    : sheet.addMember(names.get(0), sheet.printer().value(value, sheet.innerIndent(), false));
        }
        if (!holds(part, field, value)) {
            byte first = part.value().bytes()[part.value().from()];
            part.replace(sheet.printer().value(value, sheet.innerIndent(), first != '"'));
        }
        return part;
    }

    private static boolean holds(Part part, Field field, Object value) {
        try (JsonParser parser = parser(part)) {
            parser.nextToken();
            return Canonical.same(field, ValueJson.read(parser, field), value);
        } catch (IOException | InvalidValueException e) {
            return false;
        }
    }

    private void applyUnnamed(Part part, @Nullable JsonText value, Sheet sheet) {
        if (value == null) {
            sheet.remove(part);
        } else if (!holds(part, value)) {
            part.replace(sheet.printer().json(value, sheet.innerIndent()));
        }
    }

    private static boolean holds(Part part, JsonText value) {
        try (JsonParser parser = parser(part)) {
            parser.nextToken();
            return RecordMembers.same(StrictJson.copy(parser), value);
        } catch (IOException e) {
            return false;
        }
    }

    private static JsonParser parser(Part part) throws InvalidJsonException {
        Sheet.Text value = part.value();
        return StrictJson.parser(java.util.Arrays.copyOfRange(value.bytes(), value.from(), value.to()));
    }
}
