package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes sides that differ from the log what it says. */
@Command(
        name = "repair",
        mixinStandardHelpOptions = true,
        description =
                "Applies what the log says once more where a side differs, through the log, so that no newer write is undone.")
final class RepairCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--side", paramLabel = "legacy|target", description = "Only what is wrong on this side.")
    private @Nullable String side;

    @Option(names = "--entity", paramLabel = "E", description = "Only this entity.")
    private @Nullable String entity;

    @Option(names = "--dry-run", description = "Says what it would do.")
    private boolean dryRun;

    @Option(names = "--adopt", description = "What others wrote is taken over instead of undone.")
    private boolean adopt;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options =
                Output.mapper().createObjectNode().put("dry_run", dryRun).put("adopt", adopt);
        if (side != null) {
            options.put("side", side);
        }
        if (entity != null) {
            options.put("entity", entity);
        }
        JsonNode operation = operator.connect().operation("repair", options, progress -> {});
        shown.document(operation);
        if (VerifyCommand.exitCode(operation, shown) != ExitCode.OK) {
            return ExitCode.UNREACHABLE;
        }
        JsonNode result = operation.path("result");
        for (JsonNode item : result.path("items")) {
            shown.line("%s %s on %s: %s%s"
                    .formatted(
                            item.path("verdict").asText(),
                            Output.printable(item.path("record").asText()),
                            item.path("side").asText(),
                            item.path("action").asText(),
                            item.path("reason").asText().isEmpty()
                                    ? ""
                                    : ": "
                                            + Output.printable(
                                                    item.path("reason").asText())));
        }
        shown.line("%d found, %d repaired, %d failed, %d still differ%s"
                .formatted(
                        result.path("found").asInt(),
                        result.path("repaired").asInt(),
                        result.path("failed").asInt(),
                        result.path("left").asInt(),
                        dryRun ? " (dry run: nothing was done)" : ""));
        return result.path("failed").asInt() + result.path("left").asInt() == 0 ? ExitCode.OK : ExitCode.FINDINGS;
    }
}
