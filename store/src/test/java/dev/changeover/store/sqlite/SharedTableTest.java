package dev.changeover.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** cass-vessel's tables with the rows of two daemons in them. */
class SharedTableTest {
    private static final Migration CASS =
            DefinitionReader.read(Path.of("../migrations/cass-vessel/migration.yaml"), name -> null);

    @TempDir
    private Path folder;

    private Path file;
    private SqliteStore store;

    @BeforeEach
    void aSecondDaemonHasRowsOfItsOwn() throws SQLException {
        file = folder.resolve("cass.db");
        SqliteSchema.migrate(file, CASS.stores().schema());
        execute(
                "INSERT INTO daemons VALUES ('other', 'dora', '2026-01-01T00:00:00', NULL, 'active')",
                "INSERT INTO journals (id, daemon_id, date, content, created_at) VALUES ('2025-11-07', 'other', '2025-11-07', 'hers', '')",
                "INSERT INTO conversations (id, daemon_id, created_at, updated_at) VALUES ('c-other', 'other', '', '')",
                "INSERT INTO messages (id, conversation_id, seq, role, content, timestamp) VALUES (7, 'c-other', 1, 'user', 'hers', '')");
        store = SqliteStore.open(CASS, file, Side.TARGET);
        store.claim(new LogId("cluster", "topic", 6), Set.of(0));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static EntityRecord record(String entity, String json) {
        return ContractMigration.record(CASS, entity, json);
    }

    private static EntityRecord journal(String content) {
        return record(
                "journals", "{\"date\":\"2025-11-07\",\"content\":\"%s\",\"created_at\":\"\"}".formatted(content));
    }

    private static EntityRecord conversation(String id) {
        return record(
                "conversations",
                "{\"id\":\"%s\",\"title\":null,\"created_at\":\"\",\"updated_at\":\"\"}".formatted(id));
    }

    private static EntityRecord message(String conversation, int position) {
        return record(
                "messages",
                "{\"conversation_id\":\"%s\",\"position\":%d,\"role\":\"user\",\"content\":\"\",\"timestamp\":\"\"}"
                        .formatted(conversation, position));
    }

    private List<String> scanned(String entity) {
        List<String> keys = new ArrayList<>();
        for (var chunks = store.chunks(CASS.entity(entity), 1); chunks.hasNext(); ) {
            Chunk chunk = chunks.next();
            try (RecordStream records = store.scan(CASS.entity(entity), chunk)) {
                records.forEachRemaining(each -> {
                    assertThat(each.fault()).isEmpty();
                    keys.add(Objects.requireNonNull(each.record()).key().label());
                });
            }
        }
        return keys;
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private String query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    @Test
    void aJournalOfTheSameDayIsEachDaemonsOwn() throws SQLException {
        Batch batch = BatchBuilder.from(0).put(journal("his")).build();

        assertThat(store.apply(batch)).containsOnly(ApplyOutcome.applied());

        assertThat(query("SELECT group_concat(content, ' ') FROM (SELECT content FROM journals ORDER BY daemon_id)"))
                .isEqualTo("his hers");
        assertThat(scanned("journals")).hasSize(1);
        assertThat(store.count(CASS.entity("journals"))).isEqualTo(1);
        assertThat(store.page(CASS.entity("journals"), null, Map.of(), 10)).hasSize(1);
        assertThat(Canonical.digest(
                        store.read(CASS.entity("journals"), List.of(journal("").key()))
                                .found()
                                .get(journal("").key())))
                .isEqualTo(Canonical.digest(journal("his")));

        store.apply(BatchBuilder.from(1).delete(journal("").key()).build());
        assertThat(query("SELECT content FROM journals")).isEqualTo("hers");
    }

    @Test
    void messagesOfTheOtherDaemonAreToldByTheirConversation() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(conversation("c"))
                .put(message("c", 1))
                .put(message("c", 2))
                .build());

        assertThat(scanned("messages")).hasSize(2);
        assertThat(store.count(CASS.entity("messages"))).isEqualTo(2);
        assertThat(store.read(
                                CASS.entity("messages"),
                                List.of(message("c-other", 1).key()))
                        .found())
                .isEmpty();
        assertThat(query("SELECT max(id) > min(id) AND count(*) = 2 FROM messages WHERE conversation_id = 'c'"))
                .isEqualTo("1");
        assertThat(
                        query(
                                "SELECT group_concat(seq) FROM (SELECT seq FROM messages WHERE conversation_id = 'c' ORDER BY id)"))
                .as("ids rise with the place")
                .isEqualTo("1,2");
    }

