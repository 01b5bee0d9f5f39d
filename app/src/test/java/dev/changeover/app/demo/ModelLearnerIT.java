package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.clients.Script;
import dev.changeover.app.process.ChangeoverProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** singularity-forge's learner as its plan wants it: moved by itself on the first start, and going on when the new store is away. */
class ModelLearnerIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "singularity-forge", "migration.yaml");

    @TempDir
    private Path data;

    private Path legacy;

    private ChangeoverProcess start() {
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("SINGULARITY_FORGE_ROOT", legacy.toAbsolutePath().toString());
        return ChangeoverProcess.start(OneProcess.settings(DEFINITION, variables, data.resolve("run")), words -> {});
    }

    /** @param type of the store, as {@code DATA_STORAGE_TYPE} names it */
    private JsonNode learner(String type, int outcomes, int patienceMillis) throws Exception {
        return Script.Language.JAVASCRIPT
                .run(
                        "model-learner-example",
                        Map.of(
                                "DATA_STORAGE_TYPE",
                                type,
                                "CHANGEOVER_DATA_DIR",
                                data.resolve("run").toString(),
                                "CHANGEOVER_PATIENCE_MS",
                                Integer.toString(patienceMillis)),
                        legacy.toString(),
                        Integer.toString(outcomes))
                .json();
    }

    private static void itHas(JsonNode said, int successes, int failures) {
        assertThat(said.at("/mine/successes").asInt()).as(said.toPrettyString()).isEqualTo(successes);
        assertThat(said.at("/mine/failures").asInt()).as(said.toPrettyString()).isEqualTo(failures);
    }

    @Test
    void itIsMovedOnceGoesOnWithoutItsStoreAndLosesNothing() throws Exception {
        legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        JsonNode before = learner("file", 0, 1);

        try (ChangeoverProcess process = start()) {
            assertThat(process.migration().name()).isEqualTo("singularity-forge");
            JsonNode first = learner("sqlite", 3, 60_000);
            assertThat(first.path("said"))
                    .extracting(JsonNode::asText)
                    .containsExactly("The model performance file has been moved.");
            itHas(first, 2, 1);
            assertThat(first.path("ranked").size())
                    .isEqualTo(before.path("ranked").size() + 1);
        }

        JsonNode away = learner("sqlite", 3, 1_000);
        assertThat(away.at("/said/0").asText()).startsWith("Going on with the JSON file");
        itHas(away, 4, 2);
        assertThat(waiting()).hasSize(3);

        try (ChangeoverProcess process = start()) {
            assertThat(process.migration().name()).isEqualTo("singularity-forge");
            JsonNode again = learner("sqlite", 1, 60_000);
            JsonNode asFile = learner("file", 0, 1);

            assertThat(again.path("said")).isEmpty();
            itHas(again, 4, 3);
            assertThat(waiting()).isEmpty();
            assertThat(asFile).as("the same decisions on both stores").isEqualTo(again);
            assertThat(inTheTarget()).isEqualTo("4 3 7");
        }
    }

    private List<Path> waiting() throws IOException {
        try (Stream<Path> files = Files.list(legacy.resolve(".sf/outcomes-waiting"))) {
            return files.toList();
        }
    }

    private String inTheTarget() throws Exception {
        Path file = legacy.resolve(".sf/model-performance.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT successes || ' ' || failures || ' ' || count(*) FROM model_stats"
                                + " JOIN model_outcomes USING (task_type, model_id) WHERE model_id = 'forge/one'")) {
            return row.getString(1);
        }
    }
}
