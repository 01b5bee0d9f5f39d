package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others changed on a side becomes again what the log says, or the log takes it over. */
class RepairIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
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

    private static ObjectNode options() {
        return Donna.MAPPER.createObjectNode();
    }
}
