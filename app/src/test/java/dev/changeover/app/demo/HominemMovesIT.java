package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.clients.Script;
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
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline from JSON lines of several shapes to SQLite, in one process. */
class HominemMovesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "hominem", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void linesAndRunsAreMovedWhileWritersWriteAndNothingIsLost(@TempDir Path data) throws Exception {
        Demo demo = new Demo(DEFINITION, 500, 20, data, false, false, OneProcess.QUIET);

        JsonNode summary = demo.run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("phase").asText()).isEqualTo("complete");
        assertThat(summary.path("files").path("undescribed_changed").asInt()).isZero();
    }

    @Test
    void aSessionsLineIsAConversationAndItsScoreALabel(@TempDir Path data) throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("HOMINEM_ROOT", legacy.toAbsolutePath().toString());
        RunSettings settings = OneProcess.settings(DEFINITION, variables, data.resolve("run"));

        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            DemoClient operator = new DemoClient(
                    process.url(), process.token(), process.migration().name());
            operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() ->
                            query(legacy, "SELECT count(*) FROM emotion_labels").equals("79")
                                    && query(legacy, "SELECT count(*) FROM reward_labels")
                                            .equals("74"));

            theTargetHoldsWhatThePlanSays(legacy);

            put(process, "conversations/session_20251209T101500Z%3A16", """
                    {"timestamp":"2025-12-09T11:00:00+00:00","prompt":"hello","response":"hi","chosen":{"scalar_score":0.5}}
                    """);
            put(process, "reward_labels/session_20251209T101500Z%3A16", "{\"empathy\":0.75}");

            List<String> lines =
                    Files.readAllLines(legacy.resolve("data/online_feedback/session_20251209T101500Z.jsonl"));
            assertThat(lines).hasSize(16);
            assertThat(lines.get(15))
                    .isEqualTo(
                            "{\"timestamp_utc\":\"2025-12-09T11:00:00Z\",\"prompt\":\"hello\",\"chosen\":{\"text\":\"hi\",\"scalar_score\":0.5,\"reward\":{\"empathy\":0.75}}}");
            assertThat(query(
                            legacy,
                            "SELECT session_id || ' ' || response || ' ' || empathy || ' ' || c.metadata FROM conversations c"
                                    + " JOIN reward_labels r ON r.conversation_id = c.id"
                                    + " WHERE c.conversation_id = 'session_20251209T101500Z:16'"))
                    .isEqualTo("session_20251209T101500Z hi 0.75 {\"chosen\":{\"scalar_score\":0.5}}");
            theThreeOperationsGiveWhatTheViewsShow(process, data, legacy);
        }
    }

    private static void theTargetHoldsWhatThePlanSays(Path legacy) throws SQLException {
        assertThat(query(
                        legacy,
                        "SELECT count(*) || ' ' || count(session_id) || ' ' || count(timestamp) FROM conversations"))
                .isEqualTo("94 26 24");
        assertThat(query(legacy, "SELECT count(*) FROM reward_labels")).isEqualTo("74");
        assertThat(query(
                        legacy,
                        "SELECT count(*) FROM emotion_labels e JOIN conversations c ON c.id = e.conversation_id"
                                + " AND c.conversation_id = json_extract(e.metadata, '$.conversation_id')"))
                .isEqualTo("79");
        assertThat(query(
                        legacy,
                        "SELECT group_concat(batch_type || ' ' || ifnull(record_count, '-'), ', ') FROM"
                                + " (SELECT * FROM training_batches ORDER BY json_extract(metadata, '$.run_id'))"))
                .isEqualTo("preference 9007199254740993, preference 524, preference 37, reward_model -, sft 0");
        assertThat(query(legacy, "SELECT count(*) FROM pragma_foreign_key_check"))
                .isEqualTo("0");
    }

    /** Also skipped, with what comes before it shown as not run, where Python or curl is not installed. */
    private static void theThreeOperationsGiveWhatTheViewsShow(ChangeoverProcess process, Path data, Path legacy)
            throws Exception {
        Map<String, String> environment = Map.of(
                "CHANGEOVER_DATA_DIR", data.resolve("run").toString(),
                "CHANGEOVER_URL", process.url(),
                "CHANGEOVER_TOKEN", process.token());

        JsonNode gave =
                Script.Language.PYTHON.run("hominem_example", environment).json();
        Script page = Script.page("docs/recipes/hominem.md", environment);

        assertThat(page.exitCode()).as(page.output()).isZero();
        assertThat(gave.at("/inserted/category").asText()).isEqualTo("greeting");
        assertThat(gave.path("labeled").size())
                .isPositive()
                .asString()
                .isEqualTo(
                        query(
                                legacy,
                                "SELECT count(*) FROM labeled_conversations WHERE timestamp >= '2025-12-10' AND emotion_labels >= 1"));
        StringBuilder distribution = new StringBuilder();
        for (JsonNode group : gave.path("distribution")) {
            distribution.append("%s %s %d, "
                    .formatted(
                            group.get(0).isNull() ? "-" : group.get(0).asText(),
                            group.get(1).asText(),
                            group.get(2).asInt()));
        }
        assertThat(distribution.toString())
                .isEqualTo(query(
                        legacy,
                        "SELECT group_concat(ifnull(day, '-') || ' ' || labeler || ' ' || labels || ', ', '') FROM"
                                + " (SELECT * FROM emotion_distribution ORDER BY ifnull(day, ''), labeler)"));
        assertThat(
                        query(
                                legacy,
                                "SELECT json_extract(metadata, '$.category') FROM conversations WHERE conversation_id = 'said-4711'"))
                .isEqualTo("greeting");
    }

    private static void put(ChangeoverProcess process, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> written = HTTP.send(
                HttpRequest.newBuilder(
                                URI.create(process.url() + "/v1/hominem/" + path + "?wait=both&timeout_ms=30000"))
                        .header("Authorization", "Bearer " + process.token())
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
    }

    private static String query(Path legacy, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + legacy.resolve("storage/conversations.db"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
