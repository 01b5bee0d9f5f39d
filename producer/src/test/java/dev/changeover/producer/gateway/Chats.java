package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.TableLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A small migration: chats with their messages, and tickets whose key is a UUID. */
final class Chats {
    private static final Field CHAT_ID = Field.required(0, "chat_id", FieldType.text(255));

    static final Entity CHATS = new Entity(
            "chats",
            List.of(
                    CHAT_ID,
                    Field.optional(1, "title", FieldType.text(10)),
                    Field.required(2, "metadata", FieldType.JSON),
                    Field.required(3, "created_at", FieldType.TIMESTAMPTZ),
                    Field.optional(4, "message_count", FieldType.INT64)),
            List.of(CHAT_ID),
            List.of(),
            Entity.Unnamed.REJECT,
            table("chats"),
            table("chats"));

    static final Entity MESSAGES = new Entity(
            "messages",
            List.of(
                    CHAT_ID,
                    Field.required(1, "sequence_number", FieldType.INT32),
                    Field.required(2, "content", FieldType.TEXT)),
            List.of(CHAT_ID, Field.required(1, "sequence_number", FieldType.INT32)),
            List.of(new Reference(List.of("chat_id"), "chats", Reference.OnDelete.CASCADE, true)),
            Entity.Unnamed.REJECT,
            table("messages"),
            table("messages"),
            List.of(new Total("message_count", Total.Kind.EXISTING, "", false)),
            null);

    static final Entity TICKETS = new Entity(
            "tickets",
            List.of(
                    Field.required(0, "id", FieldType.of(FieldType.Kind.UUID)),
                    Field.optional(1, "title", FieldType.TEXT)),
            List.of(Field.required(0, "id", FieldType.of(FieldType.Kind.UUID))),
            List.of(),
            Entity.Unnamed.KEEP,
            null,
            table("tickets"));

    static final Migration MIGRATION = migration("chat");

    private Chats() {}

    static Migration migration(String name) {
        return new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(1, 2),
                3,
                List.of(CHATS, MESSAGES, TICKETS));
    }

    static EntityRecord chat(String id, String title) {
        return EntityRecord.of(CHATS)
                .set("chat_id", id)
                .set("title", title)
                .set("metadata", JsonText.EMPTY_OBJECT)
                .set("created_at", Instant.parse("2026-01-02T03:04:05Z"))
                .build();
    }

    static EntityRecord message(String chat, int number) {
        return EntityRecord.of(MESSAGES)
                .set("chat_id", chat)
                .set("sequence_number", number)
                .set("content", "text " + number)
                .build();
    }

    private static Layout table(String name) {
        return new TableLayout(name, List.of(), List.of(), null);
    }
}
