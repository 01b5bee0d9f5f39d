package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as an operator types them, each a process, beside all roles on donna's sample. */
class CommandsIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final String ADA = """
            {"name":"Ada","email":"ada@example.com","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
            """;

    @TempDir
    Path data;

    /** What a command left behind. */
    private record Said(int exit, String out, String err) {
        JsonNode json() throws IOException {
            return MAPPER.readTree(out);
        }
    }

    @Test
    void anOperatorFollowsAMigrationFromPlanToMismatch() throws Exception {
        Path legacy = Donna.legacyIn(data);
        Files.writeString(legacy.resolve("data/users/broken.json"), "{\"id\": \"broken\",");

        Said plan = changeover("plan", DEFINITION.toAbsolutePath().toString());
        assertThat(plan.out()).contains("data/users/broken.json:1:17").endsWith("2 findings.\n");
        assertThat(plan.exit()).as(plan.err()).isEqualTo(1);

        Said early = changeover("status", "--data-dir", "run");
        assertThat(early.err()).contains("there is no run/endpoint.json").contains("--url");
        assertThat(early.exit()).isEqualTo(3);

        try (Donna donna = Donna.started(data)) {
            backfills();
            comparesAndNamesWhatCannotBeRead();
            listsAndShowsWhatWasRefused();
            reportsAnEditByHand(donna);
            refusesWhatIsWrong(donna);
        }
    }

    private void backfills() throws Exception {
        Said first = changeover("backfill", "--data-dir", "run");
        assertThat(first.out())
                .endsWith("backfill done: 260 records on the log, 1 refused (`dead-letters list` shows them);"
                        + " phase dual-write\n");
        assertThat(first.exit()).as(first.err()).isZero();

        Said again = changeover("backfill", "--data-dir", "run", "--output", "json");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(again.json().path("result").path("published").asLong()).isEqualTo(260);
        assertThat(again.json().path("progress").path("total").asLong())
                .as("what was counted takes the place of what was guessed")
                .isEqualTo(261);
        assertThat(again.err()).contains("backfill: 261 of 261 records");
    }

    private void comparesAndNamesWhatCannotBeRead() throws Exception {
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            Said status = changeover("status", "--data-dir", "run", "--output", "json");
            assertThat(status.exit()).as(status.err()).isZero();
            assertThat(status.json()
                            .path("entities")
                            .path("users")
                            .path("target")
                            .asLong())
                    .isEqualTo(19);
        });
        Said stream = changeover("verify", "--data-dir", "run");
        assertThat(stream.out()).startsWith("equal\n");
        assertThat(stream.exit()).as(stream.err()).isZero();

        Said deep = changeover("verify", "--deep", "--data-dir", "run");
        assertThat(deep.out())
                .contains("0 records differ, 1 cannot be read")
                .contains("legacy: data/users/broken.json:1:17: Invalid JSON");
        assertThat(deep.exit()).as(deep.err()).isEqualTo(1);

        Said sound = changeover("verify", "--deep", "--entity", "messages", "--data-dir", "run", "--output", "json");
        assertThat(sound.json().path("result").path("verdict").asText()).isEqualTo("equal");
        assertThat(sound.exit()).as(sound.err()).isZero();
    }

    private void listsAndShowsWhatWasRefused() throws Exception {
        Said list = changeover("dead-letters", "list", "--data-dir", "run", "--output", "json");
        assertThat(list.exit()).as(list.err()).isZero();
        assertThat(list.json().path("items")).hasSize(1);
        String id = list.json().path("items").get(0).path("id").asText();

        Said shown = changeover("dead-letters", "show", id, "--data-dir", "run");
        assertThat(shown.out())
                .contains("origin: data/users/broken.json:1:17")
                .contains("content: {\"id\": \"broken\",");
        assertThat(shown.exit()).as(shown.err()).isZero();
    }

    private void reportsAnEditByHand(Donna donna) throws Exception {
        Said none = changeover("mismatches", "--data-dir", "run");
        assertThat(none.out()).isEqualTo("No open mismatches.\n");
        assertThat(none.exit()).as(none.err()).isZero();

        assertThat(donna.put("/users/ada", ADA).statusCode()).isEqualTo(200);
        donna.query("UPDATE users SET name = 'Eve' WHERE email = 'ada@example.com' RETURNING name");

        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            Said one = changeover("mismatches", "--data-dir", "run", "--no-color");
            assertThat(one.out())
                    .startsWith("unexpected users {\"id\":\"ada\"}: target is wrong")
                    .contains("name: legacy \"Ada\", log \"Ada\", target \"Eve\"");
            assertThat(one.exit()).as(one.err()).isEqualTo(1);
        });
        assertThat(changeover("verify", "--data-dir", "run").exit()).isEqualTo(1);
    }

    private void refusesWhatIsWrong(Donna donna) throws Exception {
        Said misspelt = changeover("verify", "--deeep");
        assertThat(misspelt.err()).contains("--deeep").contains("--deep\n");
        assertThat(misspelt.exit()).isEqualTo(2);

        for (List<String> command : List.of(List.of("verify", "--deep"), List.of("backfill"), List.of("repair"))) {
            List<String> whole = new ArrayList<>(command);
            whole.addAll(List.of("--entity", "nosuch", "--data-dir", "run"));
            Said unknown = changeover(whole.toArray(String[]::new));
            assertThat(unknown.err()).contains("Invalid entity \"nosuch\": there are users, chat_sessions, messages,");
            assertThat(unknown.exit()).isEqualTo(2);
        }

        Said absent = changeover("dead-letters", "show", "nonsense", "--data-dir", "run");
        assertThat(absent.err()).contains("There is no dead letter nonsense");
        assertThat(absent.exit()).isEqualTo(2);

        Said stranger = changeover(Map.of("CHANGEOVER_TOKEN", "wrong"), "backfill", "--url", donna.url());
        assertThat(stranger.err()).isEqualTo("Invalid token\n");
        assertThat(stranger.exit()).isEqualTo(4);

        Said nobody = changeover("status", "--url", "http://127.0.0.1:1");
        assertThat(nobody.err()).contains("Cannot reach http://127.0.0.1:1: nothing listens there");
        assertThat(nobody.exit()).isEqualTo(3);
    }

    private Said changeover(String... arguments) throws Exception {
        return changeover(Map.of(), arguments);
    }

    private Said changeover(Map<String, String> variables, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(Launched.java());
        command.addAll(List.of(arguments));
        Path out = data.resolve("out");
        Path err = data.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(data.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("CHANGEOVER_TOKEN");
        builder.environment().put("DONNA_ROOT", data.resolve("legacy").toString());
        builder.environment().putAll(variables);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as("%s ends", String.join(" ", arguments))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
