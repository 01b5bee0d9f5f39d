package dev.changeover.store;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The migration {@code donna}, and records of it that read aloud. */
public final class Donna {
    public static final Migration MIGRATION =
            DefinitionReader.read(Path.of("../migrations/donna/migration.yaml"), name -> null);

    private static final String WHEN = "\"created_at\":\"2025-09-01T00:00:00Z\"";

    private Donna() {}

    public static EntityRecord of(String entity, String json) {
        try {
            return RecordJson.read(MIGRATION.entity(entity), json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalArgumentException(entity + ": " + e.errors(), e);
        }
    }

    public static RecordKey key(String entity, Object... values) {
        return RecordKey.of(MIGRATION.entity(entity), List.of(values));
    }

    /** @param more further members, each with a comma before it */
    public static EntityRecord user(String id, String more) {
        return of("users", "{\"id\":\"%s\",%s,\"updated_at\":\"2025-09-02T00:00:00Z\"%s}".formatted(id, WHEN, more));
    }

    public static EntityRecord chat(String id, String more) {
        return chatOf(id, "null", more);
    }

    /** @param user as JSON */
    public static EntityRecord chatOf(String id, String user, String more) {
        return of(
                "chat_sessions",
                "{\"chat_id\":\"%s\",\"user_id\":%s,%s,\"updated_at\":\"2025-09-02T00:00:00Z\",\"last_message_at\":null,\"message_count\":0%s}"
                        .formatted(id, user, WHEN, more));
    }

    public static EntityRecord message(String chat, int number, String content) {
        return of(
                "messages",
                "{\"chat_id\":\"%s\",\"sequence_number\":%d,\"role\":\"user\",\"content\":\"%s\",%s}"
                        .formatted(chat, number, content, WHEN));
    }
}
