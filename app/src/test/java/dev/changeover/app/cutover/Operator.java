package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.ChangeoverProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;

/** Somebody who operates a migration over HTTP. */
final class Operator {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;
    private final String token;

    Operator(ChangeoverProcess process) {
        this.base = process.url() + "/v1/" + process.migration().name();
        this.token = process.token();
    }

    JsonNode get(String path) {
        return json(send("GET", path, ""));
    }

    HttpResponse<String> post(String path, JsonNode body) {
        return send("POST", path, body.toString());
    }

    HttpResponse<String> put(String path, String body) {
        return send("PUT", path, body);
    }

    HttpResponse<String> patch(String path, String body) {
        return send("PATCH", path, body);
    }

    /** Starts an operation and waits for its end. */
    JsonNode operation(String kind, JsonNode options) {
        HttpResponse<String> started = post("/operations/" + kind, options);
        if (started.statusCode() != 202) {
            throw new AssertionError(kind + " was answered " + started.statusCode() + ": " + started.body());
        }
        String id = json(started).path("operation").asText();
        JsonNode[] operation = {MAPPER.createObjectNode()};
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    operation[0] = get("/operations/" + id);
                    return !operation[0].path("state").asText().equals("running");
                });
        return operation[0];
    }

    JsonNode operation(String kind) {
        return operation(kind, options());
    }

    static ObjectNode options() {
        return MAPPER.createObjectNode();
    }

    /** Until the primary can be switched. */
    Operator prepare() {
        succeeded("backfill", options());
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> {
            JsonNode lag = get("/status").path("lag");
            return lag.path("target").asLong(1) == 0 && lag.path("legacy").asLong(1) == 0;
        });
        succeeded("verify", options().put("deep", true));
        awaitGate();
        return this;
    }

    private void succeeded(String kind, JsonNode options) {
        JsonNode ended = operation(kind, options);
        assertThat(ended.path("state").asText()).as(ended.toPrettyString()).isEqualTo("succeeded");
    }

    void awaitGate() {
        Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            for (JsonNode condition : get("/status").path("gate")) {
                assertThat(condition.path("open").asBoolean())
                        .as(condition.toString())
                        .isTrue();
            }
        });
    }

    private HttpResponse<String> send(String method, String path, String body) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/json")
                            .method(
                                    method,
                                    body.isEmpty()
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException(answer.body(), e);
        }
    }
}
