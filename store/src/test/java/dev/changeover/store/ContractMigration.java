package dev.changeover.store;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small migration that has one of everything: a document for a record, many in one, maps in maps, lines, and a table for each. */
public final class ContractMigration {
    private static final String YAML = """
            migration: contract
            legacy: { files: legacy, style: php }
            target: { postgresql: embedded, schema: schema }
            entities:
              users:
                key: id
                fields: { id: text(40), name: text(20)?, profile: "json = {}", age: int32?, seen_at: timestamptz? }
                legacy: { format: json, path: "users/{id}.json" }
                target: { table: users, columns: { id: uuid5(id) }, extra: extra }
              chats:
                key: id
                fields: { id: text(40), user_id: text(40)|null, title: text?, created_at: timestamptz }
                references: { user_id: { entity: users, on_delete: set_null } }
                legacy: { format: json, path: "chats/{id}_session.json" }
                target: { table: chats, columns: { id: uuid5(id), user_id: uuid5(user_id) }, extra: extra }
              messages:
                parent: { entity: chats, fields: [chat_id] }
                key: [chat_id, number]
                fields: { chat_id: text(40), number: int32, content: text, meta: json?, created_at: timestamptz? }
                legacy: { format: json, path: "chats/{chat_id}.json", at: "/[number]", members: { created_at: [created_at, timestamp] } }
                target: { table: messages, columns: { id: uuid5(chat_id, number), chat_ref: uuid5(chat_id), chat_id: extra }, extra: extra }
              memory:
                parent: { entity: users, fields: [user_id] }
                key: [user_id, kind, name]
                fields: { user_id: text(40), kind: text(40), name: text(40), value: json }
                legacy: { format: json, path: "memory/{user_id}.json", at: "/{kind}/{name}" }
                target: { table: memory, columns: { id: uuid5(user_id, kind, name), user_id: uuid5(user_id) }, extra: extra }
              logs:
                key: id
                fields: { id: text(40), level: text(20), message: text, context: "json = {}" }
                legacy: { format: jsonl, path: "logs/{level:lower}.log" }
                target: { table: logs, columns: { id: uuid5(id) }, extra: extra }
            """;

    private static final String SCHEMA = """
            CREATE TABLE users (id UUID PRIMARY KEY, name VARCHAR(20), profile JSONB DEFAULT '{}', age INTEGER,
                seen_at TIMESTAMPTZ, extra JSONB);
            CREATE TABLE chats (id UUID PRIMARY KEY, user_id UUID REFERENCES users(id) ON DELETE SET NULL, title TEXT,
                created_at TIMESTAMPTZ NOT NULL, extra JSONB);
            CREATE TABLE messages (id UUID PRIMARY KEY, chat_ref UUID NOT NULL REFERENCES chats(id) ON DELETE CASCADE,
                number INTEGER NOT NULL, content TEXT NOT NULL, meta JSONB, created_at TIMESTAMPTZ, extra JSONB);
            CREATE TABLE memory (id UUID PRIMARY KEY, user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
                kind VARCHAR(40) NOT NULL, name VARCHAR(40) NOT NULL, value JSONB NOT NULL, extra JSONB);
            CREATE TABLE logs (id UUID PRIMARY KEY, level VARCHAR(20) NOT NULL, message TEXT NOT NULL,
                context JSONB DEFAULT '{}', extra JSONB);
            """;

    private ContractMigration() {}

    /** The migration, with its definition and the target's schema in {@code folder}. */
    public static Migration in(Path folder) {
        return in(folder, YAML, SCHEMA);
    }

    /** The same with {@code target.db} in {@code folder} as its target. */
    public static Migration onSqliteIn(Path folder) {
        return in(
                folder,
                YAML.replace("postgresql: embedded", "sqlite: target.db"),
                SCHEMA.replace("UUID", "TEXT").replace("JSONB", "TEXT").replace("TIMESTAMPTZ", "TEXT"));
    }

    /** The same with YAML documents. */
    public static Migration ofYamlIn(Path folder) {
        return in(folder, YAML.replace("format: json,", "format: yaml,").replace(".json", ".yaml"), SCHEMA);
    }

    /** The same with messages and memory inside their parents' documents, written as Python does. */
    public static Migration withSharedDocumentsIn(Path folder) {
        return in(
                folder,
                YAML.replace("style: php", "style: python")
                        .replace("chats/{id}_session.json", "chats/{id}.json")
                        .replace("at: \"/[number]\"", "at: \"/messages/[number]\"")
                        .replace("memory/{user_id}.json", "users/{user_id}.json")
                        .replace("at: \"/{kind}/{name}\"", "at: \"/memory/{kind}/{name}\""),
                SCHEMA);
    }

    private static Migration in(Path folder, String yaml, String schema) {
        try {
            Files.createDirectories(folder.resolve("schema"));
            Files.writeString(folder.resolve("schema/V1__contract.sql"), schema, StandardCharsets.UTF_8);
            Path file = Files.writeString(folder.resolve("migration.yaml"), yaml, StandardCharsets.UTF_8);
            return DefinitionReader.read(file, name -> null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A record from its JSON text. */
    public static EntityRecord record(Migration migration, String entity, String json) {
        try {
            return RecordJson.read(migration.entity(entity), json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
