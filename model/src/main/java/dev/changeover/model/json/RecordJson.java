package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;

/** A record as one JSON object: declared fields in order, then the unnamed members at the same level. */
@SuppressWarnings("DoNotCallSuggester")
public final class RecordJson {
    private RecordJson() {}

    /** The parser's current value as a record; afterwards the parser stands on its last token. */
    public static EntityRecord read(Entity entity, JsonParser parser) throws IOException, InvalidRecordException {
        throw new UnsupportedOperationException();
    }

    public static EntityRecord read(Entity entity, byte[] json) throws InvalidRecordException {
        throw new UnsupportedOperationException();
    }

    public static EntityRecord read(Entity entity, JsonText json) throws InvalidRecordException {
        throw new UnsupportedOperationException();
    }

    public static void write(EntityRecord entityRecord, JsonGenerator generator) throws IOException {
        throw new UnsupportedOperationException();
    }

    public static JsonText text(EntityRecord entityRecord) {
        throw new UnsupportedOperationException();
    }
}
