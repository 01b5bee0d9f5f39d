package dev.changeover.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Batch;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
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
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application's own SQLite files as the legacy side. */
class TablesStoreTest {
    private static final LogId LOG = new LogId("cluster", "topic", 6);
    private static final String YAML = """
            migration: shop
            legacy: { files: . }
            target: { postgresql: embedded }
            entities:
              people:
                key: id
                unnamed: reject
                fields: { id: int32, name: text, born: date|null, seen: timestamp|null, weight: float32|null, notes: json|null }
                legacy: { format: sqlite, path: people.db, table: person, columns: { full_name: name } }
                target: { table: people }
              orders:
                key: id
                unnamed: reject
                fields: { id: int32, person: int32, ended: timestamp|null }
                references: { person: { entity: people, on_delete: cascade } }
                legacy: { format: sqlite, path: orders.db, table: orders }
                target: { table: orders, columns: { status: "when(ended, 'done', 'running')" } }
            """;

    @TempDir
    private Path folder;

    private Migration migration;
    private SqliteFolder legacy;

    @BeforeEach
    void anApplicationsFiles() throws IOException, SQLException {
        migration = DefinitionReader.read(Files.writeString(folder.resolve("migration.yaml"), YAML), name -> null);
        legacy = SqliteFolder.of(migration, folder, Side.LEGACY);
        sql(
                "people.db",
                "CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, full_name TEXT NOT NULL, born DATE,"
                        + " seen TIMESTAMP DEFAULT CURRENT_TIMESTAMP, weight REAL, notes TEXT DEFAULT '{}', shoe_size INTEGER)");
        sql(
                "people.db",
                "INSERT INTO person VALUES (1, 'Ada', '1815-12-10', '2025-11-08 04:36:12', 0.1, '{\"a\": 1}', 38)");
        sql("people.db", "INSERT INTO person VALUES (2, 'Bob', 'yesterday', NULL, 5, NULL, 44)");
        sql(
                "orders.db",
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person (id), ended TIMESTAMP)");
        sql("orders.db", "INSERT INTO orders VALUES (1, 99, '2025-11-08T04:36:12.5')");
    }

    private void sql(String file, String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(file));
                Statement each = connection.createStatement()) {
            each.execute(statement);
        }
    }

    private String query(String file, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(file));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private EntityRecord person(int id, String name) {
        return ContractMigration.record(
                migration,
                "people",
                "{\"id\":%d,\"name\":\"%s\",\"born\":null,\"seen\":null,\"weight\":0.1,\"notes\":null}"
                        .formatted(id, name));
    }

    private EntityRecord order(int id) {
        return ContractMigration.record(migration, "orders", "{\"id\":%d,\"person\":1,\"ended\":null}".formatted(id));
    }

    private List<Scanned> people(StoreReader reader) {
        List<Scanned> people = new ArrayList<>();
        try (RecordStream stream = reader.scan(migration.entity("people"), Chunk.WHOLE)) {
            stream.forEachRemaining(people::add);
        }
        return people;
    }

    @Test
    void rowsAreReadAsWhatTheDefinitionSaysAndWhatIsNoneIsNamed() throws IOException {
        byte[] before = Files.readAllBytes(folder.resolve("people.db"));
        try (StoreReader reader = legacy.reader()) {
            List<Scanned> people = people(reader);

            assertThat(people.get(0).record())
                    .isEqualTo(
                            ContractMigration.record(
                                    migration,
                                    "people",
                                    "{\"id\":1,\"name\":\"Ada\",\"born\":\"1815-12-10\",\"seen\":\"2025-11-08T04:36:12\",\"weight\":0.1,\"notes\":{\"a\":1}}"));
            assertThat(people.get(1).fault()).isEqualTo("column born: a date is expected, like 2024-01-31");
            assertThat(people.get(1).origin()).isEqualTo("person [2]");
        }
        assertThat(folder.resolve("people.db")).hasBinaryContent(before);
    }

    @Test
    void whatTheDefinitionDoesNotNameStaysInItsRowAndForeignKeysAreAsLooseAsTheyWere() throws SQLException {
        try (Store store = legacy.writer()) {
            store.claim(LOG, Set.of(0));
            store.apply(BatchBuilder.from(0)
                    .put(person(1, "Ada L."))
                    .put(person(3, "Eve"))
                    .put(order(7))
                    .snapshot(order(8))
                    .putReadFrom(Side.LEGACY, order(9))
                    .build());
        }

        assertThat(query("people.db", "SELECT full_name || shoe_size FROM person WHERE id = 1"))
                .isEqualTo("Ada L.38");
        assertThat(query("people.db", "SELECT full_name || weight FROM person WHERE id = 3"))
                .isEqualTo("Eve0.1");
        assertThat(query("orders.db", "SELECT group_concat(id) FROM orders")).isEqualTo("1,7");
        assertThat(query("people.db", "PRAGMA journal_mode")).isEqualTo("delete");
    }

    @Test
    void afterACrashBetweenTwoFilesEachTakesOnlyWhatIsBehindItsOwnPosition() throws SQLException {
        Batch batch = BatchBuilder.from(0).put(person(3, "Eve")).put(order(7)).build();
        try (SqliteStore one =
                SqliteStore.ofTheApplication(migration, folder.resolve("people.db"), Side.LEGACY, "people.db")) {
            one.claim(LOG, Set.of(0));
            one.apply(new Batch(batch.advances(), batch.changes().subList(0, 1)));
        }
        sql("people.db", "UPDATE person SET shoe_size = 1, full_name = 'newer' WHERE id = 3");

        try (Store store = legacy.writer()) {
            assertThat(store.claim(LOG, Set.of(0))).isEqualTo(Map.of(0, 0L));
            store.apply(batch);
            store.apply(BatchBuilder.from(2).put(order(9)).build());

            assertThat(store.positions().get(0).next()).isEqualTo(3);
            assertThat(store.positions().get(0).applied()).isEqualTo(3);
        }
        assertThat(query("people.db", "SELECT full_name FROM person WHERE id = 3"))
                .isEqualTo("newer");
        assertThat(query("orders.db", "SELECT group_concat(id) FROM orders")).isEqualTo("1,7,9");
    }

    @Test
    void allThatIsOursIsTakenAwayAgain() throws SQLException {
        legacy.writer().close();
        assertThat(query("people.db", "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'changeover%'"))
                .isNotEqualTo("0");

        legacy.release();

        assertThat(query("people.db", "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'changeover%'"))
                .isEqualTo("0");
    }
}
