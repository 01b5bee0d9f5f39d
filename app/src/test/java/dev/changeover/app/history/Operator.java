package dev.changeover.app.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.demo.RunningRoles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Somebody who switches, by way of processes that may die meanwhile; asks the base process how it stands. */
final class Operator {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration SWITCH_LIMIT = Duration.ofMinutes(3);
    private static final Duration CATCH_UP_LIMIT = Duration.ofMinutes(2);
    private static final Duration OPERATION_LIMIT = Duration.ofMinutes(2);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final RunningRoles base;

    Operator(RunningRoles base) {
        this.base = base;
    }

    JsonNode status() {
        return json(base, "/status");
    }

    /** Rises with each step of a switch. */
    long epoch() {
        return json(base, "/primary").path("epoch").asLong();
    }

    /** Until the next step is taken, whoever takes it. */
    void awaitStepAfter(long epoch) {
        Awaitility.await()
                .atMost(SWITCH_LIMIT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> epoch() > epoch);
    }

    /** Backfills and scans, until the gate is open. */
    void prepare(RunningRoles gateway, RunningRoles verifier) {
        run(gateway, "backfill", "{}");
        Awaitility.await()
                .atMost(SWITCH_LIMIT)
                .until(() -> status().path("phase").asText().equals("dual-write"));
        awaitCaughtUp();
        run(verifier, "verify", "{\"deep\":true}");
        awaitGate();
    }

    void awaitGate() {
        String[] closed = {""};
        try {
            Awaitility.await().atMost(SWITCH_LIMIT).until(() -> {
                StringBuilder words = new StringBuilder();
                for (JsonNode condition : status().path("gate")) {
                    if (!condition.path("open").asBoolean()) {
                        words.append(condition).append('\n');
                    }
                }
                closed[0] = words.toString();
                return words.isEmpty();
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("The gate stays closed: " + closed[0], e);
        }
    }

    /** Until both sinks and the processor have all there is. */
    void awaitCaughtUp() {
        String[] last = {""};
        try {
            Awaitility.await().atMost(CATCH_UP_LIMIT).until(() -> {
                JsonNode status = status();
                last[0] = status.toString();
                JsonNode lag = status.path("lag");
                return lag.path("legacy").asLong(-1) == 0
                        && lag.path("target").asLong(-1) == 0
                        && lag.path("writes").asLong(-1) == 0;
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("Somebody does not catch up: " + last[0], e);
        }
    }

    /** Asks again and again, {@code by} first and then the base process, until {@code primary} is the primary and nothing is being switched. */
    int switchTo(String primary, RunningRoles by) {
        String kind = primary.equals("target") ? "cutover" : "rollback";
        String[] last = {"never asked"};
        int[] asked = {0};
        try {
            Awaitility.await()
                    .atMost(SWITCH_LIMIT)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        JsonNode status = status();
                        if (status.path("primary").asText().equals(primary) && !switching(status)) {
                            return true;
                        }
                        if (!switching(status)) {
                            last[0] = run(asked[0]++ == 0 ? by : base, kind, "{\"timeout_ms\":60000}")
                                    .toString();
                        }
                        return false;
                    });
            return asked[0];
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("Cannot make %s the primary, last answer: %s".formatted(primary, last[0]), e);
        }
    }

    private static boolean switching(JsonNode status) {
        String phase = status.path("phase").asText();
        return phase.equals("cutting-over") || phase.equals("rolling-back");
    }

    /** Starts an operation and follows it; whatever goes wrong is in the answer. */
    JsonNode run(RunningRoles by, String kind, String options) {
        try {
            HttpResponse<String> started = send(by, "POST", "/operations/" + kind, options);
            if (started.statusCode() != 202) {
                return MAPPER.createObjectNode().put("error", started.statusCode() + " " + started.body());
            }
            String id = MAPPER.readTree(started.body()).path("operation").asText();
            JsonNode[] operation = {MAPPER.createObjectNode()};
            Awaitility.await()
                    .atMost(OPERATION_LIMIT)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        operation[0] = MAPPER.readTree(
                                send(by, "GET", "/operations/" + id, "").body());
                        return !operation[0].path("state").asText().equals("running");
                    });
            return operation[0];
        } catch (IOException e) {
            return MAPPER.createObjectNode().put("error", e.toString()); // killed
        } catch (Exception e) {
            return MAPPER.createObjectNode().put("error", String.valueOf(e));
        }
    }

    private JsonNode json(RunningRoles process, String path) {
        try {
            return MAPPER.readTree(send(process, "GET", path, "").body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> send(RunningRoles process, String method, String path, String body)
            throws IOException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(process.url() + "/v1/donna" + path))
                            .timeout(Duration.ofSeconds(15))
                            .header("Authorization", "Bearer " + process.token())
                            .header("Content-Type", "application/json")
                            .method(
                                    method,
                                    body.isEmpty()
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
