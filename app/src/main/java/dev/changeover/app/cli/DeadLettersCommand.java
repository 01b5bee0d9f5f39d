package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What could not be accepted or applied. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = "Events that could not be accepted or applied.",
        subcommands = {
            DeadLettersCommand.ListCommand.class,
            DeadLettersCommand.ShowCommand.class,
            DeadLettersCommand.RetryCommand.class,
            DeadLettersCommand.WaiveCommand.class
        })
final class DeadLettersCommand implements Callable<Integer> {
    @Mixin
    private ListCommand list = new ListCommand();

    @Override
    public Integer call() {
        return list.call();
    }

    /** Lists them. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them, oldest first.")
    static final class ListCommand implements Callable<Integer> {
        @Mixin
        private OperatorOptions operator = new OperatorOptions();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Option(names = "--entity", paramLabel = "E", description = "Only those of this entity.")
        private @Nullable String entity;

        @Override
        public Integer call() {
            Output shown = output.open();
            JsonNode letters = operator.connect()
                    .list("/dead-letters"
                            + (entity == null ? "" : "?entity=" + URLEncoder.encode(entity, StandardCharsets.UTF_8)));
            shown.document(letters);
            if (letters.path("items").isEmpty()) {
                shown.line("No dead letters.");
            }
            for (JsonNode letter : letters.path("items")) {
                shown.line("%s  %s %s%s"
                        .formatted(
                                shown.bold(letter.path("id").asText()),
                                letter.path("entity").asText(),
                                letter.path("stage").asText(),
                                letter.path("side").isTextual()
                                        ? "/" + letter.path("side").asText()
                                        : ""));
                shown.line("    " + Output.printable(letter.path("origin").asText()) + ": "
                        + Output.printable(letter.path("reason").asText()));
            }
            return ExitCode.OK;
        }
    }

    /** Which letters, and where. */
    static final class Chosen {
        @Parameters(index = "0", arity = "0..1", paramLabel = "ID", description = "As `dead-letters list` shows it.")
        private @Nullable String id;

        @Option(names = "--entity", paramLabel = "E", description = "All of this entity.")
        private @Nullable String entity;

        @Mixin
        private OperatorPlace place = new OperatorPlace();

        int settle(String kind, String reason, Output shown) {
            ObjectNode options = Output.mapper().createObjectNode().put("reason", reason);
            if (id != null) {
                options.put("id", id);
            }
            if (entity != null) {
                options.put("entity", entity);
            }
            JsonNode operation = place.connect().operation(kind, options, progress -> {});
            shown.document(operation);
            if (VerifyCommand.exitCode(operation, shown) != ExitCode.OK) {
                return ExitCode.UNREACHABLE;
            }
            JsonNode result = operation.path("result");
            for (JsonNode item : result.path("items")) {
                shown.line("%s  %s %s"
                        .formatted(
                                shown.bold(item.path("id").asText()),
                                item.path("outcome").asText(),
                                Output.printable(item.path("reason").asText())));
            }
            return result.path("open").asInt() == 0 ? ExitCode.OK : ExitCode.FINDINGS;
        }
    }

    /** Tries them once more. */
    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = "Tries them once more, in order per record; those that succeed are settled.")
    static final class RetryCommand implements Callable<Integer> {
        @Mixin
        private Chosen chosen = new Chosen();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            return chosen.settle("retry", "", output.open());
        }
    }

    /** Says that nobody has to deal with them. */
    @Command(
            name = "waive",
            mixinStandardHelpOptions = true,
            description = "Says that nobody has to deal with them; who, when and why goes into the audit.")
    static final class WaiveCommand implements Callable<Integer> {
        @Mixin
        private Chosen chosen = new Chosen();

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
        private String reason = "";

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            return chosen.settle("waive", reason, output.open());
        }
    }

    /** Shows one whole. */
    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one whole, with the event's bytes.")
    static final class ShowCommand implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "ID")
        private String id = "";

        @Mixin
        private OperatorPlace place = new OperatorPlace();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            Output shown = output.open();
            JsonNode letter = place.connect()
                    .migration("/dead-letters/"
                            + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20"));
            shown.document(letter);
            letter.properties()
                    .forEach(field -> shown.line("%s: %s"
                            .formatted(
                                    shown.bold(field.getKey()),
                                    Output.printable(
                                            field.getValue().isTextual()
                                                    ? field.getValue().asText()
                                                    : field.getValue().toString()))));
            return ExitCode.OK;
        }
    }
}