    @Test
    void aKeyThatIsTheOthersAlreadyIsRefusedAndItsRowStays() throws SQLException {
        List<ApplyOutcome> outcomes =
                store.apply(BatchBuilder.from(0).put(conversation("c-other")).build());

        assertThat(outcomes.get(0)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(query("SELECT daemon_id FROM conversations")).isEqualTo("other");

        store.apply(BatchBuilder.from(1).delete(conversation("c-other").key()).build());
        assertThat(query("SELECT count(*) FROM messages")).isEqualTo("1");
    }

    @Test
    void twoMigrationsFillTheSameTablesAtTheSameTimeEachWithItsOwn() throws Exception {
        Migration dora = otherDaemons("dora");
        try (SqliteStore hers = SqliteStore.open(dora, file, Side.TARGET)) {
            hers.claim(new LogId("cluster", "another", 6), Set.of(0));
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> journals(dora, hers, "her"));
            journals(CASS, store, "his");
            other.join();

            assertThat(query("SELECT count(DISTINCT daemon_id) || ' ' || count(*) FROM journals WHERE content = 'his'"))
                    .isEqualTo("1 20");
            assertThat(query("SELECT count(*) FROM journals WHERE daemon_id = 'other' AND content = 'her'"))
                    .isEqualTo("20");
            assertThat(store.count(CASS.entity("journals"))).isEqualTo(20);
            assertThat(hers.positions().get(0).next()).isEqualTo(20);
            assertThat(store.positions().get(0).next()).isEqualTo(20);
        }
    }

    @Test
    void whatOthersWriteIsNotedForTheMigrationWhoseRowItIs() throws Exception {
        Migration dora = otherDaemons("dora");
        journals(CASS, store, "his");
        SqliteStore.open(dora, file, Side.TARGET).close();
        try (ForeignWrites his = ForeignWrites.open(CASS, file, Side.TARGET);
                ForeignWrites hers = ForeignWrites.open(dora, file, Side.TARGET)) {
            execute(
                    "UPDATE journals SET content = 'edited' WHERE daemon_id = 'other'",
                    "UPDATE journals SET content = 'edited' WHERE daemon_id <> 'other' AND date = '2025-11-07'");

            assertThat(hers.oldest(10)).extracting(ForeignWrites.Note::entity).containsOnly("journals");
            long last = his.oldest(10).get(his.oldest(10).size() - 1).seq();
            his.forget(last);
            assertThat(his.oldest(10)).isEmpty();
            assertThat(hers.oldest(10)).isNotEmpty();

            ForeignWrites.remove(dora, file);

            execute("UPDATE journals SET content = 'again' WHERE daemon_id <> 'other' AND date = '2025-11-07'");
            assertThat(his.oldest(10)).isNotEmpty();
        }
        ForeignWrites.remove(CASS, file);
        assertThat(
                        query(
                                "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'changeover%' AND name NOT LIKE 'changeover_schema_history%'"))
                .isEqualTo("0");
    }

    private static void journals(Migration migration, SqliteStore into, String content) {
        for (int day = 0; day < 20; day++) {
            EntityRecord journal = ContractMigration.record(
                    migration,
                    "journals",
                    "{\"date\":\"2025-11-%02d\",\"content\":\"%s\",\"created_at\":\"\"}".formatted(day + 1, content));
            assertThat(into.apply(BatchBuilder.from(day).put(journal).build())).containsOnly(ApplyOutcome.applied());
        }
    }

    /** The same definition for the rows of another daemon. */
    private Migration otherDaemons(String name) throws IOException {
        Path definition = folder.resolve(name + ".yaml");
        Files.writeString(
                definition,
                Files.readString(Path.of("../migrations/cass-vessel/migration.yaml"))
                        .replace("migration: cass-vessel", "migration: " + name)
                        .replace("272983cd-c3e1-5574-a284-49ab0aebafaa", "other"));
        return DefinitionReader.read(definition, variable -> null);
    }
}
