package dev.changeover.processor;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Users, their chats, which outlive them, their badges, which do not, and the messages in a chat. */
final class Chats {
    static final Entity USERS = new Entity(
            "users",
            List.of(text(0, "id"), Field.optional(1, "name", FieldType.text(10))),
            List.of(text(0, "id")),
            List.of(),
            Entity.Unnamed.KEEP,
            null,
            null);

    static final Entity CHATS = new Entity(
            "chats",
            List.of(
                    text(0, "chat_id"),
                    Field.optional(1, "user_id", FieldType.text(50)),
                    Field.optional(2, "title", FieldType.text(20)),
                    Field.optional(3, "metadata", FieldType.JSON)),
            List.of(text(0, "chat_id")),
            List.of(new Reference(List.of("user_id"), "users", Reference.OnDelete.SET_NULL, false)),
            Entity.Unnamed.KEEP,
            null,
            null);

    static final Entity MESSAGES = new Entity(
            "messages",
            List.of(
                    text(0, "chat_id"),
                    Field.required(1, "number", FieldType.INT32),
                    Field.optional(2, "content", FieldType.TEXT)),
            List.of(text(0, "chat_id"), Field.required(1, "number", FieldType.INT32)),
            List.of(new Reference(List.of("chat_id"), "chats", Reference.OnDelete.CASCADE, true)),
            Entity.Unnamed.REJECT,
            null,
            null);

    static final Entity BADGES = new Entity(
            "badges",
            List.of(text(0, "badge_id"), text(1, "user_id")),
            List.of(text(0, "badge_id")),
            List.of(new Reference(List.of("user_id"), "users", Reference.OnDelete.CASCADE, false)),
            Entity.Unnamed.REJECT,
            null,
            null);

    static final Entity PAIRS = new Entity(
            "pairs",
            List.of(
                    text(0, "pair"),
                    Field.required(1, "wins", FieldType.INT64),
                    Field.required(2, "losses", FieldType.INT64),
                    Field.optional(3, "cost", FieldType.of(FieldType.Kind.FLOAT64)),
                    Field.optional(4, "last", FieldType.text(50))),
            List.of(text(0, "pair")),
            List.of(),
            Entity.Unnamed.KEEP,
            null,
            null);

    static final Entity OUTCOMES = new Entity(
            "outcomes",
            List.of(
                    text(0, "pair"),
                    text(1, "event"),
                    Field.required(2, "won", FieldType.of(FieldType.Kind.BOOL)),
                    Field.required(3, "cost", FieldType.of(FieldType.Kind.FLOAT64)),
                    text(4, "at")),
            List.of(text(0, "pair"), text(1, "event")),
            List.of(new Reference(List.of("pair"), "pairs", Reference.OnDelete.CASCADE, true)),
            Entity.Unnamed.REJECT,
            null,
            null,
            List.of(
                    new Total("wins", Total.Kind.COUNT, "won", false),
                    new Total("losses", Total.Kind.COUNT, "won", true),
                    new Total("cost", Total.Kind.SUM, "cost", false),
                    new Total("last", Total.Kind.LAST, "at", false)),
            null);

    static final Entity SHELVES = new Entity(
            "shelves",
            List.of(
                    text(0, "shelf"),
                    Field.optional(1, "books", FieldType.INT64),
                    Field.optional(2, "there", FieldType.INT32),
                    Field.required(3, "ever", FieldType.INT64)),
            List.of(text(0, "shelf")),
            List.of(),
            Entity.Unnamed.REJECT,
            null,
            null);

    static final Entity BOOKS = new Entity(
            "books",
            List.of(text(0, "shelf"), text(1, "book"), Field.required(2, "lent", FieldType.of(FieldType.Kind.BOOL))),
            List.of(text(0, "shelf"), text(1, "book")),
            List.of(new Reference(List.of("shelf"), "shelves", Reference.OnDelete.CASCADE, true)),
            Entity.Unnamed.REJECT,
            null,
            null,
            List.of(
                    new Total("books", Total.Kind.EXISTING, "", false),
                    new Total("there", Total.Kind.EXISTING, "lent", true),
                    new Total("ever", Total.Kind.COUNT, "", false)),
            null);

    private Chats() {}

    static Migration migration(String name, int partitions) {
        return new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(1, 2),
                partitions,
                List.of(USERS, CHATS, MESSAGES, BADGES, PAIRS, OUTCOMES, SHELVES, BOOKS));
    }

    static EntityRecord user(String id, String name) {
        return of(USERS, "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(id, name));
    }

    static EntityRecord chat(String id, String title) {
        return of(CHATS, "{\"chat_id\":\"%s\",\"title\":\"%s\"}".formatted(id, title));
    }

    static EntityRecord chatOf(String user, String id) {
        return of(CHATS, "{\"chat_id\":\"%s\",\"user_id\":\"%s\"}".formatted(id, user));
    }

    static EntityRecord message(String chat, int number) {
        return of(MESSAGES, "{\"chat_id\":\"%s\",\"number\":%d,\"content\":\"hello\"}".formatted(chat, number));
    }

    static EntityRecord badgeOf(String user, String id) {
        return of(BADGES, "{\"badge_id\":\"%s\",\"user_id\":\"%s\"}".formatted(id, user));
    }

    static RecordKey userKey(String id) {
        return RecordKey.of(USERS, List.of(id));
    }

    static RecordKey chatKey(String id) {
        return RecordKey.of(CHATS, List.of(id));
    }

    static EntityRecord of(Entity entity, String json) {
        try {
            return RecordJson.read(entity, json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Field text(int ordinal, String name) {
        return Field.required(ordinal, name, FieldType.text(50));
    }
}
