package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cli.Output;
import java.time.Duration;

/** Cutovers and rollbacks with the live writers at work, and what their writers felt of them. */
final class Switches {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** The step with which both sides begin to acknowledge. */
    private static final String BEGIN = "new epoch";

    private static final double SLACK_SECONDS = 0.5;
    /** What the latency in a switch is compared with: the writes of the last seconds before it. */
    private static final Duration BASELINE = Duration.ofSeconds(5);

    private static final Duration LEAST_PATIENCE = Duration.ofMinutes(5);
    /** Both stores are read whole, several times, while the writers go on. */
    private static final Duration PATIENCE_PER_RECORD = Duration.ofMillis(5);

    private final DemoClient client;
    private final LiveWriters writers;
    private final Output shown;
    private final Duration patience;
    private final ArrayNode all = MAPPER.createArrayNode();

    /** @param records about how many there are: how long to wait depends on it */
    Switches(DemoClient client, LiveWriters writers, long records, Output shown) {
        this.patience = LEAST_PATIENCE.plus(PATIENCE_PER_RECORD.multipliedBy(records));
        this.client = client;
        this.writers = writers;
        this.shown = shown;
    }

    /** What was done, in order. */
    ArrayNode all() {
        return all;
    }

    /** Waits until every condition of the gate holds; says which do not, if they do not come to. */
    boolean gateOpens() {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            StringBuilder closed = new StringBuilder();
            for (JsonNode condition : client.status().path("gate")) {
                if (!condition.path("open").asBoolean()) {
                    closed.append("  ✗ %s (%s): %s%n"
                            .formatted(
                                    condition.path("name").asText(),
                                    condition.path("figure").asText(),
                                    condition.path("reason").asText()));
                }
            }
            if (closed.isEmpty()) {
                return true;
            }
            if (System.nanoTime() > deadline) {
                shown.say(closed.toString().stripTrailing());
                return false;
            }
            Demo.pause(Duration.ofMillis(500));
        }
    }

    /** @return whether the primary is the other one now */
    boolean run(String kind) {
        JsonNode operation;
        try {
            operation = client.operation(
                    kind, MAPPER.createObjectNode().put("timeout_ms", patience.toMillis()), progress -> {});
        } catch (IllegalStateException e) {
            shown.say("  " + shown.red(String.valueOf(e.getMessage())));
            all.addObject().put("kind", kind).put("switched", false).put("error", e.getMessage());
            return false;
        }
        long ended = System.nanoTime();
        JsonNode result = operation.path("result");
        ObjectNode one = all.addObject();
        one.put("kind", kind);
        one.put("switched", result.path("switched").asBoolean());
        if (operation.has("error")) {
            one.put("error", operation.path("error").asText());
            shown.say("  " + shown.red(operation.path("error").asText()));
            return false;
        }
        double seconds = windowSeconds(result.path("steps"));
        long from = ended - (long) ((seconds + SLACK_SECONDS) * 1e9);
        LiveWriters.Latency before = writers.latency(from - BASELINE.toNanos(), from);
        LiveWriters.Latency during = writers.latency(from, ended);
        one.put("certificate", result.path("certificate").path("id").asText());
        one.put("window_ms", seconds * 1000);
        one.set("steps", result.path("steps"));
        one.set("forecast", result.path("added_latency"));
        latency(one.putObject("latency_before"), before);
        latency(one.putObject("latency_during"), during);
        shown.say(
                "  primary %s after a window of %.0f ms; certificate %s%n  %d writes in it, beside %d in the 5 s before: %s"
                        .formatted(
                                result.path("primary").asText(),
                                seconds * 1000,
                                result.path("certificate").path("id").asText(),
                                during.count(),
                                before.count(),
                                felt(one)));
        return result.path("switched").asBoolean();
    }

    /** What a switch did to the latency, in words: before → during. */
    static String felt(JsonNode one) {
        JsonNode before = one.path("latency_before");
        JsonNode during = one.path("latency_during");
        return "p50 %.0f → %.0f, p99 %.0f → %.0f, max %.0f → %.0f ms"
                .formatted(
                        before.path("p50_ms").asDouble(),
                        during.path("p50_ms").asDouble(),
                        before.path("p99_ms").asDouble(),
                        during.path("p99_ms").asDouble(),
                        before.path("max_ms").asDouble(),
                        during.path("max_ms").asDouble());
    }

    private static void latency(ObjectNode into, LiveWriters.Latency latency) {
        into.put("writes", latency.count())
                .put("p50_ms", latency.p50())
                .put("p99_ms", latency.p99())
                .put("max_ms", latency.max());
    }

    /** From the moment that both sides acknowledge to the end. */
    private static double windowSeconds(JsonNode steps) {
        double millis = 0;
        boolean began = false;
        for (JsonNode step : steps) {
            began |= step.path("step").asText().startsWith(BEGIN);
            if (began) {
                millis += step.path("ms").asDouble();
            }
        }
        return millis / 1000;
    }
}
