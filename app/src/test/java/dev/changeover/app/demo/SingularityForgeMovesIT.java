package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.RunSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline from one JSON file to SQLite, in one process. */
class SingularityForgeMovesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "singularity-forge", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void theCountersAreMovedWhileWritersWriteAndNothingIsLost(@TempDir Path data) throws Exception {
        Demo demo = new Demo(DEFINITION, 300, 20, data, false, false, OneProcess.QUIET);

        JsonNode summary = demo.run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("files").path("undescribed_changed").asInt()).isZero();
        assertThat(query(data.resolve("legacy"), "SELECT count(*) >= 300 FROM model_stats"))
                .isEqualTo("1");
    }

    @Test
    void anOutcomeAndItsPairAreInAndAnEditByHandIsNamed(@TempDir Path data) throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("SINGULARITY_FORGE_ROOT", legacy.toAbsolutePath().toString());
        RunSettings settings = OneProcess.settings(DEFINITION, variables, data.resolve("run"));

        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            DemoClient operator = new DemoClient(
                    process.url(), process.token(), process.migration().name());
            operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});

            put(process, "model_stats/execute-task/new%2Fmodel", """
                    {"successes":1,"failures":0,"timeouts":null,"totalTokens":100,"totalCost":0.5,"lastUsed":"2026-05-07T08:00:00.000Z","notes":"first"}
                    """);
            put(process, "model_outcomes/execute-task/new%2Fmodel/e-1", """
                    {"success":true,"timeout":false,"tokens_used":100,"cost_usd":0.5,"timestamp":"2026-05-07T08:00:00.000Z"}
                    """);

            assertThat(Files.readString(legacy.resolve(".sf/model-performance.json")))
                    .contains("\"new/model\": {\n      \"successes\": 2,");
            assertThat(query(
                            legacy,
                            "SELECT successes || ' ' || timeouts || ' ' || total_tokens || ' ' || success FROM model_stats"
                                    + " JOIN model_outcomes USING (task_type, model_id)"))
                    .isEqualTo("2 0 200 1");
            assertThat(query(legacy, "SELECT success_rate FROM model_ranking WHERE model_id = 'new/model'"))
                    .isEqualTo("1.0");

            query(legacy, "UPDATE model_stats SET successes = 99 WHERE model_id = 'new/model' RETURNING successes");
            Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                JsonNode items = operator.get("/mismatches").path("items");
                assertThat(items).as(items.toPrettyString()).hasSize(1);
                assertThat(items.get(0).path("verdict").asText()).isEqualTo("unexpected");
                assertThat(items.get(0).path("side").asText()).isEqualTo("target");
                assertThat(items.get(0).path("fields").get(0).path("field").asText())
                        .isEqualTo("successes");
            });
        }
    }

    private static void put(ChangeoverProcess process, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> written = HTTP.send(
                HttpRequest.newBuilder(URI.create(
                                process.url() + "/v1/singularity-forge/" + path + "?wait=both&timeout_ms=30000"))
                        .header("Authorization", "Bearer " + process.token())
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
    }

    private static String query(Path legacy, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + legacy.resolve(".sf/model-performance.db"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
