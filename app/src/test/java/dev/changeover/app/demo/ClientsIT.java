package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.clients.Script;
import dev.changeover.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client examples and donna's recipes at a real gateway, with both sides behind it. */
class ClientsIT {
    @TempDir
    private static Path data;

    private static EmbeddedPostgres server;
    private static Donna donna;

    @BeforeAll
    static void start() throws Exception {
        Donna.legacyIn(data);
        server = EmbeddedPostgres.start(data.resolve("postgresql"));
        as(server.user(), server.database(), "CREATE DATABASE donna");
        as(
                server.user(),
                "donna",
                Files.readString(Path.of("..", "migrations", "donna", "optional", "roles.sql")),
                "ALTER ROLE donna_changeover PASSWORD '%1$s'; ALTER ROLE donna_app PASSWORD '%1$s'; ALTER ROLE donna_reader PASSWORD '%1$s'"
                        .formatted(server.password()));
        donna = Donna.moved(
                data,
                "",
                Map.of(
                        "DB_HOST", "127.0.0.1",
                        "DB_PORT", Integer.toString(server.port()),
                        "DB_NAME", "donna",
                        "DB_USER", "donna_changeover",
                        "DB_PASSWORD", server.password(),
                        "DB_MAX_CONNECTIONS", "2",
                        "DB_IDLE_TIMEOUT", "60",
                        "MIGRATION_BATCH_SIZE", "7"));
    }

    @AfterAll
    static void stop() {
        donna.close();
        server.close();
    }

    private static void as(String user, String database, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(server.port(), database),
                        user,
                        server.password());
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    @Test
    void eachRoleMayDoWhatItNeedsAndNoMore() throws Exception {
        JsonNode verified =
                donna.operation("verify", Donna.MAPPER.createObjectNode().put("deep", true));

        assertThat(verified.path("verdict").asText())
                .as(verified.toPrettyString())
                .isEqualTo("equal");
        assertThat(
                        donna.query(
                                "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user"))
                .isEqualTo("f");
        as(
                "donna_app",
                "donna",
                "INSERT INTO users (clerk_id) VALUES ('of-the-app')",
                "UPDATE users SET name = 'x' WHERE clerk_id = 'of-the-app'",
                "DELETE FROM users WHERE clerk_id = 'of-the-app'");
        as("donna_reader", "donna", "SELECT * FROM messages");
        for (String forbidden : List.of(
                "DROP TABLE users",
                "ALTER TABLE users ADD COLUMN x TEXT",
                "TRUNCATE users CASCADE",
                "CREATE TABLE theirs (id INT)",
                "SELECT * FROM changeover.positions",
                "CREATE ROLE another")) {
            assertThatThrownBy(() -> as("donna_app", "donna", forbidden))
                    .as(forbidden)
                    .isInstanceOf(SQLException.class);
        }
        for (String forbidden :
                List.of("UPDATE users SET name = 'x'", "DELETE FROM messages", "CREATE TEMPORARY TABLE t (id INT)")) {
            assertThatThrownBy(() -> as("donna_reader", "donna", forbidden))
                    .as(forbidden)
                    .isInstanceOf(SQLException.class);
        }
    }

    private static Map<String, String> environment(String name, String value) throws Exception {
        JsonNode endpoint =
                Donna.MAPPER.readTree(data.resolve("run/endpoint.json").toFile());
        Map<String, String> environment = new HashMap<>();
        environment.put(name, value);
        environment.put("CHANGEOVER_DATA_DIR", data.resolve("run").toString());
        environment.put("CHANGEOVER_URL", endpoint.path("url").asText());
        environment.put("CHANGEOVER_TOKEN", endpoint.path("token").asText());
        return environment;
    }

