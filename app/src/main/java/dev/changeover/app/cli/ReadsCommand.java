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

/** Which reads the target serves before the cutover. */
@Command(
        name = "reads",
        mixinStandardHelpOptions = true,
        description =
                "Sets and shows which share of the reads by key the target serves before the cutover, and of which share both"
                        + " sides are asked and compared.")
final class ReadsCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--target", paramLabel = "P%", description = "Share of the keys that the target serves, as 10%%.")
    private @Nullable String target;

    @Option(names = "--shadow", paramLabel = "P%", description = "Share of the reads for which both sides are asked.")
    private @Nullable String shadow;

    @Option(names = "--entity", paramLabel = "E", description = "Only this entity; all of them if left out.")
    private @Nullable String entity;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        put(options, "target", target);
        put(options, "shadow", shadow);
        put(options, "entity", entity);
        JsonNode operation = operator.connect().operation("reads", options, progress -> {});
        shown.document(operation);
        int code = VerifyCommand.exitCode(operation, shown);
        if (code == ExitCode.OK) {
            print(operation.path("result"), shown);
        }
        return code;
    }

    private static void put(ObjectNode options, String name, @Nullable String value) {
        if (value != null) {
            options.put(name, value);
        }
    }

    private static void print(JsonNode result, Output shown) {
        shown.line("from the target: %s; %s served, %s times it was behind"
                .formatted(
                        shares(result.path("target")),
                        Output.number(result.path("served_from_target").asLong()),
                        Output.number(result.path("target_behind").asLong())));
        JsonNode made = result.path("shadow_reads");
        shown.line("both sides asked: %s; %s equal, %s different, %s only behind, %s unreadable, %s left out"
                .formatted(
                        shares(result.path("shadow")),
                        Output.number(made.path("equal").asLong()),
                        Output.number(made.path("different").asLong()),
                        Output.number(made.path("behind").asLong()),
                        Output.number(made.path("unreadable").asLong()),
                        Output.number(made.path("left_out").asLong())));
        MismatchesCommand.print(result.path("examples"), shown);
    }

    private static String shares(JsonNode shares) {
        List<String> words = new ArrayList<>();
        shares.properties()
                .forEach(share ->
                        words.add((share.getKey().equals("*") ? "" : share.getKey() + " ") + share.getValue() + "%"));
        return words.isEmpty() ? "none" : String.join(", ", words);
    }
}
