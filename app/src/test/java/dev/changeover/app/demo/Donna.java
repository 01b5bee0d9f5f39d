package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.topic.Topics;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** donna with all roles in one process, on a copy of its sample, with an operator and an application. */
final class Donna implements AutoCloseable {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path data;
    private final ChangeoverProcess process;
    private final DemoClient operator;

    private Donna(Path data, ChangeoverProcess process) {
        this.data = data;
        this.process = process;
        this.operator = new DemoClient(
                process.url(), process.token(), process.migration().name());
    }

    /** Copies the sample to {@code data/legacy}. */
    static Path legacyIn(Path data) throws IOException {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        return legacy;
    }

    /** Runs it on {@code data/legacy} and backfills. */
    static Donna moved(Path data) throws Exception {
        return moved(data, "", Map.of());
    }

    /** The same on a log and, as {@code more} says, a database that are there already. */
    static Donna moved(Path data, String bootstrapServers, Map<String, String> more) throws Exception {
        Donna donna = started(data, bootstrapServers, more);
        donna.operation("backfill", MAPPER.createObjectNode());
        return donna;
    }

    /** Runs it on {@code data/legacy} and does not backfill. */
    static Donna started(Path data) {
        return started(data, "", Map.of());
    }

    private static Donna started(Path data, String bootstrapServers, Map<String, String> more) {
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.putAll(more);
        variables.put("DONNA_ROOT", data.resolve("legacy").toAbsolutePath().toString());
        return new Donna(
                data,
                ChangeoverProcess.start(
                        OneProcess.settings(DEFINITION, variables, data.resolve("run"), bootstrapServers),
                        words -> {}));
    }

    String url() {
        return process.url();
    }

    JsonNode get(String path) {
        return operator.get(path);
    }

    /** The result of an operation that must succeed. */
    JsonNode operation(String kind, ObjectNode options) {
        JsonNode operation = operator.operation(kind, options, progress -> {});
        if (!operation.path("state").asText().equals("succeeded")) {
            throw new AssertionError(operation.toPrettyString());
        }
        return operation.path("result");
    }

    HttpResponse<String> start(String kind, ObjectNode options) throws Exception {
        return HTTP.send(
                request("/operations/" + kind)
                        .POST(HttpRequest.BodyPublishers.ofString(options.toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> put(String path, String body) throws Exception {
        return HTTP.send(
                request(path + "?wait=both&timeout_ms=30000")
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> delete(String path) throws Exception {
        return HTTP.send(
                request(path + "?wait=both&timeout_ms=30000").DELETE().build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Sends an event as a plain Kafka client does, and waits until it is on the log. */
    void send(RecordKey key, String event) throws Exception {
        String bootstrap = MAPPER.readTree(
                        data.resolve("run").resolve("endpoint.json").toFile())
                .path("bootstrap")
                .asText();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            new Topics("donna").writes(),
                            process.migration().partitionOf(key),
                            key.bytes(),
                            event.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    RecordKey key(String entity, Object... values) {
        return RecordKey.of(process.migration().entity(entity), List.of(values));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(process.url() + "/v1/donna" + path))
                .header("Authorization", "Bearer " + process.token())
                .header("Content-Type", "application/json");
    }

    /** The first column of the first row in the target; empty if there is none. */
    String query(String sql) throws IOException, SQLException {
        try (Connection connection = target();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private Connection target() throws IOException, SQLException {
        URI target = URI.create(
                MAPPER.readTree(data.resolve("run").resolve("endpoint.json").toFile())
                        .path("target")
                        .asText());
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
