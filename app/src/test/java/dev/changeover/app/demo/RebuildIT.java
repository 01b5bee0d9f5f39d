package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.ChangeoverProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides of donna, made anew from the log; one process for all tests, written to before the first one only. */
class RebuildIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path data;

    private static ChangeoverProcess process;
    private static DemoClient operator;
    private static String beforeTheLastWrites = "";

    @BeforeAll
    static void donnaIsMovedAndWrittenTo() throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("DONNA_ROOT", legacy.toAbsolutePath().toString());
        process = ChangeoverProcess.start(OneProcess.settings(DEFINITION, variables, data.resolve("run")), words -> {});
        operator = new DemoClient(
                process.url(), process.token(), process.migration().name());
        operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});
        put("ada", "Ada");
        put("bob", "Bob");
        beforeTheLastWrites = Instant.now().toString();
        put("ada", "Ada Lovelace");
        put("cyd", "Cyd");
        send(request("/v1/donna/users/bob?wait=both&timeout_ms=30000").DELETE());
    }

    @AfterAll
    static void stop() {
        process.close();
    }

    @Test
    void theLegacySideRebuiltFromTheLogIsEqualToTheOriginal() throws Exception {
        Path into = data.resolve("rebuilt-legacy");

        JsonNode result = rebuild("legacy", into.toString(), "");

        assertThat(result.path("verdict").asText()).as(result.toPrettyString()).isEqualTo("equal");
        assertThat(result.path("compared_with").asText()).isEqualTo("original");
        assertThat(result.path("entities")
                        .path("users")
                        .path("rebuilt")
                        .path("count")
                        .asLong())
                .isPositive();
        assertThat(result.path("entities").path("messages").path("rebuilt"))
                .isEqualTo(result.path("entities").path("messages").path("original"));
        assertThat(result.path("events_per_second").asLong()).isPositive();
        assertThat(result.path("log_may_forget")).isEmpty();
        assertThat(Files.readString(into.resolve("data/users/ada.json"))).contains("Ada Lovelace");
        assertThat(into.resolve("data/users/bob.json")).doesNotExist();
    }

    @Test
    void theTargetRebuiltFromTheLogIsEqualToTheOriginal() {
        JsonNode result = rebuild("target", "donna_again", "");

        assertThat(result.path("verdict").asText()).as(result.toPrettyString()).isEqualTo("equal");
        assertThat(result.path("compared_with").asText()).isEqualTo("original");
    }

    @Test
    void untilATimeIsWhatTheLogSaidThen() throws Exception {
        Path into = data.resolve("rebuilt-earlier");

        JsonNode result = rebuild("legacy", into.toString(), beforeTheLastWrites);

        assertThat(result.path("verdict").asText()).as(result.toPrettyString()).isEqualTo("equal");
        assertThat(result.path("compared_with").asText()).isEqualTo("log");
        assertThat(Files.readString(into.resolve("data/users/ada.json")))
                .contains("\"Ada\"")
                .doesNotContain("Lovelace");
        assertThat(into.resolve("data/users/bob.json")).exists();
        assertThat(into.resolve("data/users/cyd.json")).doesNotExist();
    }

    @Test
    void aPlaceThatIsNotEmptyIsRefusedAndLeftAsItIs() throws Exception {
        Path into = Files.createDirectory(data.resolve("occupied"));
        Files.writeString(into.resolve("mine.txt"), "mine");

        HttpResponse<String> folder = start("legacy", into.toString(), "");
        HttpResponse<String> itself =
                start("legacy", data.resolve("legacy/again").toString(), "");
        HttpResponse<String> database = start(
                "target",
                MAPPER.readTree(data.resolve("run/endpoint.json").toFile())
                        .path("target")
                        .asText(),
                "");

        assertThat(folder.statusCode()).isEqualTo(422);
        assertThat(folder.body()).contains("it is not empty (mine.txt)");
        assertThat(itself.statusCode()).isEqualTo(400);
        assertThat(itself.body()).contains("lies in the legacy store");
        assertThat(database.statusCode()).isEqualTo(422);
        assertThat(database.body()).contains("it is not empty");
        try (var entries = Files.list(into)) {
            assertThat(entries).hasSize(1);
        }
    }

    @Test
    void aTimeThatIsNoneIsSaid() throws Exception {
        HttpResponse<String> answer = start("legacy", data.resolve("never").toString(), "yesterday");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Invalid until");
        assertThat(data.resolve("never")).doesNotExist();
    }

    private static JsonNode rebuild(String side, String into, String until) {
        JsonNode operation = operator.operation("rebuild", options(side, into, until), progress -> {});
        assertThat(operation.path("state").asText())
                .as(operation.toPrettyString())
                .isEqualTo("succeeded");
        return operation.path("result");
    }

    private static HttpResponse<String> start(String side, String into, String until) throws Exception {
        return HTTP.send(
                request("/v1/donna/operations/rebuild")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                options(side, into, until).toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static ObjectNode options(String side, String into, String until) {
        ObjectNode options = MAPPER.createObjectNode().put("side", side).put("into", into);
        return until.isEmpty() ? options : options.put("until", until);
    }

    private static void put(String id, String name) throws Exception {
        send(request("/v1/donna/users/" + id + "?wait=both&timeout_ms=30000")
                .PUT(HttpRequest.BodyPublishers.ofString("""
                        {"name":"%s","email":"%s@example.com","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
                        """.formatted(name, id))));
    }

    private static void send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(process.url() + path))
                .header("Authorization", "Bearer " + process.token())
                .header("Content-Type", "application/json");
    }
}
