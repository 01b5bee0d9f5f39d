package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.demo.OneProcess;
import dev.changeover.app.process.ChangeoverProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** donna's memories end at their expires_at, on both sides, on real Kafka, PostgreSQL and files. */
class ExpiryIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** Of the sample: one memory of this user's has been due since 2025, another one is not before 2100. */
    private static final String OWNER = "68be0001a1b2c1.07654321_9e3779b97f4a7c15";

    private static final Instant LONG_AGO = Instant.parse("2025-01-01T00:00:00Z");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private ChangeoverProcess process;

    @SuppressWarnings("NullAway.Init")
    private Operator operator;

    @AfterEach
    void stop() {
        process.close();
    }

    private void start() throws IOException {
        Path sample = DEFINITION.resolveSibling("sample");
        Path legacy = data.resolve("legacy");
        try (Stream<Path> files = Files.walk(sample)) {
            for (Path file : files.toList()) {
                Files.copy(file, legacy.resolve(sample.relativize(file).toString()));
            }
        }
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("DONNA_ROOT", legacy.toAbsolutePath().toString());
        variables.put("CHANGEOVER_EXPIRE_SECONDS", "1");
        process =
                ChangeoverProcess.start(OneProcess.settings(withAnEnd(), variables, data.resolve("run")), words -> {});
        operator = new Operator(process);
    }

    /** The definition with the line that it has as a comment. */
    private Path withAnEnd() throws IOException {
        String text = Files.readString(DEFINITION);
        assertThat(text).contains("# expires: expires_at");
        Path definition = data.resolve("migration.yaml");
        Files.writeString(
                definition,
                text.replace("# expires: expires_at", "expires: expires_at")
                        .replace(
                                "schema: schema",
                                "schema: "
                                        + DEFINITION
                                                .resolveSibling("schema")
                                                .toAbsolutePath()
                                                .normalize()));
        return definition;
    }

    private int put(String key, Instant end) {
        return operator.put("/user_memory/ada/note/" + key + "?wait=both&timeout_ms=30000", """
                {"value":"v","created_at":"2025-01-01T00:00:00Z","expires_at":"%s"}
                """.formatted(end))
                .statusCode();
    }

    private int extend(String key) {
        return operator.patch("/user_memory/ada/note/" + key + "?wait=both&timeout_ms=30000", """
                        {"expires_at":"2099-01-01T00:00:00Z"}
                        """)
                .statusCode();
    }

    private boolean isOn(String side, String key) {
        JsonNode answer = operator.get("/user_memory/ada/note/%s?side=%s".formatted(key, side));
        boolean there = answer.has("fields");
        assertThat(there || answer.path("status").asInt() == 404)
                .as(answer.toPrettyString())
                .isTrue();
        return there;
    }

    private boolean isGone(String key) {
        return !isOn("legacy", key) && !isOn("target", key);
    }

    private boolean isThere(String key) {
        return isOn("legacy", key) && isOn("target", key);
    }

    private long dueInTheSample() throws IOException {
        return Files.readString(data.resolve("legacy/data/memory/" + OWNER + ".json"))
                .lines()
                .filter(line -> line.contains("\"expires_at\": \"2025-09-01"))
                .count();
    }

    @Test
    void whatIsDueGoesFromBothSidesFromTheBackfillToTheEndAndWhatWasGivenMoreTimeStays() throws Exception {
        start();
        assertThat(operator.put("/users/ada?wait=both&timeout_ms=30000", """
                {"created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T00:00:00Z"}
                """).statusCode())
                .isEqualTo(200);
        assertThat(put("early", LONG_AGO)).isEqualTo(200);
        await().during(Duration.ofMillis(2_500)).atMost(LIMIT).until(() -> isThere("early") && dueInTheSample() == 1);

        operator.operation("backfill");

        await().atMost(LIMIT).until(() -> isGone("early") && dueInTheSample() == 0);
        assertThat(Files.readString(data.resolve("legacy/data/memory/" + OWNER + ".json")))
                .contains("2099-12-31T23:59:59-08:00");
        givenMoreTimeWhileTheyEnd();
        operator.prepare();
        assertThat(operator.operation("cutover").path("state").asText()).isEqualTo("succeeded");
        assertThat(put("afterwards", LONG_AGO)).isEqualTo(200);
        await().atMost(LIMIT).until(() -> isGone("afterwards"));
        assertThat(operator.operation("verify", Operator.options().put("deep", true))
                        .path("result")
                        .path("verdict")
                        .asText())
                .isEqualTo("equal");
        assertThat(operator.operation("complete").path("state").asText()).isEqualTo("succeeded");
        put("complete", LONG_AGO);
        await().during(Duration.ofMillis(2_500)).atMost(LIMIT).until(() -> isOn("target", "complete"));
    }

    /** Whoever was told that a memory has more time finds it on both sides, whoever was told that there is none on neither. */
    private void givenMoreTimeWhileTheyEnd() {
        for (int lead = 6;
                lead < 100;
                lead *= 4) { // on a slow machine all may have ended before anybody gives them more
            if (givenMoreTimeWhileTheyEnd(Duration.ofSeconds(lead)).containsValue(200)) {
                return;
            }
        }
        throw new AssertionError("None could be given more time");
    }

    private Map<String, Integer> givenMoreTimeWhileTheyEnd(Duration lead) {
        Instant end = Instant.now().plus(lead).truncatedTo(ChronoUnit.MILLIS);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            keys.add("k" + lead.toSeconds() + "-" + i);
        }
        keys.forEach(key -> assertThat(put(key, end)).isEqualTo(200));
        Map<String, Integer> answers = new HashMap<>();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(() -> {
            keys.stream()
                    .filter(key -> !answers.containsKey(key))
                    .findFirst()
                    .filter(key -> Instant.now().isAfter(end.minusMillis(200)))
                    .ifPresent(key -> answers.put(key, extend(key)));
            return answers.size() == keys.size() / 2 || answers.containsValue(404);
        });

        await().atMost(LIMIT)
                .until(() -> keys.stream()
                        .filter(key -> answers.getOrDefault(key, 404) == 404)
                        .allMatch(this::isGone));
        keys.stream()
                .filter(key -> answers.getOrDefault(key, 404) == 200)
                .forEach(key -> assertThat(isThere(key)).as(key).isTrue());
        return answers;
    }
}
