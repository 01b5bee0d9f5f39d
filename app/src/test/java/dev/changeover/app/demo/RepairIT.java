package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others changed on a side becomes again what the log says, or the log takes it over. */
class RepairIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String USER = """
            {"name":"%s","email":"%s@example.com","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
            """;

    @TempDir
    static Path data;

    private static Donna donna;

    @BeforeAll
    static void donnaIsMoved() throws Exception {
        Donna.legacyIn(data);
        donna = Donna.moved(data);
        for (String id : new String[] {"ada", "bob", "cyd"}) {
            assertThat(donna.put("/users/" + id, USER.formatted(id, id)).statusCode())
                    .isEqualTo(200);
        }
    }

    @AfterAll
    static void stop() {
        donna.close();
    }

    @Test
    void whatDiffersIsWrittenAgainThroughTheLogAndADryRunOnlySaysSo() throws Exception {
        donna.query("UPDATE users SET name = 'Eve' WHERE email = 'ada@example.com' RETURNING name");
        donna.query("DELETE FROM users WHERE email = 'bob@example.com' RETURNING name");
        await().atMost(LIMIT).until(() -> donna.get("/mismatches").path("items").size() == 2);

        JsonNode dry = donna.operation("repair", options().put("dry_run", true));
        assertThat(dry.path("items")).hasSize(2);
        assertThat(dry.path("repaired").asInt()).isZero();
        assertThat(donna.query("SELECT name FROM users WHERE email = 'ada@example.com'"))
                .isEqualTo("Eve");

        JsonNode repaired = donna.operation("repair", options().put("side", "target"));

        assertThat(repaired.path("repaired").asInt())
                .as(repaired.toPrettyString())
                .isEqualTo(2);
        assertThat(repaired.path("left").asInt()).as(repaired.toPrettyString()).isZero();
        assertThat(donna.query("SELECT name FROM users WHERE email = 'ada@example.com'"))
                .isEqualTo("ada");
        assertThat(donna.query("SELECT name FROM users WHERE email = 'bob@example.com'"))
                .isEqualTo("bob");

        donna.query("UPDATE users SET name = 'Cydney' WHERE email = 'cyd@example.com' RETURNING name");
        await().atMost(LIMIT).until(() -> donna.get("/mismatches").path("items").size() == 1);
        JsonNode adopted = donna.operation("repair", options().put("adopt", true));
        assertThat(adopted.path("left").asInt()).as(adopted.toPrettyString()).isZero();
        assertThat(Files.readString(data.resolve("legacy/data/users/cyd.json"))).contains("Cydney");
    }

    @Test
    void rowsWithIdsThatAnotherProgramMadeUpAreNamedByAScanAndAdoptedOrRemoved() throws Exception {
        String kept = donna.query("INSERT INTO users (email, name) VALUES ('own@example.com', 'Own') RETURNING id");
        donna.query(
                "INSERT INTO chat_sessions (chat_id, user_id, title) VALUES ('own-chat', '%s', 'Own') RETURNING chat_id"
                        .formatted(kept));
        String gone = donna.query("INSERT INTO users (email, name) VALUES ('gone@example.com', 'Gone') RETURNING id");
        await().atMost(LIMIT).until(() -> donna.get("/mismatches").path("items").size() == 3);
        assertThat(donna.get("/mismatches").path("items"))
                .allSatisfy(item -> assertThat(item.path("verdict").asText()).isEqualTo("unexpected"));

        JsonNode scan = donna.operation("verify", options().put("deep", true));
        assertThat(scan.path("verdict").asText()).as(scan.toPrettyString()).isEqualTo("differ");

        donna.query("DELETE FROM users WHERE id = '%s' RETURNING id".formatted(gone));
        await().atMost(LIMIT).until(() -> donna.get("/mismatches").path("items").size() == 2);
        JsonNode adopted =
                donna.operation("repair", options().put("adopt", true).put("entity", "users"));
        assertThat(adopted.path("repaired").asInt())
                .as(adopted.toPrettyString())
                .isEqualTo(1);
        JsonNode removed = donna.operation("repair", options().put("entity", "chat_sessions"));
        assertThat(removed.path("repaired").asInt())
                .as(removed.toPrettyString())
                .isEqualTo(1);

        assertThat(Files.readString(data.resolve("legacy/data/users/" + kept + ".json")))
                .contains("own@example.com");
        assertThat(donna.query("SELECT id FROM users WHERE email = 'own@example.com'"))
                .isEqualTo(kept);
        assertThat(donna.query("SELECT count(*) FROM chat_sessions WHERE chat_id = 'own-chat'"))
                .isEqualTo("0");
        JsonNode after = donna.operation("verify", options().put("deep", true));
        assertThat(after.path("verdict").asText()).as(after.toPrettyString()).isEqualTo("equal");
    }

    @Test
    void aRecordThatTheLogDeletedAndSomebodyBroughtBackIsDeletedAgain() throws Exception {
        assertThat(donna.put("/users/dan", USER.formatted("dan", "dan")).statusCode())
                .isEqualTo(200);
        Path file = data.resolve("legacy/data/users/dan.json");
        String restored = Files.readString(file);
        assertThat(donna.delete("/users/dan").statusCode()).isEqualTo(200);

        Files.writeString(file, restored);
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(mismatchesOf("dan")).first(STRING).matches("(extra|unexpected) legacy"));
        JsonNode repaired = donna.operation("repair", options().put("side", "legacy"));

        assertThat(repaired.path("left").asInt()).as(repaired.toPrettyString()).isZero();
        assertThat(file).doesNotExist();
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(mismatchesOf("dan")).isEmpty());
    }

    @Test
    void aRecordThatOthersEditedOnBothSidesIsNamedForEachAndTheOperatorChoosesWhichToAdopt() throws Exception {
        assertThat(donna.put("/users/eli", USER.formatted("eli", "eli")).statusCode())
                .isEqualTo(200);
        Path file = data.resolve("legacy/data/users/eli.json");
        donna.query("UPDATE users SET name = 'from psql' WHERE email = 'eli@example.com' RETURNING name");
        Files.writeString(file, Files.readString(file).replaceFirst("(\"name\"\\s*:\\s*)\"eli\"", "$1\"from vi\""));
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(mismatchesOf("eli")).containsExactly("unexpected legacy", "unexpected target"));

        JsonNode both = donna.operation("repair", options().put("adopt", true));
        assertThat(both.path("failed").asInt()).as(both.toPrettyString()).isEqualTo(2);
        assertThat(both.path("items").path(0).path("reason").asText()).contains("--side legacy or --side target");
        JsonNode adopted =
                donna.operation("repair", options().put("adopt", true).put("side", "legacy"));

        assertThat(adopted.path("left").asInt()).as(adopted.toPrettyString()).isZero();
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(mismatchesOf("eli")).isEmpty());
        assertThat(donna.query("SELECT name FROM users WHERE email = 'eli@example.com'"))
                .isEqualTo("from vi");
        assertThat(Files.readString(file)).contains("from vi");
    }

    private static List<String> mismatchesOf(String user) {
        List<String> found = new ArrayList<>();
        for (JsonNode item : donna.get("/mismatches").path("items")) {
            if (item.path("key").toString().contains("\"" + user + "\"")) {
                found.add(
                        item.path("verdict").asText() + " " + item.path("side").asText());
            }
        }
        return found;
    }

    private static ObjectNode options() {
        return Donna.MAPPER.createObjectNode();
    }
}
