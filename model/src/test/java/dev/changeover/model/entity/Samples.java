package dev.changeover.model.entity;

import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Entities and records to try things on: one with a field of every type, and a chat with its messages. */
public final class Samples {
    /** A field of every type; all but the key may be null or left out, and unnamed members are kept. */
    public static final Entity THINGS = new Entity(
            "things",
            List.of(
                    Field.required(0, "id", FieldType.INT64),
                    Field.optional(1, "text", FieldType.text(5)),
                    Field.optional(2, "bool", FieldType.of(FieldType.Kind.BOOL)),
                    Field.optional(3, "int32", FieldType.INT32),
                    Field.optional(4, "int64", FieldType.INT64),
                    Field.optional(5, "float32", FieldType.of(FieldType.Kind.FLOAT32)),
                    Field.optional(6, "float64", FieldType.of(FieldType.Kind.FLOAT64)),
                    Field.optional(7, "decimal", FieldType.decimal(10, 2)),
                    Field.optional(8, "timestamptz", FieldType.TIMESTAMPTZ),
                    Field.optional(9, "timestamp", FieldType.of(FieldType.Kind.TIMESTAMP)),
                    Field.optional(10, "date", FieldType.of(FieldType.Kind.DATE)),
                    Field.optional(11, "time", FieldType.of(FieldType.Kind.TIME)),
                    Field.optional(12, "uuid", FieldType.of(FieldType.Kind.UUID)),
                    Field.optional(13, "bytes", FieldType.of(FieldType.Kind.BYTES)),
                    Field.optional(14, "json", FieldType.JSON)),
            List.of(Field.required(0, "id", FieldType.INT64)),
            List.of(),
            Entity.Unnamed.KEEP,
            null,
            null);

    public static final Entity CHATS = new Entity(
            "chats",
            List.of(
                    Field.required(0, "chat_id", FieldType.text(255)),
                    Field.optional(1, "title", FieldType.text(255)),
                    Field.required(2, "metadata", FieldType.JSON),
                    Field.required(3, "created_at", FieldType.TIMESTAMPTZ)),
            List.of(Field.required(0, "chat_id", FieldType.text(255))),
            List.of(),
            Entity.Unnamed.REJECT,
            null,
            null);

    public static final Entity MESSAGES = new Entity(
            "messages",
            List.of(
                    Field.required(0, "chat_id", FieldType.text(255)),
                    Field.required(1, "sequence_number", FieldType.INT32),
                    Field.required(2, "content", FieldType.TEXT)),
            List.of(
                    Field.required(0, "chat_id", FieldType.text(255)),
                    Field.required(1, "sequence_number", FieldType.INT32)),
            List.of(new Reference(List.of("chat_id"), "chats", Reference.OnDelete.CASCADE, true)),
            Entity.Unnamed.REJECT,
            null,
            null);

    public static final Migration MIGRATION = new Migration(
            "sample",
            Path.of("migration.yaml"),
            new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
            new UUID(1, 2),
            6,
            List.of(THINGS, CHATS, MESSAGES));

    private Samples() {}

    /** A record of {@link #THINGS} with {@code id} 7 and these further members, as JSON without braces. */
    public static EntityRecord thing(String members) {
        return of(THINGS, "{\"id\":7" + (members.isEmpty() ? "" : "," + members) + "}");
    }

    public static EntityRecord of(Entity entity, String json) {
        try {
            return RecordJson.read(entity, json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
