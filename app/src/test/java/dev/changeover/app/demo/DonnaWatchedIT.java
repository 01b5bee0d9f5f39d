package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** donna, written by programs that know nothing of Changeover, with {@code capture: watch}. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DonnaWatchedIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String BRAKE = "no mass deletion held back";

    /** Replaces files, rewrites them in place, adds to documents, and removes, until there is a file named stop. */
    private static final String WRITER = """
            import json, os, sys
            from time import sleep
            root, name, stop = sys.argv[1], sys.argv[2], sys.argv[3]
            AT = "2025-09-01T00:00:00+00:00"
            def replaced(path, value):
                with open(path + ".tmp", "w") as f:
                    json.dump(value, f)
                os.replace(path + ".tmp", path)
            def in_place(path, value):
                with open(path, "w") as f:
                    json.dump(value, f, indent=4)
            def user(i, what):
                return {"id": "%s-%d" % (name, i), "email": "%s-%d@example.com" % (name, i), "name": what, "created_at": AT, "updated_at": AT}
            def user_file(i):
                return "%s/data/users/%s-%d.json" % (root, name, i)
            chat = name + "-chat"
            messages = []
            i = 0
            while not os.path.exists(stop):
                replaced(user_file(i), user(i, "first"))
                if i >= 1:
                    in_place(user_file(i - 1), user(i - 1, "second"))
                if i % 5 == 4:
                    os.remove(user_file(i - 2))
                messages.append({"sequence_number": i + 1, "role": "user", "content": "message %d" % i, "metadata": {}, "created_at": AT})
                replaced("%s/data/chat_sessions/%s_session.json" % (root, chat),
                    {"chat_id": chat, "user_id": None, "title": chat, "metadata": {}, "created_at": AT, "updated_at": AT, "message_count": len(messages)})
                in_place("%s/data/chat_sessions/%s.json" % (root, chat), messages)
                i += 1
                sleep(0.05)
            """;

    /** As the application's logger does. */
    private static final String APPENDER = """
            i=0
            while [ ! -e "$3" ]; do
              printf '{"timestamp":"2025-09-01T00:00:00+00:00","level":"INFO","message":"line","trace_id":"%s-%d","context":{}}\n' "$2" $i |
                cat >> "$1/api/logs/info.log"
              i=$((i+1))
              sleep 0.05
            done
            """;

    @TempDir
    static Path data;

    private static Watching donna;
    private static final List<Process> WRITERS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        donna = Watching.start("donna", data);
    }

    @AfterAll
    static void stop() {
        WRITERS.forEach(Process::destroyForcibly);
        donna.close();
    }

    @Test
    @Order(1)
    void aScriptAndCatThatWriteDuringTheBackfillAndAfterLoseNothing() throws Exception {
        Runnable stopped = writersAtWork("app");

        donna.operation("backfill", Watching.options());
        long after = lines("app");
        await().atMost(LIMIT).until(() -> lines("app") > after + 30);
        stopped.run();

        donna.awaitEqual();
        assertThat(donna.capture().path("captured").asLong()).isPositive();
        assertThat(donna.query("SELECT count(*) FROM users WHERE email LIKE 'app-%'"))
                .isEqualTo(Long.toString(users("app").size()));
        assertThat(donna.query("SELECT count(*) FROM users WHERE email LIKE 'app-%' AND name = 'first'"))
                .isEqualTo("1"); // the last one
        assertThat(donna.query("SELECT count(*) FROM system_logs WHERE trace_id LIKE 'app-%'"))
                .isEqualTo(Long.toString(lines("app")));
        assertThat(donna.query(
                        "SELECT count(*) = s.message_count FROM messages m JOIN chat_sessions s ON s.id = m.chat_session_id"
                                + " WHERE s.chat_id = 'app-chat' GROUP BY s.message_count"))
                .isEqualTo("t");
    }

    @Test
    @Order(2)
    void aHalfWrittenFileIsWaitedForAndIsNoDelete() throws Exception {
        Path file = user("torn");
        Files.writeString(file, json("torn", "whole"));
        donna.awaitQuery("SELECT name FROM users WHERE email = 'torn@example.com'", "whole");

        Files.writeString(file, json("torn", "again whole").substring(0, 40));

        await().during(Duration.ofSeconds(2))
                .atMost(LIMIT)
                .until(() -> donna.query("SELECT name FROM users WHERE email = 'torn@example.com'")
                        .equals("whole"));
        Files.writeString(file, json("torn", "again whole"));
        donna.awaitQuery("SELECT name FROM users WHERE email = 'torn@example.com'", "again whole");
    }

    @Test
    @Order(3)
    void whatTheLegacyStoreRefusedIsNotTakenForADeleteOfTheApplications() throws Exception {
        Path file = donna.legacy().resolve("data/chat_sessions/gap.json");
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, 100));
        donna.put("/messages/gap/9?wait=published", """
                {"role":"user","content":"refused","created_at":"2025-09-01T00:00:00Z"}""");
        await().atMost(LIMIT)
                .until(() -> donna.get("/dead-letters").path("items").size() == 1);

        Files.writeString(file, whole);

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(donna.get("/mismatches").path("items"))
                        .anySatisfy(
                                item -> assertThat(item.path("side").asText()).isEqualTo("legacy")));
        await().during(Duration.ofSeconds(3))
                .atMost(LIMIT)
                .until(() -> donna.query("SELECT count(*) FROM messages WHERE content = 'refused'")
                        .equals("1"));
        donna.operation("retry", Watching.options().put("entity", "messages"));
        assertThat(Files.readString(file)).contains("refused");
        donna.awaitEqual();
    }

    @Test
    @Order(4)
    void whenMuchIsGoneAtOnceNothingIsDeletedUntilTheOperatorSaysSo() throws Exception {
        for (int i = 0; i < 90; i++) {
            Files.writeString(user("many-" + i), json("many-" + i, "many"));
        }
        donna.awaitQuery("SELECT count(*) FROM users WHERE email LIKE 'many-%'", "90");

        Path elsewhere = Files.createDirectory(data.resolve("elsewhere"));
        moveAll(user("any").getParent(), elsewhere);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(donna.gate(BRAKE).path("open").asBoolean(true))
                        .isFalse());
        assertThat(donna.gate(BRAKE).path("reason").asText()).contains("users").contains("accept-deletes");
        assertThat(donna.query("SELECT count(*) FROM users WHERE email LIKE 'many-%'"))
                .isEqualTo("90");

        moveAll(elsewhere, user("any").getParent());
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(donna.gate(BRAKE).path("open").asBoolean()).isTrue());
        assertThat(donna.query("SELECT count(*) FROM users WHERE email LIKE 'many-%'"))
                .isEqualTo("90");

        moveAll(user("any").getParent(), elsewhere);
        await().atMost(LIMIT).until(() -> donna.capture().path("held_deletes").asInt() >= 90);
        JsonNode accepted = donna.operation("accept-deletes", Watching.options().put("entity", "users"));
        assertThat(accepted.path("accepted").asInt()).as(accepted.toString()).isGreaterThanOrEqualTo(90);
        donna.awaitQuery("SELECT count(*) FROM users WHERE email LIKE 'many-%'", "0");
        donna.awaitEqual();
    }

    @Test
    @Order(5)
    void theApplicationWritesOnThroughACutoverAndIsFollowedAgainAfterTheRollback() throws Exception {
        if (!donna.gate("backfill done").path("open").asBoolean()) {
            donna.operation("backfill", Watching.options()); // this test alone
        }
        Runnable stopped = writersAtWork("over");
        donna.awaitGateWithScans();

        donna.operation("cutover", Watching.options());

        assertThat(donna.get("/primary").path("primary").asText()).isEqualTo("target");
        stopped.run();
        await().pollDelay(Duration.ofSeconds(4)).until(() -> true); // its last writes are captured
        Files.writeString(user("late"), json("late", "after the cutover"));
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(donna.get("/mismatches").path("items"))
                        .anySatisfy(item -> {
                            assertThat(item.path("verdict").asText()).isEqualTo("unexpected");
                            assertThat(item.path("side").asText()).isEqualTo("legacy");
                            assertThat(item.path("key").toString()).contains("late");
                        }));
        assertThat(donna.query("SELECT name FROM users WHERE email = 'late@example.com'"))
                .isEmpty();

        donna.operation("repair", Watching.options().put("adopt", true));
        donna.operation("verify", Watching.options().put("deep", true));
        donna.awaitGate();
        donna.operation("rollback", Watching.options());
        Files.writeString(user("late"), json("late", "after the rollback"));

        donna.awaitQuery("SELECT name FROM users WHERE email = 'late@example.com'", "after the rollback");
        donna.awaitEqual();
        assertThat(donna.query("SELECT count(*) FROM users WHERE email LIKE 'over-%'"))
                .isEqualTo(Long.toString(users("over").size()));
    }

    @Test
    @Order(6)
    void whatTheApplicationWroteWhileNothingRanIsFoundAtTheNextStart() throws Exception {
        donna.close();
        Files.writeString(user("late"), json("late", "while nothing ran"));
        Files.writeString(user("night"), json("night", "new"));
        Files.delete(user("torn"));
        Files.writeString(
                donna.legacy().resolve("api/logs/info.log"),
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"INFO\",\"message\":\"\",\"trace_id\":\"night-1\"}\n",
                StandardOpenOption.APPEND);

        donna = Watching.again("donna", data);

        donna.awaitQuery("SELECT name FROM users WHERE email = 'late@example.com'", "while nothing ran");
        donna.awaitQuery("SELECT count(*) FROM users WHERE email = 'night@example.com'", "1");
        donna.awaitQuery("SELECT count(*) FROM users WHERE email = 'torn@example.com'", "0");
        donna.awaitQuery("SELECT count(*) FROM system_logs WHERE trace_id = 'night-1'", "1");
    }

    /** Starts both; they have stopped when what is returned was run. */
    private static Runnable writersAtWork(String name) throws IOException {
        Path script = Files.writeString(data.resolve(name + ".py"), WRITER);
        Path stop = data.resolve(name + ".stop");
        String root = donna.legacy().toAbsolutePath().toString();
        List<Process> started = new ArrayList<>();
        try {
            started.add(new ProcessBuilder("python3", script.toString(), root, name, stop.toString())
                    .inheritIO()
                    .start());
        } catch (IOException e) {
            assumeTrue(false, "python3 is not installed: the script that writes JSON files cannot run");
        }
        started.add(new ProcessBuilder("sh", "-c", APPENDER, "sh", root, name, stop.toString())
                .inheritIO()
                .start());
        WRITERS.addAll(started);
        return () -> {
            try {
                Files.writeString(stop, "");
                for (Process writer : started) {
                    assertThat(writer.waitFor(10, TimeUnit.SECONDS)).isTrue();
                    assertThat(writer.exitValue()).isZero();
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static Path user(String id) {
        return donna.legacy().resolve("data/users/" + id + ".json");
    }

    private static List<Path> users(String name) throws IOException {
        try (Stream<Path> files = Files.list(user("any").getParent())) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + "-"))
                    .toList();
        }
    }

    private static long lines(String name) throws IOException {
        try (Stream<String> lines = Files.lines(donna.legacy().resolve("api/logs/info.log"))) {
            return lines.filter(line -> line.contains("\"" + name + "-")).count();
        }
    }

    private static void moveAll(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("many-"))
                    .toList()) {
                Files.move(file, to.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static String json(String id, String name) {
        return """
                {"id":"%s","email":"%s@example.com","name":"%s","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}""".formatted(id, id, name);
    }
}
