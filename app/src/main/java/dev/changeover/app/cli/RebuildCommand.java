package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Side;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a side anew from the log, in another place. */
@Command(
        name = "rebuild",
        mixinStandardHelpOptions = true,
        description =
                "Replays the log into an empty place and compares it with the original; the original is not touched.")
final class RebuildCommand implements Callable<Integer> {
    private static final String SQLITE = "sqlite:";

    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--side", required = true, paramLabel = "legacy|target", description = "Which side.")
    private String side = "";

    @Option(
            names = "--into",
            required = true,
            paramLabel = "LOCATION",
            description =
                    "An empty place: for legacy a folder; for target postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or the name of a database on the target's server, which is made; or sqlite:PATH.")
    private String into = "";

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "As it was then, by the broker's clock: 2025-11-21T10:00:00Z.")
    private @Nullable String until;

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        options.put("side", side.toLowerCase(Locale.ROOT));
        options.put("into", place());
        if (until != null) {
            options.put("until", until);
        }
        String[] last = {""};
        JsonNode operation = operator.connect().operation("rebuild", options, progress -> {
            String line = progressLine(progress.path("progress"));
            if (!line.equals(last[0])) {
                shown.say(line);
                last[0] = line;
            }
        });
        shown.document(operation);
        if (VerifyCommand.exitCode(operation, shown) != ExitCode.OK) {
            return ExitCode.UNREACHABLE;
        }
        JsonNode result = operation.path("result");
        print(result, shown);
        return switch (result.path("verdict").asText()) {
            case "equal" -> ExitCode.OK;
            case "differ" -> ExitCode.FINDINGS;
            default -> ExitCode.UNREACHABLE;
        };
    }

    /** The process that does it runs in another folder. */
    private String place() {
        if (side.toLowerCase(Locale.ROOT).equals(Side.LEGACY.word())) {
            return absolute(into);
        }
        return into.startsWith(SQLITE) ? SQLITE + absolute(into.substring(SQLITE.length())) : into;
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    private static String progressLine(JsonNode progress) {
        return "rebuild: %s of %s of the log, %s events, %s/s"
                .formatted(
                        StatusCommand.count(progress.path("passed")),
                        StatusCommand.count(progress.path("total")),
                        StatusCommand.count(progress.path("events")),
                        StatusCommand.count(progress.path("rate")));
    }

    private static void print(JsonNode result, Output shown) {
        String other = result.path("compared_with").asText();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "rebuilt", other, "digest"));
        result.path("entities").properties().forEach(entity -> {
            JsonNode rebuilt = entity.getValue().path("rebuilt");
            JsonNode compared = entity.getValue().path(other);
            String digest = rebuilt.path("digest").asText();
            rows.add(List.of(
                    entity.getKey(),
                    StatusCommand.count(rebuilt.path("count")),
                    StatusCommand.count(compared.path("count")),
                    digest.equals(compared.path("digest").asText())
                            ? digest
                            : digest + " ≠ " + compared.path("digest").asText()));
        });
        shown.table(rows);
        shown.line("%s events in %.1f s, %s/s, into %s"
                .formatted(
                        StatusCommand.count(result.path("events")),
                        result.path("seconds").asDouble(),
                        StatusCommand.count(result.path("events_per_second")),
                        Output.printable(result.path("into").asText())));
        result.path("log_may_forget").forEach(words -> shown.error(words.asText()));
        String verdict = result.path("verdict").asText();
        shown.line(
                verdict.equals("equal")
                        ? shown.green("equal")
                        : shown.red(verdict) + ": " + result.path("reason").asText());
    }
}
