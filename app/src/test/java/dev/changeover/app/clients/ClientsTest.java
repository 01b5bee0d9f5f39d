package dev.changeover.app.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the client examples do when the gateway is not at its best, and which store the environment gives them. */
class ClientsTest {
    private static final String DONE =
            "{\"entity\":\"users\",\"key\":{\"id\":\"a\"},\"partition\":0,\"offset\":7,\"applied\":[]}";

    private final List<String> idempotencyKeys = new CopyOnWriteArrayList<>();
    private HttpServer gateway;

    @TempDir
    private Path data;

    @BeforeEach
    void start() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext("/", this::answer);
        gateway.start();
        Files.writeString(
                data.resolve("endpoint.json"),
                "{\"url\":\"http://127.0.0.1:%d\",\"token\":\"secret\"}"
                        .formatted(gateway.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
        gateway.stop(0);
    }

    /** Overloaded, without Kafka, gone in the middle of its answer, gone before it, at a loss; then it has been written. */
    private void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        idempotencyKeys.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                + exchange.getRequestHeaders().getFirst("Authorization") + " "
                + exchange.getRequestHeaders().getFirst("Idempotency-Key"));
        switch (idempotencyKeys.size()) {
            case 1 -> send(exchange, 429, "{\"detail\":\"overloaded\"}");
            case 2 -> send(exchange, 503, "{\"detail\":\"no Kafka\"}");
            case 3 -> {
                exchange.sendResponseHeaders(200, DONE.length());
                exchange.getResponseBody().write(DONE.substring(0, 20).getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                exchange.close();
            }
            case 4 -> exchange.close();
            case 5 -> send(exchange, 500, "not JSON at all");
            default -> send(exchange, 200, DONE);
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().add("Retry-After", "0");
        exchange.sendResponseHeaders(status, body.length());
        exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
        exchange.close();
    }

    private static String put(Script.Language language) {
        return switch (language) {
            case PYTHON -> """
                import os, sys
                sys.path.insert(0, "clients/python")
                from changeover import Gateway
                store = Gateway("donna", data_dir=os.environ["CHANGEOVER_DATA_DIR"])
                print(store.put("users", ["a/b c"], {"x": 1})["offset"])
                """;
            case JAVASCRIPT -> """
                const { Gateway } = await import(process.cwd() + "/clients/javascript/changeover.mjs");
                const store = new Gateway("donna", { dataDir: process.env.CHANGEOVER_DATA_DIR });
                console.log((await store.put("users", ["a/b c"], { x: 1 })).offset);
                """;
            case PHP -> """
                require 'clients/php/Changeover.php';
                $store = new Gateway('donna', getenv('CHANGEOVER_DATA_DIR'));
                echo $store->put('users', ['a/b c'], ['x' => 1])['offset'], "\\n";
                """;
        };
    }

    @ParameterizedTest
    @EnumSource(Script.Language.class)
    void aWriteIsRepeatedWithItsIdempotencyKeyUntilItIsKnownToBeIn(Script.Language language) throws Exception {
        Script script = language.inline(put(language), Map.of("CHANGEOVER_DATA_DIR", data.toString()));

        assertThat(script.output().strip()).isEqualTo("7");
        assertThat(idempotencyKeys).hasSize(6);
        assertThat(idempotencyKeys.stream().distinct())
                .singleElement()
                .asString()
                .matches(
                        "PUT /v1/donna/users/a%2Fb%20c\\?wait=primary&timeout_ms=15000 Bearer secret [0-9a-f-]{32,36}");
    }

    @ParameterizedTest
    @CsvSource({
        "PYTHON, DATA_STORAGE_TYPE, mongodb",
        "PYTHON, USE_SQLITE, perhaps",
        "PYTHON, MIGRATION_ENABLE_DUAL_WRITE, 2",
        "JAVASCRIPT, DATA_STORAGE_TYPE, mongodb",
        "JAVASCRIPT, USE_SQLITE, perhaps",
        "JAVASCRIPT, MIGRATION_ENABLE_DUAL_WRITE, 2",
        "PHP, DATA_STORAGE_TYPE, mongodb",
        "PHP, USE_SQLITE, perhaps",
        "PHP, MIGRATION_ENABLE_DUAL_WRITE, 2",
    })
    void aVariableThatCannotBeIsNamed(Script.Language language, String name, String value) throws Exception {
        Script script = language.run("example", Map.of(name, value, "DONNA_ROOT", data.toString()), "ada");

        assertThat(script.exitCode()).isNotZero();
        assertThat(script.output()).contains("Invalid " + name + " \"" + value + "\"");
    }

    @ParameterizedTest
    @EnumSource(Script.Language.class)
    void anApplicationThatHasNotBeenToldWritesItsOwnFiles(Script.Language language) throws Exception {
        Files.createDirectories(data.resolve("data/users"));

        Script script = language.run(
                "example",
                Map.of("DONNA_ROOT", data.toString(), "CHANGEOVER_DATA_DIR", data.toString(), "USE_SQLITE", "false"),
                "ada");

        assertThat(script.json().toString()).isEqualTo("{\"store\":\"files\",\"email\":\"ada@example.com\"}");
        assertThat(data.resolve("data/users/ada.json")).exists();
        assertThat(idempotencyKeys).isEmpty();
    }
}
