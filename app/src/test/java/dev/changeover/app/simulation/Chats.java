package dev.changeover.app.simulation;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Users, their badges, which go with them, their chats, which outlive them, and the messages in a chat: on two partitions. */
final class Chats {
    static final int PARTITIONS = 2;

    private static final String YAML = """
            migration: simulated
            legacy: { files: legacy }
            target: { postgresql: embedded, schema: schema }
            entities:
              users:
                key: id
                fields: { id: text(40), name: text(20)? }
                legacy: { format: json, path: "users/{id}.json" }
                target: { table: users, columns: { id: uuid5(id) }, extra: extra }
              badges:
                key: id
                fields: { id: text(40), user_id: text(40) }
                references: { user_id: { entity: users, on_delete: cascade } }
                legacy: { format: json, path: "badges/{id}.json" }
                target: { table: badges, columns: { id: uuid5(id), user_id: uuid5(user_id) }, extra: extra }
              chats:
                key: id
                fields: { id: text(40), user_id: text(40)|null, title: text(20) }
                references: { user_id: { entity: users, on_delete: set_null } }
                legacy: { format: json, path: "chats/{id}.json" }
                target: { table: chats, columns: { id: uuid5(id), user_id: uuid5(user_id) }, extra: extra }
              messages:
                parent: { entity: chats, fields: [chat_id] }
                key: [chat_id, number]
                fields: { chat_id: text(40), number: text(5), content: text(20) }
                legacy: { format: json, path: "messages/{chat_id}.json", at: "/{number}" }
                target: { table: messages, columns: { id: uuid5(chat_id, number), chat_id: uuid5(chat_id) }, extra: extra }
            """;

    static final Migration MIGRATION = read();
    static final Entity USERS = MIGRATION.entity("users");
    static final Entity BADGES = MIGRATION.entity("badges");
    static final Entity CHATS = MIGRATION.entity("chats");
    static final Entity MESSAGES = MIGRATION.entity("messages");

    private Chats() {}

    private static Migration read() {
        try {
            Path folder = Files.createTempDirectory("changeover-simulation");
            Path file = Files.writeString(folder.resolve("migration.yaml"), YAML, StandardCharsets.UTF_8);
            Migration read = DefinitionReader.read(file, name -> null);
            return new Migration(
                    read.name(), read.file(), read.stores(), read.namespace(), PARTITIONS, read.entities());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static EntityRecord user(int id, int version) {
        return of(USERS, "{\"id\":\"u%d\",\"name\":\"%d\"}".formatted(id, version));
    }

    static EntityRecord badge(int id, int user) {
        return of(BADGES, "{\"id\":\"b%d\",\"user_id\":\"u%d\"}".formatted(id, user));
    }

    static EntityRecord chat(int id, int user, int version) {
        return of(CHATS, "{\"id\":\"c%d\",\"user_id\":\"u%d\",\"title\":\"%d\"}".formatted(id, user, version));
    }

    static EntityRecord message(int chat, int number, int version) {
        return of(
                MESSAGES,
                "{\"chat_id\":\"c%d\",\"number\":\"%d\",\"content\":\"%d\"}".formatted(chat, number, version));
    }

    static RecordKey userKey(int id) {
        return RecordKey.of(USERS, List.of("u" + id));
    }

    static RecordKey chatKey(String id) {
        return RecordKey.of(CHATS, List.of(id));
    }

    static RecordKey chatKey(int id) {
        return chatKey("c" + id);
    }

    private static EntityRecord of(Entity entity, String json) {
        try {
            return RecordJson.read(entity, json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
