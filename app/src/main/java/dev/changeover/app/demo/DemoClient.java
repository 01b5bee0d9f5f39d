package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The operator of the demo: uses the same HTTP API as any other. */
final class DemoClient {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration POLL = Duration.ofMillis(300);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;
    private final String token;

    DemoClient(String url, String token, String migration) {
        this.base = url + "/v1/" + migration;
        this.token = token;
    }

    JsonNode status() {
        return get("/status");
    }

    JsonNode get(String path) {
        return send(HttpRequest.newBuilder(URI.create(base + path)).GET().build());
    }

    /** What is there, or null. */
    @Nullable
    JsonNode find(String path) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(base + path)).GET().build();
        HttpResponse<String> answer = answer(request);
        if (answer.statusCode() == 404) {
            return null;
        }
        return body(request, answer);
    }

    /** Puts a record; answered when it is where the path says. */
    void put(String path, String body) {
        send(HttpRequest.newBuilder(URI.create(base + path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    JsonNode operation(String kind, JsonNode options, Consumer<JsonNode> progress) {
        JsonNode started = send(HttpRequest.newBuilder(URI.create(base + "/operations/" + kind))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(options.toString()))
                .build());
        while (true) {
            JsonNode operation = get("/operations/" + started.path("operation").asText());
            progress.accept(operation);
            if (!operation.path("state").asText().equals("running")) {
                return operation;
            }
            Demo.pause(POLL);
        }
    }

    private JsonNode send(HttpRequest request) {
        return body(request, answer(request));
    }

    private static JsonNode body(HttpRequest request, HttpResponse<String> answer) {
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(
                    "%s answered %d: %s".formatted(request.uri(), answer.statusCode(), answer.body()));
        }
        try {
            return MAPPER.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> answer(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The demo was interrupted", e);
        }
    }
}
