package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.init.Init;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.RunSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A definition that nobody has edited carries what is in the files to the other side. */
class InitMovesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @CsvSource({
        "hominem, sqlite:${ROOT}/new.db",
        "cass-vessel, embedded",
        "donna, embedded",
        "stillme, sqlite:${ROOT}/new.db",
        "singularity-forge, sqlite:${ROOT}/new.db",
    })
    void whatInitHasWrittenIsMovedAsItIs(String name, String target, @TempDir Path temp) throws Exception {
        Path legacy = temp.resolve("legacy");
        LegacyEnlarger.copyTree(Path.of("..", "migrations", name, "sample"), legacy);
        JsonNode found = new Init(legacy, "made-of-" + name, target.replace("${ROOT}", temp.toString()), temp).run();
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.remove("DATABASE_URL");
        RunSettings settings = OneProcess.settings(temp.resolve("migration.yaml"), variables, temp.resolve("run"));

        try (ChangeoverProcess process = ChangeoverProcess.start(settings, words -> {})) {
            DemoClient operator = new DemoClient(
                    process.url(), process.token(), process.migration().name());
            JsonNode backfill = operator.operation("backfill", MAPPER.createObjectNode(), progress -> {});
            JsonNode verified =
                    operator.operation("verify", MAPPER.createObjectNode().put("deep", true), progress -> {});

            String all = found.toPrettyString()
                    + Files.readString(temp.resolve("migration.yaml"))
                    + backfill.toPrettyString()
                    + verified.toPrettyString()
                    + operator.get("/dead-letters").toPrettyString();
            JsonNode result = verified.path("result");
            assertThat(result.path("verdict").asText()).as(all).isEqualTo("equal");
            found.path("entities")
                    .properties()
                    .forEach(entity -> assertThat(result.path("entities")
                                    .path(entity.getKey())
                                    .path("target")
                                    .path("count")
                                    .asLong())
                            .as(entity.getKey() + all)
                            .isPositive());
            for (String kind : List.of("cutover", "rollback")) {
                awaitGate(operator);
                JsonNode switched = operator.operation(kind, MAPPER.createObjectNode(), progress -> {});
                assertThat(switched.path("state").asText())
                        .as(switched.toPrettyString() + all)
                        .isEqualTo("succeeded");
            }
        }
    }

    private static void awaitGate(DemoClient operator) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(operator.status().path("gate"))
                        .allSatisfy(
                                condition -> assertThat(condition.path("open").asBoolean())
                                        .as(condition.toString())
                                        .isTrue()));
    }
}
