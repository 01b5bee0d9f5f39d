package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.init.Init;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a first definition of what is there. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        description =
                "Infers entities, keys, types and references from what is there; writes migration.yaml and schema/V1__init.sql.")
final class InitCommand implements Callable<Integer> {
    @Option(
            names = "--legacy",
            required = true,
            paramLabel = "DIR",
            description = "The folder with the application's JSON, JSON lines or SQLite files.")
    private Path legacy = Path.of(".");

    @Option(
            names = "--target",
            paramLabel = "URL",
            description = "postgresql://…, embedded, or sqlite:PATH; by default $${DATABASE_URL:-embedded}.")
    private String target = "${DATABASE_URL:-embedded}";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The migration's name; by default made of the folder's.")
    private String name = "";

    @Option(names = "--into", paramLabel = "DIR", description = "Where to write; by default here.")
    private Path into = Path.of(".");

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Output shown = output.open();
        if (!Files.isDirectory(legacy)) {
            throw new CommandException(
                    ExitCode.UNREACHABLE, "Cannot read %s: there is no such folder.".formatted(legacy));
        }
        Path definition = into.resolve("migration.yaml");
        if (Files.exists(definition) || Files.exists(into.resolve("schema/V1__init.sql"))) {
            throw new CommandException(
                    ExitCode.REFUSED,
                    "Refused: %s or its schema is there already. Move it away, or name another folder with --into."
                            .formatted(definition));
        }
        if (!name.isEmpty() && !name.matches("[a-z][a-z0-9_-]{0,62}")) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "Invalid --name %s: small letters, digits, _ and -, a letter first.".formatted(name));
        }
        ObjectNode summary;
        try {
            summary = new Init(legacy, name.isEmpty() ? Init.nameFor(legacy) : name, target, into).run();
        } catch (IOException e) {
            throw new CommandException(
                    ExitCode.UNREACHABLE,
                    "Cannot read %s or write to %s: %s".formatted(legacy, into, e.getMessage()),
                    e);
        }
        shown.document(summary);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "records", "key", "where"));
        summary.path("entities")
                .properties()
                .forEach(entity -> rows.add(List.of(
                        entity.getKey(),
                        Output.number(entity.getValue().path("records").asLong()),
                        entity.getValue().path("key").asText(),
                        Output.printable(entity.getValue().path("where").asText()))));
        shown.table(rows);
        summary.path("comments").forEach(comment -> shown.line("  " + Output.printable(comment.asText())));
        if (summary.path("entities").isEmpty()) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "Cannot find any records in %s: nothing there is JSON or SQLite.".formatted(legacy));
        }
        shown.line("%s is written. Look through it, then: changeover plan %s"
                .formatted(shown.bold(definition.toString()), definition));
        return ExitCode.OK;
    }
}
