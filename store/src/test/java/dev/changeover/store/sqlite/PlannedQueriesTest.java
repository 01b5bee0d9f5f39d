package dev.changeover.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.file.FileReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the plans of singularity-forge and hominem want to ask their new tables, and how these answer. */
class PlannedQueriesTest {
    private static final Path MIGRATIONS = Path.of("..", "migrations");
    /** Word for word from the plan; ties are left to the database there. */
    private static final String RANKED = """
            SELECT model_id, successes, failures, total_tokens, total_cost, last_used
            FROM model_stats
            WHERE task_type = ? AND (successes + failures) >= ?
            ORDER BY (CAST(successes AS FLOAT) / (successes + failures)) DESC
            """;

    @TempDir
    private Path folder;

    private Migration migration(String name) {
        return DefinitionReader.read(MIGRATIONS.resolve(name).resolve("migration.yaml"), variable -> null);
    }

    private Path target(Migration migration) {
        Path file = folder.resolve(migration.name() + ".db");
        SqliteSchema.migrate(file, migration.stores().schema());
        return file;
    }

    /** A model at a task, as {@code getRankedModels} gives it. */
    private record Ranked(String modelId, long successes, long failures, long totalTokens, double totalCost) {
        double successRate() {
            return (double) successes / (successes + failures);
        }
    }

    /** What the application did with its file: take those with enough samples, sort by success rate. */
    private static Map<String, List<Ranked>> rankedInTheFile(int minSamples) throws IOException {
        Map<String, List<Ranked>> byTask = new TreeMap<>();
        JsonNode file = new ObjectMapper()
                .readTree(MIGRATIONS
                        .resolve("singularity-forge/sample/.sf/model-performance.json")
                        .toFile());
        file.properties().forEach(task -> {
            List<Ranked> ranked = new ArrayList<>();
            task.getValue().properties().forEach(model -> {
                JsonNode stats = model.getValue();
                Ranked each = new Ranked(
                        model.getKey(),
                        stats.path("successes").asLong(),
                        stats.path("failures").asLong(),
                        stats.path("totalTokens").asLong(),
                        stats.path("totalCost").asDouble() + 0.0); // -0.0 is 0.0 in SQLite
                if (each.successes() + each.failures() >= minSamples) {
                    ranked.add(each);
                }
            });
            ranked.sort(Comparator.comparingDouble(Ranked::successRate).reversed());
            byTask.put(task.getKey(), ranked);
        });
        return byTask;
    }

