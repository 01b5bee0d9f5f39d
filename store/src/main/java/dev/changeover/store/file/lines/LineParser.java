package dev.changeover.store.file.lines;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.FieldError;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.store.file.json.JsonCursor;
import dev.changeover.store.file.json.JsonScan;
import dev.changeover.store.file.json.MemberTexts;
import dev.changeover.store.file.json.RecordMembers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One line, or an object inside one, as a record of an entity. */
public final class LineParser {
    private final Entity entity;
    private final LinesLayout.Kind kind;
    private final RecordMembers members;

    public LineParser(Entity entity, LinesLayout.Kind kind) {
        this.entity = entity;
        this.kind = kind;
        this.members = new RecordMembers(entity, kind::membersOf, kind.others());
    }

    public RecordMembers members() {
        return members;
    }

    public LinesLayout.Kind kind() {
        return kind;
    }

    /**
     * What the path of a file and the number of a line say of the record in it.
     *
     * @param number from 1, blank and damaged lines counted too
     */
    public RecordMembers.Known known(Map<String, String> pathTexts, int number) throws InvalidValueException {
        @Nullable Object[] values = new Object[entity.fields().size()];
        String numbered = kind.path().numbered().orElse("");
        for (Map.Entry<String, String> text : pathTexts.entrySet()) {
            Field field = entity.field(text.getKey());
            values[field.ordinal()] = ValueJson.parse(
                    field,
                    field.name().equals(numbered) ? PathPattern.fileAndLine(text.getValue(), number) : text.getValue());
        }
        return new RecordMembers.Known(values, null);
    }

    /** Whether there is a record in the line at all, be it a damaged one: where it is an object inside lines, some have none. */
    public boolean holdsOne(byte[] line) {
        if (kind.at().isEmpty()) {
            return true;
        }
        try {
            JsonScan scan = new JsonScan(line);
            scan.check();
            int at = inside(scan, line);
            return at >= 0 && line[at] != 'n' && !(line[at] == '{' && line[scan.skipSpace(at + 1)] == '}');
        } catch (InvalidJsonException e) {
            return false;
        }
    }

    /** Whether the line is whole, and not one that is just being written. */
    public boolean isWhole(byte[] line) {
        try {
            new JsonScan(line).check();
            return true;
        } catch (InvalidJsonException e) {
            return false;
        }
    }

    /** Where the record begins; -1 if it is not there. */
    private int inside(JsonScan scan, byte[] line) throws InvalidJsonException {
        int at = scan.root();
        for (String name : kind.at()) {
            int found = -1;
            if (line[at] == '{') {
                for (JsonCursor member = new JsonCursor(scan, at); member.next(); ) {
                    if (member.name().equals(name)) {
                        found = member.valueFrom();
                    }
                }
            }
            if (found < 0) {
                return -1;
            }
            at = found;
        }
        return at;
    }

    public EntityRecord parse(byte[] line, RecordMembers.Known known) throws InvalidRecordException {
        return members.read(kind.at().isEmpty() ? StrictJson.withoutByteOrderMark(line) : objectInside(line), known);
    }

    private byte[] objectInside(byte[] line) throws InvalidRecordException {
        try {
            JsonScan scan = new JsonScan(line);
            scan.check();
            int at = inside(scan, line);
            if (at >= 0) {
                return Arrays.copyOfRange(line, at, scan.skipValue(at));
            }
        } catch (InvalidJsonException e) {
            throw new InvalidRecordException(List.of(new FieldError("", String.valueOf(e.getMessage()))));
        }
        throw new InvalidRecordException(
                List.of(new FieldError("", "there is no " + String.join("/", kind.at()) + " in the line")));
    }

    /** The line's key, which can be told of many a line that is no record for other reasons. */
    public Optional<RecordKey> key(byte[] line, RecordMembers.Known known) {
        List<Object> values = new ArrayList<>(entity.key().size());
        try {
            Map<String, String> texts = kind.isNumbered() ? Map.of() : MemberTexts.of(line, members, entity.key());
            for (Field field : entity.key()) {
                String text = texts.get(field.name());
                Object value = text == null ? known.values()[field.ordinal()] : ValueJson.parse(field, text);
                if (value == null) {
                    return Optional.empty();
                }
                values.add(value);
            }
            return Optional.of(RecordKey.of(entity, values));
        } catch (InvalidJsonException | InvalidValueException e) {
            return Optional.empty();
        }
    }
}
