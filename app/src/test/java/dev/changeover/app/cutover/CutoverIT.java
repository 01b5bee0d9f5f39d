package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.Role;
import dev.changeover.app.process.RunSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The primary of donna is switched while clients write and read, on real Kafka, PostgreSQL and files. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CutoverIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final String USER =
            "{\"name\":\"%s\",\"email\":\"%s@example.com\",\"created_at\":\"2025-09-01T00:00:00Z\",\"updated_at\":\"2025-09-01T00:00:00Z\"}";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init") // before all tests
    private static ChangeoverProcess process;

    /** A gateway and nothing else. */
    @SuppressWarnings("NullAway.Init")
    private static ChangeoverProcess second;

    @SuppressWarnings("NullAway.Init")
    private static ChangeoverProcess targetSink;

    @SuppressWarnings("NullAway.Init")
    private static Map<String, String> variables;

    @SuppressWarnings("NullAway.Init")
    private static Operator operator;

    @BeforeAll
    static void start() throws Exception {
        Path legacy = data.resolve("legacy");
        copyTree(DEFINITION.resolveSibling("sample"), legacy);
        variables = new HashMap<>(System.getenv());
        variables.put("DONNA_ROOT", legacy.toAbsolutePath().toString());
        process = start("run", EnumSet.complementOf(EnumSet.of(Role.TARGET_SINK)), "");
        operator = new Operator(process);
        variables.put("DATABASE_URL", endpoint().path("target").asText());
        second = startBeside("second", Role.GATEWAY);
        targetSink = startBeside("target-sink", Role.TARGET_SINK);
    }

    private static ChangeoverProcess startBeside(String folder, Role role) throws Exception {
        return start(folder, EnumSet.of(role), endpoint().path("bootstrap").asText());
    }

    private static ChangeoverProcess start(String folder, EnumSet<Role> roles, String bootstrap) throws Exception {
        return ChangeoverProcess.start(
                new RunSettings(
                        DEFINITION,
                        new Environment(variables),
                        data.resolve(folder),
                        roles,
                        bootstrap,
                        Map.of(),
                        "127.0.0.1",
                        0,
                        false),
                words -> {});
    }

    @AfterAll
    static void stop() {
        targetSink.close();
        second.close();
        process.close();
    }

    /** Each test finds its users, also if it is run again by itself. */
    @BeforeEach
    void users() {
        for (String user : List.of("r0", "r1", "r2", "r3", "r4", "r5")) {
            if (operator.get("/users/" + user).path("status").asInt() == 404) {
                HttpResponse<String> written = operator.put("/users/" + user + "?wait=both", USER.formatted("0", user));
                assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
            }
        }
    }

    @Test
    @Order(1)
    void whileTheGateIsClosedItIsRefusedWithTheReasonsAndNothingChanges() {
        operator.operation("backfill");

        HttpResponse<String> refused = operator.post("/operations/cutover", Operator.options());

        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(refused.body()).contains("deep scan since the backfill").contains("\"gate\"");
        assertThat(operator.get("/status").path("phase").asText()).isEqualTo("dual-write");
    }

    @Test
    @Order(2)
    void atTwoGatewaysNoWriteIsRefusedOrLostAndNoReadIsStaleThroughCutoverAndRollback() {
        operator.prepare();
        Registers registers = new Registers(List.of(process.url(), second.url()), process.token(), 6).start(3);
        try (registers) {
            JsonNode dry = operator.operation("cutover", Operator.options().put("dry_run", true));
            assertThat(dry.path("state").asText()).as(dry.toPrettyString()).isEqualTo("succeeded");
            assertThat(operator.get("/primary").path("primary").asText()).isEqualTo("legacy");

            for (String kind : List.of("cutover", "rollback", "cutover")) {
                JsonNode switched = operator.operation(kind);

                assertThat(switched.path("state").asText())
                        .as(switched.toPrettyString())
                        .isEqualTo("succeeded");
                assertThat(operator.get("/primary").path("primary").asText())
                        .isEqualTo(kind.equals("cutover") ? "target" : "legacy");
                long before = registers.writes.get();
                Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> registers.writes.get() > before + 20);
            }
        }

        assertThat(registers.refused).isEmpty();
        assertThat(registers.stale).isEmpty();
        assertThat(registers.longestMillis.get()).isLessThan(20_000);
        assertThat(registers.reads.get()).isGreaterThan(50);
        Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            assertThat(registers.lost("legacy")).isEmpty();
            assertThat(registers.lost("target")).isEmpty();
        });
        JsonNode certificates = operator.get("/certificates").path("items");
        JsonNode last = certificates.get(certificates.size() - 1);
        assertThat(last.path("equal").asBoolean()).isTrue();
        assertThat(last.path("entities").path("users").path("legacy"))
                .isEqualTo(last.path("entities").path("users").path("target"));
        assertThat(operator.get("/audit").toString()).contains("cutting-over").contains("rolling-back");
        assertEachIsWhatTheLogAmountsToAtItsBarrier(certificates);
        assertThat(last.path("evidence").path("records_read_again").asInt())
                .as("records that were written between the scan and the barrier")
                .isPositive();
    }

    private static void assertEachIsWhatTheLogAmountsToAtItsBarrier(JsonNode certificates) {
        Set<String> digests = new HashSet<>();
        for (JsonNode certificate : certificates) {
            JsonNode result = check(certificate).path("result");

            assertThat(result.path("confirmed").asBoolean())
                    .as(result.toPrettyString())
                    .isEqualTo(certificate.path("equal").asBoolean());
            if (!certificate.path("equal").asBoolean()) {
                continue; // on a slow machine: a side was behind, and it was looked again
            }
            certificate.path("entities").properties().forEach(entity -> {
                JsonNode counted = result.path("entities").path(entity.getKey());
                assertThat(counted.path("count"))
                        .isEqualTo(entity.getValue().path("target").path("count"));
                assertThat(counted.path("digest"))
                        .isEqualTo(entity.getValue().path("target").path("digest"));
            });
            digests.add(result.path("entities").path("users").path("digest").asText());
        }
        assertThat(digests).hasSizeGreaterThan(1);
    }

    private static JsonNode check(JsonNode certificate) {
        return operator.operation(
                "check-certificate",
                Operator.options().put("id", certificate.path("id").asText()));
    }

    @Test
    @Order(3)
    void aPlantedDifferenceAtTheBarrierIsNamedAndNothingIsSwitched() throws Exception {
        primaryIs("legacy");
        operator.prepare();
        execute("UPDATE users SET name = 'Eve' WHERE email = 'r1@example.com'");

        HttpResponse<String> started = operator.post("/operations/cutover", Operator.options());

        String said = started.body();
        if (started.statusCode() == 202) {
            String id = said.replaceAll(".*\"operation\":\"([^\"]+)\".*", "$1");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> !operator.get("/operations/" + id)
                            .path("state")
                            .asText()
                            .equals("running"));
            JsonNode operation = operator.get("/operations/" + id);
            assertThat(operation.path("state").asText()).isEqualTo("failed");
            said = operation.path("error").asText();
            assertThat(said)
                    .contains("r1")
                    .contains("name")
                    .contains("target side")
                    .contains("Eve");
            JsonNode certificates = operator.get("/certificates").path("items");
            JsonNode result = check(certificates.get(certificates.size() - 1)).path("result");
            assertThat(result.path("confirmed").asBoolean(true)).isFalse();
            assertThat(result.path("reasons").toString()).contains("Eve");
        }
        assertThat(operator.get("/status").path("phase").asText()).as(said).isEqualTo("dual-write");
        assertThat(operator.get("/primary").path("primary").asText()).isEqualTo("legacy");
    }

    @Test
    @Order(4)
    void aShareOfTheReadsIsServedFromTheTargetAndAShadowReadNamesWhatDiffers() {
        String legacy = name("r1", "");
        assertThat(legacy).isNotEqualTo("Eve");

        JsonNode set = operator.operation(
                "reads", Operator.options().put("target", "100%").put("entity", "users"));

        assertThat(set.path("result").path("target").path("users").asInt()).isEqualTo(100);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> name("r1", "").equals("Eve")); // another program has written it there
        assertThat(name("r1", "legacy")).isEqualTo(legacy);

        operator.operation("reads", Operator.options().put("target", "0%").put("shadow", "100%"));

        assertThat(name("r1", "")).isEqualTo(legacy);
        Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            JsonNode reads = operator.get("/status").path("reads");
            assertThat(reads.path("shadow_reads").path("different").asInt()).isPositive();
            JsonNode example = reads.path("examples").get(0);
            assertThat(example.path("key").toString()).contains("r1");
            assertThat(example.path("fields").toString()).contains("name").contains("Eve");
        });
        assertThat(operator.post("/operations/reads", Operator.options().put("target", "110%"))
                        .statusCode())
                .isEqualTo(400);
        operator.operation("reads", Operator.options().put("shadow", "0%"));
        assertThat(operator.get("/audit").toString()).contains("\"reads\"");
    }

    @Test
    @Order(5)
    void ifTheNewPrimarysSinkDiesReadsAreStillServedAndNothingIsSwitchedBackUnproven() throws Exception {
        execute("UPDATE users SET name = '%s' WHERE email = 'r1@example.com'".formatted(name("r1", "legacy")));
        operator.prepare();
        switched("cutover");
        String before = name("r2", "");

        targetSink.close();
        HttpResponse<String> waits = operator.put(
                "/users/r2?wait=published", USER.formatted("on the log, and not on the primary yet", "r2"));
        assertThat(waits.statusCode()).as(waits.body()).isEqualTo(200);
        second.close();
        second = startBeside("second", Role.GATEWAY);
        long began = System.nanoTime();
        JsonNode read = new Operator(second).get("/users/r2");

        assertThat(read.path("fields").path("name").asText())
                .as(read.toString())
                .isEqualTo(before);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        JsonNode back = operator.operation("rollback", Operator.options().put("timeout_ms", 2_000));
        assertThat(back.path("state").asText()).as(back.toPrettyString()).isEqualTo("failed");
        assertThat(operator.get("/primary").path("primary").asText()).isEqualTo("target");

        targetSink = startBeside("target-sink", Role.TARGET_SINK);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> name("r2", "").startsWith("on the log"));
        operator.awaitGate();
    }

    @Test
    @Order(6)
    void whatOthersWriteIntoTheDatabaseAfterTheCutoverIsInTheFilesAndKeptByARollback() throws Exception {
        primaryIs("target");
        execute("UPDATE users SET name = 'by another program' WHERE email = 'r2@example.com'");
        execute("DELETE FROM users WHERE email = 'r3@example.com'");

        Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            assertThat(name("r2", "legacy")).isEqualTo("by another program");
            assertThat(data.resolve("legacy/data/users/r3.json")).doesNotExist();
        });
        execute("UPDATE users SET name = 'just before' WHERE email = 'r4@example.com'");
        JsonNode back = operator.operation("rollback");
        assertThat(back.path("state").asText()).as(back.toPrettyString()).isEqualTo("succeeded");
        assertThat(name("r2", "")).isEqualTo("by another program");
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(name("r4", "")).isEqualTo("just before"));
    }

    @Test
    @Order(7)
    void aTransactionThatIsOpenOverARollbackIsNamedWhenItIsCommittedAndAdopted() throws Exception {
        primaryIs("target");
        try (Connection open = connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("UPDATE users SET name = 'open over it' WHERE email = 'r5@example.com'");
            switched("rollback");
            // What is committed before somebody has looked for the last time is kept, as if it came before the
            // rollback.
            Awaitility.await()
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().equals("after-rollback")));
            open.commit();
        }

        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(operator.get("/mismatches").toString())
                        .contains("r5", "unexpected", "open over it"));
        JsonNode adopted = operator.operation("repair", Operator.options().put("adopt", true));

        assertThat(adopted.path("result").path("left").asInt(-1))
                .as(adopted.toPrettyString())
                .isZero();
        assertThat(name("r5", "")).isEqualTo("open over it");
    }

    @Test
    @Order(8)
    void completeNeedsACutoverAndGivesBackSlotAndLocks() throws Exception {
        assertThat(operator.post("/operations/complete", Operator.options()).statusCode())
                .isEqualTo(409);
        operator.prepare();
        switched("cutover");
        HttpResponse<String> tooEarly = operator.post("/operations/archive", Operator.options());
        assertThat(tooEarly.statusCode()).isEqualTo(409);
        assertThat(tooEarly.body()).contains("Cannot archive in phase cut-over");

        JsonNode completed = operator.operation("complete");

        assertThat(completed.path("state").asText())
                .as(completed.toPrettyString())
                .isEqualTo("succeeded");
        assertThat(operator.get("/status").path("phase").asText()).isEqualTo("complete");
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(query("SELECT count(*)::text FROM pg_replication_slots"))
                        .isEqualTo("0"));
        HttpResponse<String> written = operator.put("/users/after?wait=both", USER.formatted("After", "after"));
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);
        assertThat(data.resolve("legacy/data/users/after.json")).doesNotExist();
        assertThat(data.resolve("legacy/data/users/r1.json")).exists();
        assertThat(operator.post("/operations/rollback", Operator.options()).statusCode())
                .isEqualTo(409);
        whatIsLeftIsArchived();
    }

    private static void whatIsLeftIsArchived() throws Exception {
        HttpResponse<String> withinTheWeek = operator.post(
                "/operations/archive",
                Operator.options().put("older_than_ms", Duration.ofDays(7).toMillis()));
        assertThat(withinTheWeek.statusCode()).isEqualTo(409);
        assertThat(withinTheWeek.body()).contains("Cannot archive yet");
        assertThat(operator.post(
                                "/operations/archive",
                                Operator.options()
                                        .put(
                                                "into",
                                                data.resolve("legacy/in.zip").toString()))
                        .statusCode())
                .isEqualTo(400);

        JsonNode archived = operator.operation("archive", Operator.options().put("remove", true));

        assertThat(archived.path("state").asText())
                .as(archived.toPrettyString())
                .isEqualTo("succeeded");
        JsonNode result = archived.path("result");
        assertThat(result.path("removed")).isEqualTo(result.path("files"));
        assertThat(result.path("certificate").asText()).isNotEmpty();
        assertThat(data.resolve("legacy-archive.zip")).isNotEmptyFile();
        assertThat(data.resolve("legacy/data/users/r1.json")).doesNotExist();
        assertThat(data.resolve("legacy/data/chatbot_settings.json")).exists();
        assertThat(operator.operation("archive").path("result").path("made").asBoolean())
                .isFalse();
        assertThat(operator.get("/status").path("phase").asText()).isEqualTo("complete");
        assertThat(operator.get("/users/r1").path("fields").path("name").asText())
                .isNotEmpty();
    }

    private static void primaryIs(String side) {
        if (!operator.get("/primary").path("primary").asText().equals(side)) {
            operator.prepare();
            switched(side.equals("target") ? "cutover" : "rollback");
        }
    }

    private static void switched(String kind) {
        JsonNode operation = operator.operation(kind);
        assertThat(operation.path("state").asText())
                .as(operation.toPrettyString())
                .isEqualTo("succeeded");
    }

    private static String name(String user, String side) {
        return operator.get("/users/" + user + (side.isEmpty() ? "" : "?side=" + side))
                .path("fields")
                .path("name")
                .asText();
    }

    private static void execute(String sql) throws IOException, SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(String sql) throws IOException, SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Connection connect() throws IOException, SQLException {
        URI target = URI.create(endpoint().path("target").asText());
        String[] login = target.getUserInfo().split(":", 2);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + target.getHost() + ":" + target.getPort() + target.getPath(),
                login[0],
                URLDecoder.decode(login[1], StandardCharsets.UTF_8));
    }

    private static JsonNode endpoint() throws IOException {
        return new ObjectMapper()
                .readTree(data.resolve("run").resolve("endpoint.json").toFile());
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }
}
