package dev.changeover.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.FencedException;
import dev.changeover.store.LogId;
import dev.changeover.store.Reading;
import dev.changeover.store.Refusal;
import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is SQLite's own: its weak types, its foreign keys, and what others write into the file. */
class SqliteStoreTest {
    private static final LogId LOG = new LogId("cluster", "topic", 6);
    private static final String YAML = """
            migration: shop
            legacy: { files: legacy }
            target: { sqlite: target.db, schema: schema }
            entities:
              people:
                key: name
                unnamed: reject
                fields: { name: text(40), email: text|null, age: int32|null }
                legacy: { format: json, path: "people/{name}.json" }
                target: { table: people }
              orders:
                parent: { entity: people, fields: [name] }
                key: [name, number]
                unnamed: reject
                fields: { name: text(40), number: int64, price: float64, paid: bool }
                legacy: { format: json, path: "orders/{name}.json", at: "/[number]" }
                target: { table: orders }
            """;
    private static final String SCHEMA = """
            CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(10) NOT NULL UNIQUE, email TEXT UNIQUE,
                age INTEGER CHECK (age < 200));
            CREATE TABLE orders (name TEXT NOT NULL REFERENCES people (name) ON DELETE CASCADE, number INTEGER NOT NULL,
                price REAL NOT NULL, paid INTEGER NOT NULL, PRIMARY KEY (name, number)) WITHOUT ROWID;
            """;

    @TempDir
    private Path folder;

    private Path file;
    private Migration migration;
    private SqliteStore store;

    @BeforeEach
    void openAnEmptyStore() throws IOException {
        Files.createDirectories(folder.resolve("schema"));
        Files.writeString(folder.resolve("schema/V1__shop.sql"), SCHEMA);
        migration = DefinitionReader.read(Files.writeString(folder.resolve("migration.yaml"), YAML), name -> null);
        file = folder.resolve("target.db");
        SqliteSchema.migrate(file, migration.stores().schema());
        store = SqliteStore.open(migration, file, Side.TARGET);
        store.claim(LOG, Set.of(0));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private EntityRecord person(String name, String email, int age) {
        return ContractMigration.record(
                migration, "people", "{\"name\":\"%s\",\"email\":%s,\"age\":%d}".formatted(name, email, age));
    }

    private EntityRecord order(String name, int number) {
        return ContractMigration.record(
                migration,
                "orders",
                "{\"name\":\"%s\",\"number\":%d,\"price\":1.5,\"paid\":true}".formatted(name, number));
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private String query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    @Test
    void theSchemaFits() {
        assertThat(SqliteFit.check(migration, file, Side.TARGET))
                .extracting(Object::toString)
                .containsExactly(
                        "people.name: column name is VARCHAR(10), which SQLite treats as TEXT, and the field is text(40). Widen or change the column's type");
    }

    @Test
    void aChildWaitsForItsParentAndGoesInWithIt() throws SQLException {
        List<ApplyOutcome> outcomes = store.apply(
                BatchBuilder.from(0).put(order("ada", 1)).put(order("ada", 2)).build());

        assertThat(outcomes).allMatch(ApplyOutcome.Parked.class::isInstance);
        assertThat(store.parked()).hasSize(2);
        assertThat(store.positions().get(0).parked()).isEqualTo(2);

        store.apply(BatchBuilder.from(2).put(person("ada", "null", 1)).build());

        assertThat(store.parked()).isEmpty();
        assertThat(query("SELECT count(*) FROM orders")).isEqualTo("2");
    }

    @Test
    void whatARuleOfTheTableForbidsIsRefusedAndTheRestGoesIn() {
        List<ApplyOutcome> outcomes = store.apply(BatchBuilder.from(0)
                .put(person("ada", "'a'".replace('\'', '"'), 300))
                .put(person("a name too long", "null", 1))
                .put(person("bob", "\"b\"", 2))
                .put(person("cid", "\"b\"", 3))
                .build());

        assertThat(outcomes.get(0)).asString().contains("CHECK constraint failed");
        assertThat(outcomes.get(1)).asString().contains("name: longer than 10 characters");
        assertThat(outcomes.get(2)).isEqualTo(ApplyOutcome.applied());
        assertThat(outcomes.get(3)).asString().contains("unique constraint");
        List<Refusal> refusals = store.unannounced();
        assertThat(refusals).hasSize(3);
        store.announced(refusals);
        assertThat(store.unannounced()).isEmpty();
        assertThat(store.positions().get(0).refused()).isEqualTo(3);
    }

    @Test
    void aRefusedChangeGoesInWhenItIsRetriedAndNothingForbidsItAnyMore() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(person("bob", "\"b\"", 2))
                .put(person("cid", "\"b\"", 3))
                .build());
        store.apply(BatchBuilder.from(2).put(person("bob", "null", 2)).build());

        assertThat(store.retryParked()).isEqualTo(1);

        assertThat(store.positions().get(0).refused()).isZero();
        assertThat(query("SELECT email FROM people WHERE name = 'cid'")).isEqualTo("b");
    }

