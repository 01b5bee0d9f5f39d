package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.Detaching;
import dev.changeover.app.process.Environment;
import dev.changeover.model.definition.DefinitionException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes back what a migration that was given up has in both sides. */
@Command(
        name = "detach",
        mixinStandardHelpOptions = true,
        description =
                "After a migration was given up: takes our triggers and tables out of SQLite files and drops PostgreSQL's replication slot. Records stay. Stop all roles first.")
final class DetachCommand implements Callable<Integer> {
    @Mixin
    private DefinitionFile definition = new DefinitionFile();

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where run kept its files (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory = Path.of(".changeover");

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws DefinitionException {
        Output shown = output.open();
        Detaching.Outcome outcome;
        try {
            outcome = Detaching.detach(new Environment(System.getenv()).read(definition.existing()), dataDirectory);
        } catch (IllegalStateException e) {
            throw new CommandException(ExitCode.REFUSED, String.valueOf(e.getMessage()), e);
        }
        ObjectNode document = Output.mapper().createObjectNode();
        ArrayNode released = document.putArray("released");
        outcome.released().forEach(released::add);
        ArrayNode failures = document.putArray("failures");
        outcome.failures().forEach(failures::add);
        shown.document(document);
        outcome.released().forEach(what -> shown.line("taken away: " + what));
        outcome.failures().forEach(failure -> shown.error(Output.printable(failure)));
        return outcome.failures().isEmpty() ? ExitCode.OK : ExitCode.UNREACHABLE;
    }
}
