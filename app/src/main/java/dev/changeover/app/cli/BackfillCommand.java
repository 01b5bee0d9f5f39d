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
        return VerifyCommand.exitCode(operation, shown);
    }

    static String progressLine(JsonNode progress) {
        return "backfill: %s of %s records, %s/s, %s s left"
                .formatted(
                        StatusCommand.count(progress.path("done")),
                        StatusCommand.count(progress.path("total")),
                        StatusCommand.count(progress.path("rate")),
                        StatusCommand.count(progress.path("seconds_left")));
    }
}
