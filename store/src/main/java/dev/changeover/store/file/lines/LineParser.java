package dev.changeover.store.file.lines;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.store.file.json.MemberTexts;
import dev.changeover.store.file.json.RecordMembers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One line as a record of an entity. */
public final class LineParser {
    private final Entity entity;
    private final RecordMembers members;

    public LineParser(Entity entity, LinesLayout layout) {
        this.entity = entity;
        this.members = new RecordMembers(entity, layout::membersOf);
    }

    public RecordMembers members() {
        return members;
    }

    /** What the path of a file says of the records in it. */
    public RecordMembers.Known known(Map<String, String> pathTexts) throws InvalidValueException {
        @Nullable Object[] values = new Object[entity.fields().size()];
        for (Map.Entry<String, String> text : pathTexts.entrySet()) {
            Field field = entity.field(text.getKey());
            values[field.ordinal()] = ValueJson.parse(field, text.getValue());
        }
        return new RecordMembers.Known(values, null);
    }

    public EntityRecord parse(byte[] line, RecordMembers.Known known) throws InvalidRecordException {
        return members.read(StrictJson.withoutByteOrderMark(line), known);
    }

    /** The line's key, which can be told of many a line that is no record for other reasons. */
    public Optional<RecordKey> key(byte[] line, RecordMembers.Known known) {
        List<Object> values = new ArrayList<>(entity.key().size());
        try {
            Map<String, String> texts = MemberTexts.of(line, members, entity.key());
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
