package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A second daemon beside cass, in the same database: a process, a log, files and a definition of its own, made as
 * migrations/cass-vessel/README.md says; the users are shared.
 */
class SecondDaemonIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path CASS = Path.of("..", "migrations", "cass-vessel");
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String CASS_ID = "272983cd-c3e1-5574-a284-49ab0aebafaa";
    private static final String DORA_ID = "5b1f6d0e-0000-5000-8000-00000000d04a";
    private static final String SHARED_USER = "935096c9-acc5-46f3-b969-ac3e09068a15";
    private static final String JOURNAL = "/journals/2025-11-07";

    @TempDir
    private Path folder;

    @Test
    void twoDaemonsMoveIntoOneDatabaseAtOnceAndEachIsSwitchedByItself() throws Exception {
        Path cassFiles = folder.resolve("cass-files");
        Path doraFiles = folder.resolve("dora-files");
        LegacyEnlarger.copyTree(CASS.resolve("sample"), cassFiles);
        filesOfDora(doraFiles);
        Map<String, String> variables = new HashMap<>();
        variables.put("CASS_VESSEL_ROOT", cassFiles.toString());
        variables.put("DORA_ROOT", doraFiles.toString());
        try (RunningRoles cass =
                new RunningRoles(CASS.resolve("migration.yaml"), folder.resolve("cass-run"), variables).awaitReady()) {
            DemoClient ofCass = new DemoClient(cass.url(), cass.token(), "cass-vessel");
            succeeds(ofCass, "backfill", options());
            execute("INSERT INTO daemons (id, name, created_at, kernel_version, status) VALUES ('" + DORA_ID
                    + "', 'dora', '2026-01-01T00:00:00', 'temple-codex-1.0', 'active')");
            try (RunningRoles dora =
                    new RunningRoles(definitionOfDora(), folder.resolve("dora-run"), variables).awaitReady()) {
                DemoClient ofDora = new DemoClient(dora.url(), dora.token(), "dora");
                succeeds(ofDora, "backfill", options());
                ofDora.put(JOURNAL + "?wait=both&timeout_ms=30000", journal("hers, by the gateway"));
                ofCass.put(JOURNAL + "?wait=both&timeout_ms=30000", journal("his, by the gateway"));

                assertThat(query("SELECT group_concat(name || ': ' || content, '; ') FROM (SELECT * FROM journals j"
                                + " JOIN daemons d ON d.id = daemon_id WHERE date = '2025-11-07' ORDER BY name)"))
                        .isEqualTo("cass: his, by the gateway; dora: hers, by the gateway");
                prepare(ofCass);
                prepare(ofDora);

                succeeds(ofDora, "cutover", options());

                assertThat(ofDora.get("/primary").path("primary").asText()).isEqualTo("target");
                assertThat(ofCass.get("/primary").path("primary").asText()).isEqualTo("legacy");

                // What the second application writes into its rows by itself comes to its files, and to no others.
                execute("UPDATE journals SET content = 'hers, by SQL' WHERE date = '2025-11-07' AND daemon_id = '"
                        + DORA_ID + "'");
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(Files.readString(doraFiles.resolve("journals/2025-11-07.json")))
                                .contains("hers, by SQL"));
                assertThat(Files.readString(cassFiles.resolve("journals/2025-11-07.json")))
                        .contains("his, by the gateway");

                ofDora.put(JOURNAL + "?wait=both&timeout_ms=30000", journal("hers, after the switch"));
                theSidesAreEqual(ofCass);
                theSidesAreEqual(ofDora);
                succeeds(ofDora, "rollback", options());
                assertThat(Files.readString(doraFiles.resolve("journals/2025-11-07.json")))
                        .contains("hers, after the switch");
            }
            succeeds(ofCass, "cutover", options());
        }
        assertThat(query("SELECT count(*) FROM users WHERE id = '" + SHARED_USER + "'"))
                .as("the user of both is there once")
                .isEqualTo("1");
        assertThat(query("SELECT count(DISTINCT daemon_id) FROM user_observations WHERE user_id = '" + SHARED_USER
                        + "'"))
                .isEqualTo("2");
        assertThat(query("SELECT count(*) FROM pragma_foreign_key_check")).isEqualTo("0");
        for (String table : new String[] {"journals", "dreams", "wiki_pages", "rhythm_phases", "development_logs"}) {
            assertThat(query("SELECT sum(daemon_id = '%s') = sum(daemon_id = '%s') AND count(*) > 0 FROM %s"
                            .formatted(CASS_ID, DORA_ID, table)))
                    .as("both have the same " + table + ", each its own")
                    .isEqualTo("1");
        }
    }

    /** As the README says. */
    private Path definitionOfDora() throws IOException {
        Path definition = folder.resolve("dora").resolve("migration.yaml");
        LegacyEnlarger.copyTree(CASS.resolve("schema"), definition.resolveSibling("schema"));
        String text = Files.readString(CASS.resolve("migration.yaml"))
                .replace("migration: cass-vessel", "migration: dora")
                .replace("files: ${CASS_VESSEL_ROOT:-sample}", "files: ${DORA_ROOT}")
                .replace(CASS_ID, DORA_ID)
                .replace("    parent: { entity: users, fields: [user_id] }\n", "")
                .replace("      user_id: users\n", "")
                .replaceAll("    references: # may dangle\n(?!      )", "")
                .replaceFirst("(?s)  users:\n.*?\n\n", "");
        Files.writeString(definition, text);
        return definition;
    }

    /** The days, dreams, pages and phases of cass, so that all of their keys are given twice; and something of its own. */
    private static void filesOfDora(Path to) throws IOException {
        Path from = CASS.resolve("sample");
        for (String each : new String[] {"journals", "dreams", "wiki", "rhythm"}) {
            LegacyEnlarger.copyTree(from.resolve(each), to.resolve(each));
        }
        Files.delete(to.resolve("wiki/research_queue.json"));
        Files.createDirectories(to.resolve("cass"));
        Files.copy(from.resolve("cass/development_log.json"), to.resolve("cass/development_log.json"));
        Files.writeString(
                to.resolve("cass/self_profile.yaml"),
                Files.readString(from.resolve("cass/self_profile.yaml")).replace(CASS_ID, DORA_ID));
        Files.createDirectories(to.resolve("users").resolve(SHARED_USER));
        Files.writeString(to.resolve("users").resolve(SHARED_USER).resolve("observations.json"), """
                [
                  {
                    "id": "d04a0000-0000-4000-8000-000000000001",
                    "timestamp": "2026-01-02T08:15:00",
                    "observation": "Knows both of us.",
                    "category": "interest",
                    "confidence": 0.7,
                    "last_validated": "2026-01-02T08:15:00"
                  }
                ]""");
    }

    private static void prepare(DemoClient operator) {
        theSidesAreEqual(operator);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(operator.status().path("gate"))
                        .allSatisfy(
                                condition -> assertThat(condition.path("open").asBoolean())
                                        .as(condition.toString())
                                        .isTrue()));
    }

    private static void theSidesAreEqual(DemoClient operator) {
        assertThat(operator.get("/mismatches").path("items")).isEmpty();
        JsonNode scan = succeeds(operator, "verify", options().put("deep", true));
        assertThat(scan.path("verdict").asText()).as(scan.toPrettyString()).isEqualTo("equal");
        assertThat(operator.get("/mismatches").path("items")).isEmpty();
    }

    private static JsonNode succeeds(DemoClient operator, String kind, ObjectNode options) {
        JsonNode operation = operator.operation(kind, options, progress -> {});
        assertThat(operation.path("state").asText())
                .as(operation.toPrettyString())
                .isEqualTo("succeeded");
        return operation.path("result");
    }

    private static ObjectNode options() {
        return MAPPER.createObjectNode();
    }

    private static String journal(String content) {
        return "{\"content\":\"%s\",\"created_at\":\"2025-11-07T22:00:00\"}".formatted(content);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:sqlite:" + folder.resolve("cass-files").resolve("cass.db"));
    }
}