    @Test
    void uniqueValuesMayMoveAndSwapInsideABatch() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(person("a", "\"1\"", 1))
                .put(person("b", "\"2\"", 1))
                .put(person("c", "\"3\"", 1))
                .build());

        List<ApplyOutcome> outcomes = store.apply(BatchBuilder.from(3)
                .put(person("a", "\"2\"", 1))
                .put(person("b", "\"1\"", 1))
                .put(person("d", "\"3\"", 1))
                .put(person("c", "null", 1))
                .build());

        assertThat(outcomes).containsOnly(ApplyOutcome.applied());
        assertThat(query("SELECT group_concat(name || email, ' ' ORDER BY name) FROM people"))
                .isEqualTo("a2 b1 d3");
    }

    @Test
    void aDeleteTakesTheChildrenAlong() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(person("ada", "null", 1))
                .put(order("ada", 1))
                .build());

        store.apply(BatchBuilder.from(2).delete(person("ada", "null", 1).key()).build());

        assertThat(query("SELECT count(*) FROM orders")).isEqualTo("0");
        assertThat(query("SELECT count(*) FROM changeover_noted")).isEqualTo("0");
    }

    @Test
    void aWriterThatWasLeftBehindIsFencedBeforeItWrites() {
        try (SqliteStore other = SqliteStore.open(migration, file, Side.TARGET)) {
            other.claim(LOG, Set.of(0));

            assertThatThrownBy(() -> store.apply(
                            BatchBuilder.from(0).put(person("ada", "null", 1)).build()))
                    .isInstanceOf(FencedException.class);
        }
        assertThat(store.count(migration.entity("people"))).isZero();
    }

    @Test
    void aValueThatSqliteTookFromSomebodyElseIsSeenAsItIs() throws SQLException {
        store.apply(BatchBuilder.from(0).put(person("ada", "null", 1)).build());
        RecordKey key = person("ada", "null", 1).key();

        sql("PRAGMA ignore_check_constraints = ON", "UPDATE people SET age = 'toto'");

        Reading reading = store.read(migration.entity("people"), Set.of(key));
        assertThat(reading.faults()).containsEntry(key, "column age: a whole number is expected");
        assertThat(reading.found()).isEmpty();
    }

    @Test
    void whatOthersWriteIsNotedWithTheRecordItIsAboutAndOurOwnIsNot() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(person("ada", "\"a\"", 1))
                .put(person("bob", "\"b\"", 1))
                .put(order("bob", 7))
                .build());
        try (ForeignWrites others = ForeignWrites.open(migration, file, Side.TARGET)) {
            assertThat(others.oldest(10)).isEmpty();

            sql(
                    "PRAGMA foreign_keys = ON",
                    "INSERT OR REPLACE INTO people (name, email) VALUES ('eve', 'a')",
                    "DELETE FROM people WHERE name = 'bob'");

            List<ForeignWrites.Note> notes = others.oldest(100);
            assertThat(notes)
                    .extracting(note -> String.valueOf(note.key()))
                    .contains("people eve", "people ada", "people bob", "orders bob/7");
            others.forget(notes.get(notes.size() - 1).seq());
            assertThat(others.oldest(10)).isEmpty();

            sql("DROP TRIGGER \"changeover_note_%s.orders_updated\"".formatted(migration.name()));

            assertThatThrownBy(() -> others.oldest(10)).hasMessageContaining(".orders_updated");
        }
        ForeignWrites.remove(migration, file);
        assertThat(query("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"))
                .isEqualTo("0");
    }

    @Test
    void numbersGivenByTheDatabaseAreAlwaysBeyondThoseOfOurRows() throws SQLException {
        store.apply(BatchBuilder.from(0)
                .put(person("ada", "null", 1))
                .put(person("bob", "null", 1))
                .build());
        store.apply(BatchBuilder.from(2).delete(person("bob", "null", 1).key()).build());

        sql("INSERT INTO people (name) VALUES ('cid')");

        assertThat(query("SELECT id FROM people WHERE name = 'cid'")).isEqualTo("3");
    }

    @Test
    void aFileThatIsNotThereIsAFaultAndIsNotMade() {
        Path nowhere = folder.resolve("nowhere.db");

        assertThatThrownBy(() -> SqliteReader.open(migration, nowhere, Side.TARGET))
                .isInstanceOf(StoreUnavailableException.class);

        assertThat(nowhere).doesNotExist();
        assertThat(store.page(migration.entity("people"), null, Map.of(), 10)).isEmpty();
    }
}