    private static List<Ranked> rankedInTheTable(Path file, String task, int minSamples) throws SQLException {
        List<Ranked> ranked = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                PreparedStatement select = connection.prepareStatement(RANKED)) {
            select.setString(1, task);
            select.setInt(2, minSamples);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                ranked.add(
                        new Ranked(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getDouble(5)));
            }
        }
        return ranked;
    }

    @Test
    void rankedModelsAreThoseOfTheFileInItsOrder() throws Exception {
        Migration forge = migration("singularity-forge");
        Path file = target(forge);
        Entity stats = forge.entity("model_stats");
        try (SqliteStore store = SqliteStore.open(forge, file, Side.TARGET);
                FileReader legacy = FileReader.open(forge, forge.stores().legacyRoot(), Side.LEGACY)) {
            store.claim(new LogId("cluster", "topic", 6), Set.of(0));
            BatchBuilder batch = BatchBuilder.from(0);
            for (Iterator<Chunk> chunks = legacy.chunks(stats, 1_000); chunks.hasNext(); ) {
                try (RecordStream records = legacy.scan(stats, chunks.next())) {
                    while (records.hasNext()) {
                        Scanned scanned = records.next();
                        if (scanned.record() != null) {
                            batch.put(scanned.record());
                        }
                    }
                }
            }
            store.apply(batch.build());
        }

        Map<String, List<Ranked>> inTheFile = rankedInTheFile(3);

        assertThat(inTheFile.values().stream().mapToInt(List::size).sum()).isGreaterThan(10);
        for (Map.Entry<String, List<Ranked>> task : inTheFile.entrySet()) {
            List<Ranked> inTheTable = rankedInTheTable(file, task.getKey(), 3);
            assertThat(inTheTable).as(task.getKey()).containsExactlyInAnyOrderElementsOf(task.getValue());
            assertThat(inTheTable)
                    .as(task.getKey())
                    .extracting(Ranked::successRate)
                    .containsExactlyElementsOf(
                            task.getValue().stream().map(Ranked::successRate).toList());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            singularity-forge | SELECT * FROM model_stats WHERE task_type = 'x' AND (successes + failures) >= 3 ORDER BY (CAST(successes AS FLOAT) / (successes + failures)) DESC | task_type=?
            singularity-forge | SELECT * FROM model_ranking WHERE task_type = 'x' AND model_id = 'y' | task_type=? AND model_id=?
            singularity-forge | SELECT count(*) FROM model_outcomes WHERE task_type = 'x' AND model_id = 'y' | task_type=? AND model_id=?
            singularity-forge | SELECT * FROM model_outcomes WHERE timestamp > '2026-01-01' | USING INDEX idx_outcomes_timestamp
            singularity-forge | SELECT * FROM model_outcomes ORDER BY timestamp DESC LIMIT 20 | USING INDEX idx_outcomes_timestamp
            hominem | SELECT * FROM conversations WHERE timestamp >= '2025-12-01' | USING INDEX idx_conversations_timestamp
            hominem | SELECT * FROM conversations WHERE session_id = 's' | USING INDEX idx_conversations_session
            hominem | SELECT * FROM emotion_labels WHERE labeler = 'manual' | USING INDEX idx_emotion_labels_labeler
            hominem | SELECT * FROM emotion_labels WHERE label_timestamp >= '2025-12-01' | USING INDEX idx_emotion_labels_timestamp
            hominem | SELECT * FROM emotion_labels WHERE conversation_id = 7 | USING INDEX idx_emotion_labels_conversation
            hominem | SELECT * FROM labeled_conversations WHERE timestamp >= '2024-12-01' AND emotion_labels >= 1 LIMIT 1000 | USING INDEX idx_conversations_timestamp
            """)
    void aQueryOfThePlanIsAnsweredByAnIndex(String name, String query, String by) throws SQLException {
        Path file = target(migration(name));
        StringBuilder plan = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                Statement statement = connection.createStatement();
                ResultSet step = statement.executeQuery("EXPLAIN QUERY PLAN " + query)) {
            while (step.next()) {
                plan.append(step.getString("detail")).append('\n');
            }
        }

        assertThat(plan.toString()).contains(by, "USING ").doesNotContain("SCAN model_stats\n");
    }

    @Test
    void anOutcomeAndItsPairAreBothInOrNeither() throws SQLException {
        Migration forge = migration("singularity-forge");
        Path file = target(forge);
        BatchBuilder both = BatchBuilder.from(0)
                .put(ContractMigration.record(
                        forge,
                        "model_stats",
                        "{\"task_type\":\"t\",\"model_id\":\"m\",\"successes\":1,\"failures\":0}"))
                .put(ContractMigration.record(
                        forge,
                        "model_outcomes",
                        "{\"task_type\":\"t\",\"model_id\":\"m\",\"event_id\":\"e\",\"success\":true,\"timeout\":false,"
                                + "\"tokens_used\":1,\"cost_usd\":0.5,\"timestamp\":\"2026-05-07T08:00:00.000Z\"}"));
        try (SqliteStore store = SqliteStore.open(forge, file, Side.TARGET)) {
            store.claim(new LogId("cluster", "topic", 6), Set.of(0));
            // Not a rule of the table, which would refuse this one row only: the statement itself fails, after the
            // first table was written.
            sql(file, """
                    CREATE TRIGGER failing BEFORE INSERT ON model_outcomes BEGIN SELECT abs(-9223372036854775808); END
                    """);

            assertThatThrownBy(() -> store.apply(both.build())).hasMessageContaining("integer overflow");
            assertThat(counts(file)).isEqualTo("0 0");
            assertThat(store.positions().get(0).next()).isZero();

            sql(file, "DROP TRIGGER failing");
            store.apply(both.build());
            assertThat(counts(file)).isEqualTo("1 1");
        }
    }

    private static void sql(Path file, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String counts(Path file) throws SQLException {
        try (Connection connection = DriverManager.getConnection(Database.url(file));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT (SELECT count(*) FROM model_stats) || ' ' || (SELECT count(*) FROM model_outcomes)")) {
            return row.getString(1);
        }
    }
}
