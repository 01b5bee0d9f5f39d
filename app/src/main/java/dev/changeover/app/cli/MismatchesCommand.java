package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists what is known to differ. */
@Command(
        name = "mismatches",
        mixinStandardHelpOptions = true,
        description = "Open mismatches with the differing fields and the side that is wrong.")
final class MismatchesCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Output shown = output.open();
        JsonNode list = operator.connect().list("/mismatches");
        shown.document(list);
        print(list.path("items"), shown);
        return list.path("items").isEmpty() ? ExitCode.OK : ExitCode.FINDINGS;
    }

    static void print(JsonNode items, Output shown) {
        if (items.isEmpty()) {
            shown.line("No open mismatches.");
        }
        for (JsonNode item : items) {
            shown.line("%s %s %s: %s is wrong (since %s)"
                    .formatted(
                            shown.red(item.path("verdict").asText()),
                            item.path("entity").asText(),
                            Output.printable(item.path("key").toString()),
                            shown.bold(item.path("side").asText()),
                            item.path("since").asText()));
            for (JsonNode field : item.path("fields")) {
                shown.line("    %s: legacy %s, log %s, target %s  %s"
                        .formatted(
                                field.path("field").asText(),
                                cut(field.path("legacy")),
                                cut(field.path("log")),
                                cut(field.path("target")),
                                shown.dim(field.path("cause").asText())));
            }
        }
    }

    private static String cut(JsonNode value) {
        String text = Output.printable(value.isMissingNode() ? "(none)" : value.toString());
        return text.length() > 80 ? text.substring(0, 77) + "..." : text;
    }
}
