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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline on real Kafka, PostgreSQL and files, in one process. */
class DonnaMovesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void donnaIsMovedWhileWritersWriteAndNothingIsLost(@TempDir Path data) throws Exception {
        Demo demo = new Demo(DEFINITION, 2_000, 20, data, false, false, OneProcess.QUIET);

        JsonNode summary = demo.run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("switched").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("phase").asText()).isEqualTo("complete");
        assertThat(summary.path("backfill").path("records").asLong()).isGreaterThan(1_000);
        assertThat(summary.path("verify").path("planted").asText()).isEqualTo("8 of 8");
    }

    @Test
    void aWriteIsOnBothSidesAndAnEditByHandIsNamed(@TempDir Path data) throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("DONNA_ROOT", legacy.toAbsolutePath().toString());
        RunSettings settings = OneProcess.settings(DEFINITION, variables, data.resolve("run"));

        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            DemoClient operator = new DemoClient(
                    process.url(), process.token(), process.migration().name());
            operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});

            HttpResponse<String> written = HTTP.send(
                    HttpRequest.newBuilder(URI.create(process.url() + "/v1/donna/users/ada?wait=both&timeout_ms=30000"))
                            .header("Authorization", "Bearer " + process.token())
                            .header("Content-Type", "application/json")
                            .PUT(HttpRequest.BodyPublishers.ofString("""
                                    {"name":"Ada","email":"ada@example.com","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
                                    """))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
            assertThat(MAPPER.readTree(written.body()).path("applied").toString())
                    .isEqualTo("[\"legacy\",\"target\"]");
            assertThat(Files.readString(legacy.resolve("data/users/ada.json"))).contains("\"name\": \"Ada\"");
            assertThat(query(data, "SELECT name FROM users WHERE email = 'ada@example.com'"))
                    .isEqualTo("Ada");

            query(data, "UPDATE users SET name = 'Eve' WHERE email = 'ada@example.com' RETURNING name");
            Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                JsonNode items = operator.get("/mismatches").path("items");
                assertThat(items).hasSize(1);
                assertThat(items.get(0).path("verdict").asText()).isEqualTo("unexpected");
                assertThat(items.get(0).path("side").asText()).isEqualTo("target");
                assertThat(items.get(0).path("fields").get(0).path("field").asText())
                        .isEqualTo("name");
            });

            Path file = legacy.resolve("data/users/550e8400-e29b-41d4-a716-446655440000.json");
            String before = Files.readString(file);
            Files.writeString(file, before.replaceFirst("\"name\": \"[^\"]*\"", "\"name\": \"Mallory\""));
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(operator.get("/mismatches").path("items"))
                            .anySatisfy(item -> {
                                assertThat(item.path("verdict").asText()).isEqualTo("unexpected");
                                assertThat(item.path("side").asText()).isEqualTo("legacy");
                                assertThat(item.path("key").toString()).contains("550e8400");
                                assertThat(item.path("fields")
                                                .get(0)
                                                .path("field")
                                                .asText())
                                        .isEqualTo("name");
                            }));
        }
    }

    private static String query(Path data, String sql) throws IOException, java.sql.SQLException {
        String url = MAPPER.readTree(
                        data.resolve("run").resolve("endpoint.json").toFile())
                .path("target")
                .asText();
        URI target = URI.create(url);
        String[] login = target.getUserInfo().split(":", 2);
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://" + target.getHost() + ":" + target.getPort() + target.getPath(),
                        login[0],
                        java.net.URLDecoder.decode(login[1], StandardCharsets.UTF_8));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
