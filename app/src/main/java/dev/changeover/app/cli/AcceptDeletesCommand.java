package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lets deletes through that the brake holds back. */
@Command(
        name = "accept-deletes",
        mixinStandardHelpOptions = true,
        description =
                "With capture: watch, when too many legacy records are gone at once: says that they were deleted, and deletes them from the target.")
final class AcceptDeletesCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--entity", paramLabel = "E", description = "Only this entity.")
    private @Nullable String entity;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        if (entity != null) {
            options.put("entity", entity);
        }
        JsonNode operation = operator.connect().operation("accept-deletes", options, progress -> {});
        shown.document(operation);
        shown.line("%d deletes accepted"
                .formatted(operation.path("result").path("accepted").asInt()));
        return VerifyCommand.exitCode(operation, shown);
    }
}
