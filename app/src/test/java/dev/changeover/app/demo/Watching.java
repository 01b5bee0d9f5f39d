package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.ChangeoverProcess;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** One of the migrations with {@code capture: watch}, on a copy of its sample, with all roles in one process. */
final class Watching implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Path data;
    private final Path legacy;
    private final ChangeoverProcess process;
    private final DemoClient operator;

    private Watching(Path data, Path legacy, ChangeoverProcess process) {
        this.data = data;
        this.legacy = legacy;
        this.process = process;
        this.operator = new DemoClient(
                process.url(), process.token(), process.migration().name());
    }

    static Watching start(String name, Path data) throws Exception {
        LegacyEnlarger.copyTree(Path.of("..", "migrations", name), data.resolve(name));
        Path definition = data.resolve(name).resolve("migration.yaml");
        Files.writeString(definition, "capture: watch\n" + Files.readString(definition));
        return again(name, data);
    }

    /** As it was when it was closed. */
    static Watching again(String name, Path data) throws Exception {
        Path definition = data.resolve(name).resolve("migration.yaml");
        Path legacy = data.resolve(name).resolve("sample");
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put(
                name.toUpperCase(Locale.ROOT).replace('-', '_') + "_ROOT",
                legacy.toAbsolutePath().toString());
        return new Watching(
                data,
                legacy,
                ChangeoverProcess.start(OneProcess.settings(definition, variables, data.resolve("run")), words -> {}));
    }

    /** The legacy root. */
    Path legacy() {
        return legacy;
    }

    JsonNode get(String path) {
        return operator.get(path);
    }

    void put(String path, String body) {
        operator.put(path, body);
    }

    static ObjectNode options() {
        return MAPPER.createObjectNode();
    }

    /** The result of an operation that must succeed. */
    JsonNode operation(String kind, ObjectNode options) {
        JsonNode operation = operator.operation(kind, options, progress -> {});
        assertThat(operation.path("state").asText())
                .as(operation.toPrettyString())
                .isEqualTo("succeeded");
        return operation.path("result");
    }

    JsonNode capture() {
        return operator.status().path("capture");
    }

    JsonNode gate(String name) {
        for (JsonNode condition : operator.status().path("gate")) {
            if (condition.path("name").asText().equals(name)) {
                return condition;
            }
        }
        throw new AssertionError("There is no condition " + name);
    }

    void awaitGate() {
        await().atMost(LIMIT).untilAsserted(this::gateIsOpen);
    }

    /** The same while writers are at work: a scan may meet a record that is on its way for longer than the scan waits for it. */
    void awaitGateWithScans() {
        await().atMost(LIMIT).untilAsserted(() -> {
            operation("verify", options().put("deep", true));
            gateIsOpen();
        });
    }

    private void gateIsOpen() {
        assertThat(operator.status().path("gate"))
                .allSatisfy(condition -> assertThat(condition.path("open").asBoolean())
                        .as(condition.toString())
                        .isTrue());
    }

    /** Until all that was written is on both sides, which are equal then, and nothing is left to be dealt with. */
    void awaitEqual() {
        // A file that came and went between two looks is found by a scan only, and captured then.
        await().atMost(LIMIT).untilAsserted(() -> {
            awaitSettled();
            JsonNode scan = operation("verify", options().put("deep", true));
            assertThat(scan.path("verdict").asText()).as(scan.toPrettyString()).isEqualTo("equal");
        });
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(operator.get("/mismatches").path("items")).isEmpty());
        assertThat(operator.get("/dead-letters").path("items")).isEmpty();
    }

    /** Until all that was written is on both sides. */
    void awaitSettled() {
        await().atMost(LIMIT).untilAsserted(() -> {
            JsonNode status = operator.status();
            assertThat(status.path("capture").path("pending").asInt(-1)).isZero();
            assertThat(status.path("lag").path("legacy").asLong(-1)).isZero();
            assertThat(status.path("lag").path("target").asLong(-1)).isZero();
            assertThat(status.path("lag").path("writes").asLong(-1)).isZero();
        });
    }

    /** The first column of the first row in the target; empty if there is none. */
    String query(String sql) throws IOException, SQLException {
        String url = MAPPER.readTree(
                        data.resolve("run").resolve("endpoint.json").toFile())
                .path("target")
                .asText();
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    void awaitQuery(String sql, String expected) {
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(query(sql)).isEqualTo(expected));
    }

    private static Connection connect(String url) throws SQLException {
        if (url.startsWith("sqlite:")) {
            return DriverManager.getConnection("jdbc:" + url);
        }
        URI target = URI.create(url);
        String[] login = target.getUserInfo().split(":", 2);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + target.getHost() + ":" + target.getPort() + target.getPath(),
                login[0],
                URLDecoder.decode(login[1], StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        process.close();
    }
}
