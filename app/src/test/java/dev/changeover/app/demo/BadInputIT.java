package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is broken in the legacy files, all the way: it is named, everything else goes on, and somebody can settle it. */
class BadInputIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String TIMES =
            "\"created_at\":\"2025-09-01T00:00:00Z\",\"updated_at\":\"2025-09-01T00:00:00Z\"";

    /** Bytes of user documents that cannot be moved, by id; ISO 8859-1, so that they may be no UTF-8. */
    private static final Map<String, String> BAD_USERS = new TreeMap<>(Map.of(
            "cutoff", "{\"id\":\"cutoff\",\"profile\":{",
            "truncated", "{\"id\":\"truncated\",\"name\":\"Tru",
            "wrongtype", "{\"id\":\"wrongtype\",\"created_at\":[],\"updated_at\":\"2025-09-01T00:00:00Z\"}",
            "twice", "{\"id\":\"twice\",\"name\":\"a\",\"name\":\"b\"," + TIMES + "}",
            "overlong", "{\"id\":\"overlong\",\"name\":\"" + "x".repeat(300) + "\"," + TIMES + "}",
            "nul", "{\"id\":\"nul\",\"name\":\"a\\u0000b\"," + TIMES + "}",
            "latin", "{\"id\":\"latin\",\"name\":\"Ren\u00e9\"," + TIMES + "}",
            "lone", "{\"id\":\"lone\",\"name\":\"\\ud800\"," + TIMES + "}",
            "infinite", "{\"id\":\"infinite\",\"profile\":{\"n\":1e400000}," + TIMES + "}"));

    @TempDir
    static Path data;

    private static Path legacy;
    private static Donna donna;

    @BeforeAll
    static void badFilesLieAmongTheGoodOnes() throws Exception {
        legacy = Donna.legacyIn(data);
        for (Map.Entry<String, String> bad : BAD_USERS.entrySet()) {
            Files.write(user(bad.getKey()), bad.getValue().getBytes(StandardCharsets.ISO_8859_1));
        }
        Files.writeString(user("good"), "{\"id\":\"good\",\"name\":\"Good\"," + TIMES + "}");
        for (String chat : new String[] {"orphan", "forlorn"}) {
            Files.writeString(
                    legacy.resolve("data/chat_sessions/" + chat + ".json"),
                    "[{\"role\":\"user\",\"content\":\"anybody?\",\"timestamp\":\"2025-09-01T00:00:00Z\"}]");
        }
        donna = Donna.moved(data);
    }

    @AfterAll
    static void stop() {
        donna.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncated", "wrongtype", "twice", "overlong", "nul", "latin", "lone", "infinite"})
    void aBadDocumentIsADeadLetterThatNamesItAndStaysAsItIs(String id) throws Exception {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(letterFrom("users/" + id + ".json")
                                .path("reason")
                                .asText())
                        .isNotBlank());

        assertThat(Files.readString(user(id), StandardCharsets.ISO_8859_1)).isEqualTo(BAD_USERS.get(id));
        assertThat(donna.query("SELECT count(*) FROM users WHERE extra::text LIKE '%\"" + id + "\"%'"))
                .isEqualTo("0");
    }

    @Test
    void aListIsReadPageByPageAndNothingIsLeftOutOrTwice() throws Exception {
        await().atMost(LIMIT)
                .until(() -> donna.get("/dead-letters").path("items").size() >= BAD_USERS.size());
        List<String> all = ids(donna.get("/dead-letters"));
        List<String> paged = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = donna.get("/dead-letters?limit=2" + next);
            paged.addAll(ids(page));
            next = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").asText();
        } while (!next.isEmpty());

        assertThat(paged).doesNotHaveDuplicates().containsAll(all);
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.path("items").forEach(item -> ids.add(item.path("id").asText()));
        return ids;
    }

    @Test
    void everythingElseGoesOnAndNothingIsTakenForADelete() throws Exception {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(donna.query("SELECT count(*) FROM users WHERE name = 'Good'"))
                        .isEqualTo("1"));

        JsonNode counters = donna.get("/status").path("counters");
        assertThat(counters.path("writes").asLong())
                .isEqualTo(counters.path("changes").asLong()
                        + counters.path("dead_letters").asLong()
                        + counters.path("duplicates").asLong()
                        + counters.path("beaten_snapshot_reads").asLong());
        assertThat(Files.readString(user("good"))).contains("\"Good\"");
    }

    @Test
    void anOrphanIsADeadLetterThatNamesFileRecordAndWhatIsMissingUntilItIsThere() throws Exception {
        JsonNode letter = await().atMost(LIMIT)
                .until(() -> letterFrom("chat_sessions/orphan.json"), found -> found.hasNonNull("id"));
        assertThat(letter.path("side").asText()).isEqualTo("target");
        assertThat(letter.path("reason").asText()).contains("messages orphan/", "chat_sessions orphan", "not there");
        ObjectNode options =
                Donna.MAPPER.createObjectNode().put("id", letter.path("id").asText());
        assertThat(donna.operation("retry", options).path("open").asInt()).isEqualTo(1);

        HttpResponse<String> parent = donna.put("/chat_sessions/orphan", """
                {"user_id":null,"created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z","message_count":1}
                """);
        assertThat(parent.statusCode()).as(parent.body()).isEqualTo(200);
        JsonNode retried = donna.operation("retry", options);

        assertThat(retried.path("settled").asInt()).as(retried.toPrettyString()).isEqualTo(1);
        assertThat(letterFrom("chat_sessions/orphan.json").isMissingNode()).isTrue();
    }

    @Test
    void aWaivedLetterIsNobodysAnyMoreAndTheAuditSaysWhy() throws Exception {
        JsonNode letter = await().atMost(LIMIT)
                .until(() -> letterFrom("chat_sessions/forlorn.json"), found -> found.hasNonNull("id"));
        ObjectNode options =
                Donna.MAPPER.createObjectNode().put("id", letter.path("id").asText());

        assertThat(donna.start("waive", options).statusCode()).isEqualTo(400);
        donna.operation("waive", options.deepCopy().put("reason", "a test chat of 2019"));

        assertThat(letterFrom("chat_sessions/forlorn.json").isMissingNode()).isTrue();
        assertThat(donna.get("/audit").toString()).contains("waive", "a test chat of 2019");
        assertThat(donna.start("retry", options).statusCode()).isEqualTo(404);
    }

    @Test
    void aFileThatWasMendedIsReadAgain() throws Exception {
        ObjectNode options = Donna.MAPPER
                .createObjectNode()
                .put("id", letterFrom("users/cutoff.json").path("id").asText());
        assertThat(donna.operation("retry", options).path("open").asInt()).isEqualTo(1);

        Files.writeString(user("cutoff"), "{\"id\":\"cutoff\",\"name\":\"Mended\"," + TIMES + "}");
        JsonNode retried = donna.operation("retry", options);

        assertThat(retried.path("settled").asInt()).as(retried.toPrettyString()).isEqualTo(1);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(donna.query("SELECT count(*) FROM users WHERE name = 'Mended'"))
                        .isEqualTo("1"));
    }

    @Test
    void aRejectedWriteThatIsRetriedDoesNotUndoANewerOne() throws Exception {
        donna.send(donna.key("users", "hasty"), "{\"op\":\"u\",\"patch\":{\"name\":\"Older\"},\"ts_ms\":1}");
        JsonNode letter =
                await().atMost(LIMIT).until(() -> letterFrom("users/hasty.json"), found -> found.hasNonNull("id"));
        assertThat(letter.path("reason").asText()).contains("there is none");
        HttpResponse<String> newer = donna.put("/users/hasty", "{\"name\":\"Newer\"," + TIMES + "}");
        assertThat(newer.statusCode()).as(newer.body()).isEqualTo(200);

        JsonNode retried = donna.operation(
                "retry",
                Donna.MAPPER.createObjectNode().put("id", letter.path("id").asText()));

        assertThat(retried.path("open").asInt()).as(retried.toPrettyString()).isEqualTo(1);
        assertThat(retried.toString()).contains("that is newer");
        assertThat(Files.readString(user("hasty"))).contains("\"Newer\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "..%2F..%2Fevil", "a%2Fb", "c:d", "GOOD", "%00"})
    void aKeyThatNoFileMayBeNamedLikeStaysInItsFolder(String id) throws Exception {
        HttpResponse<String> answer = donna.put("/users/" + id, "{\"name\":\"Key\"," + TIMES + "}");

        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 499);
        assertThat(Files.readString(user("good"))).contains("\"Good\"");
        // Below run the broker makes and removes files all the time.
        for (Path folder : List.of(data, data.resolve("legacy"), data.resolve("legacy/data"))) {
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("evil"));
            }
        }
        try (Stream<Path> files = Files.walk(legacy.resolve("data"))) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("evil"));
        }
    }

    private static JsonNode letterFrom(String file) {
        for (JsonNode letter : donna.get("/dead-letters").path("items")) {
            String names = letter.path("origin").asText() + letter.path("id").asText() + letter.path("key");
            if (names.contains(file) || names.contains("\"" + id(file) + "\"")) {
                return letter;
            }
        }
        return Donna.MAPPER.missingNode();
    }

    private static String id(String file) {
        return file.replaceFirst("^.*/", "").replaceFirst("\\.json$", "");
    }

    private static Path user(String id) {
        return legacy.resolve("data/users/" + id + ".json");
    }
}
