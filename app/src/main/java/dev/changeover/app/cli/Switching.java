package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that switch the primary have in common. */
final class Switching {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--timeout",
            paramLabel = "D",
            description = "For how long to try, such as 30s, 5m or 500ms (default: 5m).")
    private String timeout = "5m";

    /** @return the exit code: 1 if it was not switched and everything is as it was */
    int run(String kind, ObjectNode options) {
        Output shown = output.open();
        options.put("timeout_ms", Durations.parse(timeout).toMillis());
        options.put("who", System.getProperty("user.name", "operator"));
        int[] said = {0};
        JsonNode operation = operator.connect().operation(kind, options, now -> {
            JsonNode steps = now.path("progress").path("steps");
            for (; said[0] < steps.size(); said[0]++) {
                shown.say(line(steps.get(said[0])));
            }
        });
        shown.document(operation);
        if (!operation.path("state").asText().equals("succeeded")) {
            shown.error(operation.path("error").asText("The operation failed."));
            return ExitCode.FINDINGS;
        }
        print(operation.path("result"), shown);
        return ExitCode.OK;
    }

    static String line(JsonNode step) {
        String detail = step.path("detail").asText();
        return "  %6.0f ms  %s%s"
                .formatted(
                        step.path("ms").asDouble(), step.path("step").asText(), detail.isEmpty() ? "" : ": " + detail);
    }

    private static void print(JsonNode result, Output shown) {
        if (result.has("reason")) {
            shown.line(result.path("reason").asText());
            return;
        }
        shown.line("added latency: writes %.0f ms while both sides acknowledge, reads %.0f ms at the flip"
                .formatted(
                        result.path("added_latency").path("writes_ms").asDouble(),
                        result.path("added_latency").path("reads_ms").asDouble()));
        shown.line(
                "certificate %s".formatted(result.path("certificate").path("id").asText()));
        shown.line("phase %s, primary %s, epoch %s%s"
                .formatted(
                        result.path("phase").asText(),
                        result.path("primary").asText(),
                        result.path("epoch").asText(),
                        result.path("switched").asBoolean() ? "" : " (dry run: nothing was switched)"));
    }
}
