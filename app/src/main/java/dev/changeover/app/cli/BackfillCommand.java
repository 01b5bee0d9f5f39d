package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Copies what the legacy store holds into the log, and so into the target. */
@Command(
        name = "backfill",
        mixinStandardHelpOptions = true,
        description = "Starts or resumes the backfill and follows it to its end.")
final class BackfillCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--entity", paramLabel = "E", description = "Only this entity.")
    private @Nullable String entity;

    @Option(names = "--rate-limit", paramLabel = "R", description = "At most so many records a second.")
    private long rateLimit;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        if (entity != null) {
            options.put("entity", entity);
        }
        if (rateLimit > 0) {
            options.put("rate_limit", rateLimit);
        }
        String[] last = {""};
        JsonNode operation = operator.connect().operation("backfill", options, progress -> {
            String line = progressLine(progress.path("progress"));
            if (!line.equals(last[0])) {
                shown.say(line);
                last[0] = line;
            }
        });
        shown.document(operation);
        int code = VerifyCommand.exitCode(operation, shown);
        if (code == ExitCode.OK) {
            shown.line(resultLine(operation.path("result")));
        }
        return code;
    }

    /** Parts that say nothing yet are left out. */
    static String progressLine(JsonNode progress) {
        String state = progress.path("state").asText();
        if (state.isEmpty() || state.equals("planning")) {
            return "backfill: finding out what there is";
        }
        StringBuilder line = new StringBuilder("backfill: %s of %s records, %s/s"
                .formatted(
                        StatusCommand.count(progress.path("done")),
                        StatusCommand.count(progress.path("total")),
                        StatusCommand.count(progress.path("rate"))));
        if (progress.path("seconds_left").isNumber()) {
            line.append(", %s s left".formatted(StatusCommand.count(progress.path("seconds_left"))));
        }
        if (progress.path("bad").asLong() > 0) {
            line.append(", %s refused".formatted(StatusCommand.count(progress.path("bad"))));
        }
        if (state.equals("waiting")) {
            line.append("; waiting: ")
                    .append(Output.printable(progress.path("last_error").asText()));
        }
        return line.toString();
    }

    static String resultLine(JsonNode result) {
        long bad = result.path("bad").asLong();
        return "backfill done: %s records on the log%s; phase %s"
                .formatted(
                        StatusCommand.count(result.path("published")),
                        bad == 0 ? "" : ", %s refused (`dead-letters list` shows them)".formatted(Output.number(bad)),
                        result.path("phase").asText());
    }
}
