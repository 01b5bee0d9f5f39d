package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares both sides. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Says whether both sides are equal: by the stream's verdicts, or --deep by reading both whole.")
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--deep", description = "Scans both stores whole.")
    private boolean deep;

    @Option(names = "--entity", paramLabel = "E", description = "Only this entity.")
    private @Nullable String entity;

    @Option(names = "--sample", paramLabel = "N", description = "With --deep: only about N records of each entity.")
    private long sample;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        options.put("deep", deep);
        if (entity != null) {
            options.put("entity", entity);
        }
        if (sample > 0) {
            options.put("sample", sample);
        }
        JsonNode operation = operator.connect().operation("verify", options, progress -> {});
        shown.document(operation);
        JsonNode result = operation.path("result");
        if (!result.isMissingNode()) {
            print(result, shown);
        }
        int code = exitCode(operation, shown);
        return code != ExitCode.OK
                ? ExitCode.UNREACHABLE
                : switch (result.path("verdict").asText()) {
                    case "equal" -> ExitCode.OK;
                    case "differ" -> ExitCode.FINDINGS;
                    default -> ExitCode.UNREACHABLE;
                };
    }

    static void print(JsonNode result, Output shown) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "legacy", "target", "differences", "digest"));
        result.path("entities")
                .properties()
                .forEach(entity -> rows.add(List.of(
                        entity.getKey(),
                        StatusCommand.count(entity.getValue().path("legacy").path("count")),
                        StatusCommand.count(entity.getValue().path("target").path("count")),
                        StatusCommand.count(entity.getValue().path("differences")),
                        digest(entity.getValue()))));
        if (rows.size() > 1) {
            shown.table(rows);
        }
        String verdict = result.path("verdict").asText();
        shown.line(
                verdict.equals("equal")
                        ? shown.green("equal")
                        : shown.red(verdict) + ": " + result.path("reason").asText(""));
        for (JsonNode bad : result.path("unreadable")) {
            shown.line("%s: %s: %s"
                    .formatted(
                            bad.path("side").asText(),
                            Output.printable(bad.path("origin").asText()),
                            Output.printable(bad.path("fault").asText())));
        }
        MismatchesCommand.print(result.path("mismatches"), shown);
    }

    private static String digest(JsonNode entity) {
        String legacy = entity.path("legacy").path("digest").asText();
        String target = entity.path("target").path("digest").asText();
        return legacy.equals(target) ? legacy : legacy + " ≠ " + target;
    }

    static int exitCode(JsonNode operation, Output shown) {
        if (operation.path("state").asText().equals("succeeded")) {
            return ExitCode.OK;
        }
        shown.error(operation.path("error").asText("The operation failed."));
        return ExitCode.UNREACHABLE;
    }
}
