package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.DataDirectory;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Talks to a running {@code changeover run}, which it finds by its {@code endpoint.json} or by a URL. */
final class OperatorClient {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration POLL = Duration.ofMillis(200);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;
    private final String token;
    private final String migration;

    private OperatorClient(String url, String token, String migration) {
        this.url = url;
        this.token = token;
        this.migration = migration;
    }

    /**
     * @param url where it serves, or null to look into {@code dataDirectory}
     * @throws CommandException exit code 3 if no process can be found
     */
    static OperatorClient find(@Nullable String url, Path dataDirectory) {
        Optional<JsonNode> endpoint = DataDirectory.endpoint(dataDirectory);
        String fromEnvironment =
                Optional.ofNullable(System.getenv("CHANGEOVER_TOKEN")).orElse("");
        if (url != null) {
            String token = fromEnvironment.isEmpty()
                    ? endpoint.map(e -> e.path("token").asText("")).orElse("")
                    : fromEnvironment;
            OperatorClient nameless = new OperatorClient(url.replaceFirst("/+$", ""), token, "");
            return new OperatorClient(
                    nameless.url,
                    token,
                    nameless.get("/health/live").path("migration").asText());
        }
        JsonNode found = endpoint.orElseThrow(() -> new CommandException(
                ExitCode.UNREACHABLE,
                "Cannot find a running changeover: there is no %s. Start one with `changeover run`, or name it with --data-dir or --url."
                        .formatted(dataDirectory.resolve("endpoint.json"))));
        return new OperatorClient(
                found.path("url").asText(),
                fromEnvironment.isEmpty() ? found.path("token").asText() : fromEnvironment,
                found.path("migration").asText());
    }

    /** The path below {@code /v1/{migration}}. */
    JsonNode migration(String path) {
        return get("/v1/" + migration + path);
    }

    /** A list of the migration's, all pages of it. */
    JsonNode list(String path) {
        JsonNode page = migration(path);
        ArrayNode items = (ArrayNode) page.path("items");
        String separator = path.contains("?") ? "&" : "?";
        while (page.path("next").isTextual()) {
            page = migration(path + separator + "after=" + page.path("next").asText());
            items.addAll((ArrayNode) page.path("items"));
        }
        return ((ObjectNode) page.deepCopy()).set("items", items);
    }

    JsonNode get(String path) {
        return send(request(path).GET().build());
    }

    /** Starts an operation and follows it to its end. */
    JsonNode operation(String kind, JsonNode options, Consumer<JsonNode> progress) {
        JsonNode started = send(request("/v1/" + migration + "/operations/" + kind)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(options.toString()))
                .build());
        String id = started.path("operation").asText();
        while (true) {
            JsonNode operation = migration("/operations/" + id);
            progress.accept(operation);
            if (!operation.path("state").asText().equals("running")) {
                return operation;
            }
            pause();
        }
    }

    static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.UNREACHABLE, "Interrupted", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofMinutes(2));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    /** Java's client says nothing at all of a port where nobody listens. */
    private static String words(IOException e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        return e instanceof ConnectException
                ? "nothing listens there"
                : e.getClass().getSimpleName();
    }

    private JsonNode send(HttpRequest request) {
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode body = MAPPER.readTree(response.body().isEmpty() ? "{}" : response.body());
            int status = response.statusCode();
            if (status < 300) {
                return body;
            }
            String detail = body.path("detail").asText(response.body());
            int code = status == 401 || status == 403 || status == 409 || status == 422
                    ? ExitCode.REFUSED
                    : status >= 500 ? ExitCode.UNREACHABLE : ExitCode.USAGE;
            throw new CommandException(body.has("gate") ? ExitCode.FINDINGS : code, detail);
        } catch (IOException e) {
            throw new CommandException(
                    ExitCode.UNREACHABLE,
                    "Cannot reach %s: %s. Is `changeover run` still running?".formatted(url, words(e)),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.UNREACHABLE, "Interrupted", e);
        }
    }
}
