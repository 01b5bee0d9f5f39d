package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows where a migration stands. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Phase, primary, counts, lag, mismatches, dead letters and the gate.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--watch", description = "Shows it again every second until interrupted.")
    private boolean watch;

    @Override
    public Integer call() {
        Output shown = output.open();
        OperatorClient client = operator.connect();
        do {
            JsonNode status = client.migration("/status");
            shown.document(status);
            print(status, shown);
            for (int i = 0; watch && i < 5; i++) {
                OperatorClient.pause();
            }
        } while (watch);
        return ExitCode.OK;
    }

    /** The status as people read it. */
    static void print(JsonNode status, Output shown) {
        shown.line("%s: %s, primary %s, epoch %s"
                .formatted(
                        shown.bold(status.path("migration").asText()),
                        status.path("phase").asText(),
                        status.path("primary").asText(),
                        status.path("epoch").asText()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "legacy", "target", "mismatches"));
        status.path("entities")
                .properties()
                .forEach(entity -> rows.add(List.of(
                        entity.getKey(),
                        count(entity.getValue().path("legacy")),
                        count(entity.getValue().path("target")),
                        count(entity.getValue().path("mismatches")))));
        shown.table(rows);
        JsonNode counters = status.path("counters");
        shown.line("  writes %s = changes %s + dead letters %s + duplicates %s + beaten snapshot reads %s"
                .formatted(
                        count(counters.path("writes")),
                        count(counters.path("changes")),
                        count(counters.path("dead_letters")),
                        count(counters.path("duplicates")),
                        count(counters.path("beaten_snapshot_reads"))));
        shown.line("  lag: legacy %s, target %s events"
                .formatted(
                        count(status.path("lag").path("legacy")),
                        count(status.path("lag").path("target"))));
        JsonNode capture = status.path("capture");
        if (capture.isObject()) {
            shown.line("  captured from the application's own files: %s, pending %s, held back %s"
                    .formatted(
                            count(capture.path("captured")),
                            count(capture.path("pending")),
                            count(capture.path("held_deletes"))));
        }
        for (JsonNode condition : status.path("gate")) {
            boolean open = condition.path("open").asBoolean();
            shown.line("  %s %s: %s%s"
                    .formatted(
                            open ? shown.green("✓") : shown.red("✗"),
                            condition.path("name").asText(),
                            condition.path("figure").asText(),
                            open ? "" : " (" + condition.path("reason").asText() + ")"));
        }
    }

    static String count(JsonNode value) {
        return value.isNumber() ? Output.number(value.asLong()) : "-";
    }
}
