package dev.changeover.verifier;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.model.layout.TableLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A small migration: chats and their messages, on both sides. */
public final class Chats {
    public static final Entity CHATS = chats();
    public static final Entity MESSAGES = messages();

    private Chats() {}

    public static Migration migration(String name, int partitions) {
        return new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(1, 2),
                partitions,
                List.of(CHATS, MESSAGES));
    }

    /** One whose application goes on writing its own files. */
    public static Migration watched(String name, int partitions) {
        return new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(1, 2),
                partitions,
                Migration.Capture.WATCH,
                List.of(CHATS, MESSAGES));
    }

    public static RecordKey chatKey(String id) {
        return RecordKey.of(CHATS, List.of(id));
    }

    public static EntityRecord chat(String id, String title) {
        return EntityRecord.of(CHATS).set("chat_id", id).set("title", title).build();
    }

    public static EntityRecord message(String chat, int number, String content) {
        return EntityRecord.of(MESSAGES)
                .set("chat_id", chat)
                .set("number", number)
                .set("content", content)
                .build();
    }

    private static Entity chats() {
        Field id = Field.required(0, "chat_id", FieldType.text(100));
        return new Entity(
                "chats",
                List.of(id, Field.optional(1, "title", FieldType.TEXT), Field.optional(2, "at", FieldType.TIMESTAMPTZ)),
                List.of(id),
                List.of(),
                Entity.Unnamed.KEEP,
                documents("chats/{chat_id}.json"),
                new TableLayout("chats", List.of(), List.of(), "extra"));
    }

    private static Entity messages() {
        Field chat = Field.required(0, "chat_id", FieldType.text(100));
        Field number = Field.required(1, "number", FieldType.INT32);
        return new Entity(
                "messages",
                List.of(chat, number, Field.optional(2, "content", FieldType.TEXT)),
                List.of(chat, number),
                List.of(new Reference(List.of("chat_id"), "chats", Reference.OnDelete.CASCADE, true)),
                Entity.Unnamed.KEEP,
                documents("messages/{chat_id}/{number}.json"),
                new TableLayout("messages", List.of(), List.of(), "extra"));
    }

    private static DocumentLayout documents(String path) {
        return new DocumentLayout(PathPattern.parse(path), List.of(), Map.of(), JsonStyle.PLAIN);
    }
}
