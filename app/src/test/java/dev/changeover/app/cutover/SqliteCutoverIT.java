package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.demo.OneProcess;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.RunSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a JSON file to SQLite, over and back again. */
class SqliteCutoverIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "singularity-forge", "migration.yaml");
    private static final String FILE = ".sf/model-performance.json";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void theFileHasEveryOutcomeAfterTheWayOverAndBack(@TempDir Path data) throws Exception {
        Path legacy = data.resolve("legacy");
        Files.createDirectories(legacy.resolve(".sf"));
        Files.copy(DEFINITION.resolveSibling("sample").resolve(FILE), legacy.resolve(FILE));
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("SINGULARITY_FORGE_ROOT", legacy.toAbsolutePath().toString());
        RunSettings settings = OneProcess.settings(DEFINITION, variables, data.resolve("run"));
        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            record(process, "during-dual-write");
            Operator operator = new Operator(process).prepare();

            JsonNode over = operator.operation("cutover");

            assertThat(over.path("state").asText()).as(over.toPrettyString()).isEqualTo("succeeded");
            assertThat(operator.get("/primary").path("primary").asText()).isEqualTo("target");
            record(process, "after-cutover");

            JsonNode back = operator.operation("rollback");

            assertThat(back.path("state").asText()).as(back.toPrettyString()).isEqualTo("succeeded");
            assertThat(operator.get("/primary").path("primary").asText()).isEqualTo("legacy");
            record(process, "after-rollback");
        }
        // 42 in the sample
        assertThat(Files.readString(legacy.resolve(FILE)))
                .contains("\"gpt-4o\": {\n      \"successes\": 45,\n      \"failures\": 3,");
    }

    private static void record(ChangeoverProcess process, String event) throws IOException, InterruptedException {
        HttpResponse<String> written = HTTP.send(
                HttpRequest.newBuilder(URI.create(process.url()
                                + "/v1/singularity-forge/model_outcomes/execute-task/gpt-4o/" + event
                                + "?wait=both&timeout_ms=30000"))
                        .header("Authorization", "Bearer " + process.token())
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString("""
                                        {"success":true,"timeout":false,"tokens_used":10,"cost_usd":0.25,"timestamp":"2026-05-07T08:00:00.000Z"}
                                        """))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
    }
}
