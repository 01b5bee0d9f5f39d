package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.RunSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline from an application's four SQLite files to PostgreSQL, in one process. */
class StillmeMovesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "stillme", "migration.yaml");

    @Test
    void fourFilesAreMovedWhileWritersWriteAndNothingIsLost(@TempDir Path data) throws Exception {
        Demo demo = new Demo(DEFINITION, 600, 20, data, false, false, OneProcess.QUIET);

        JsonNode summary = demo.run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("verify").path("entities").size()).isEqualTo(11);
        assertThat(ours(data.resolve("legacy").resolve("continuum_memory.db")))
                .as("what complete leaves in the application's file")
                .isZero();
    }

    @Test
    void whatTheApplicationItselfWritesIntoItsFilesIsNamed(@TempDir Path data) throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("STILLME_ROOT", legacy.toAbsolutePath().toString());
        RunSettings settings = OneProcess.settings(DEFINITION, variables, data.resolve("run"));

        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            DemoClient operator = new DemoClient(
                    process.url(), process.token(), process.migration().name());
            operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});
            Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> {
                JsonNode lag = operator.status().path("lag");
                return lag.path("legacy").asLong(1) == 0 && lag.path("target").asLong(1) == 0;
            });
            sql(
                    legacy.resolve("continuum_memory.db"),
                    "UPDATE tier_metrics SET tier = 'L1' WHERE item_id = 'knowledge_0a1b2c3d'");

            Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                JsonNode items = operator.get("/mismatches").path("items");
                assertThat(items).as(items.toPrettyString()).hasSize(1);
                assertThat(items.get(0).path("verdict").asText()).isEqualTo("unexpected");
                assertThat(items.get(0).path("side").asText()).isEqualTo("legacy");
            });
        }
    }

    private static int ours(Path file) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            return statement
                    .executeQuery("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'changeover%'")
                    .getInt(1);
        }
    }

    private static void sql(Path file, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