    @ParameterizedTest
    @CsvSource({
        "PYTHON, DATA_STORAGE_TYPE, postgresql",
        "JAVASCRIPT, MIGRATION_ENABLE_DUAL_WRITE, true",
        "PHP, USE_SQLITE, 1",
    })
    void anExampleLivesThroughAUsersLife(Script.Language language, String variable, String value) throws Exception {
        String user = "ada " + language;

        JsonNode seen =
                language.run("example", environment(variable, value), user).json();

        assertThat(seen).isEqualTo(Donna.MAPPER.readTree("""
                {"store": "gateway", "primary": "legacy", "applied": ["legacy", "target"], "same_write": true,
                 "name": "Ada / Ω", "profile": {"language": "en"}, "found": ["%s"], "batch": [200, 200, 200],
                 "memory": ["a/1", "a/2", "a/3"], "refused": 400, "left": ["a/2", "a/3"], "deleted": true}
                """.formatted(user)));
    }

    @Test
    void theSeventeenOperationsDoWhatTheyAreCalled() throws Exception {
        JsonNode gave = Script.Language.PYTHON
                .run("donna_example", environment("DATA_STORAGE_TYPE", "postgresql"), "ida")
                .json();

        assertThat(gave).isEqualTo(Donna.MAPPER.readTree("""
                {"createUser": "ida", "getUserById": "Ada", "getUserByClerkId": "ida", "updateUser": [true, false],
                 "createChatSession": true, "getChatSession": {"title": "First", "tags": []}, "updateChatSession": true,
                 "addMessage": [true, true, true, true, true], "getChatHistory": ["message 2", "message 3"],
                 "getMessageCount": [5, 5], "setUserMemory": [true, true],
                 "getUserMemory": [{"c": {"of": "c"}}, {"a/b": {"of": "a/b"}, "c": {"of": "c"}}],
                 "deleteUserMemory": true, "left": {"a/b": {"of": "a/b"}}, "beginTransaction": true,
                 "before": ["Ada L.", {}], "commit": true, "after": ["Ada in a transaction", {"seen": true}],
                 "rollback": true, "kept": {"seen": true}, "healthCheck": "healthy"}
                """));
    }

    @Test
    void theCallsOfTheRecipesWork() throws Exception {
        Script page = Script.page("docs/recipes/donna.md", environment("LC_ALL", "C.UTF-8"));

        assertThat(page.exitCode()).as(page.output()).isZero();
        assertThat(page.output())
                .contains("\"email\":\"ada@example.com\"", "\"content\":\"Hello\"", "\"topic\":\"tides\"");
        JsonNode user = donna.get("/users/user_4711").path("fields");
        assertThat(user.path("name").asText()).isEqualTo("Ada L.");
        assertThat(user.at("/preferences/theme").asText()).isEqualTo("dark");
    }

    @Test
    void chunksAndConnectionsAreAsManyAsTheEnvironmentSays() throws Exception {
        String url = environment("LC_ALL", "C").get("CHANGEOVER_URL") + "/v1/donna/messages?side=target&limit=1000";
        List<CompletableFuture<HttpResponse<String>>> reads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            reads.add(HttpClient.newHttpClient()
                    .sendAsync(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString()));
        }
        reads.forEach(CompletableFuture::join);

        assertThat(Integer.parseInt(donna.query(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'changeover-target-reader'")))
                .isBetween(1, 2 * 2); // the sink's store has a pool for reading, too
        assertThat(largestChunk()).isBetween(1L, 7L);
    }

    /** By what the backfill's results say. */
    private static long largestChunk() throws Exception {
        String bootstrap = Donna.MAPPER
                .readTree(data.resolve("run/endpoint.json").toFile())
                .path("bootstrap")
                .asText();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor("changeover.donna.backfill-results").stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long largest = 0;
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                for (ConsumerRecord<byte[], byte[]> result : consumer.poll(Duration.ofMillis(200))) {
                    JsonNode chunk = Donna.MAPPER.readTree(result.value());
                    if (chunk.path("entity").asText().equals("users")) { // a document of theirs is one record
                        largest = Math.max(largest, chunk.path("published").asLong());
                    }
                }
            }
            return largest;
        }
    }
}
