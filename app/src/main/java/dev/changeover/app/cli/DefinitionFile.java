package dev.changeover.app.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The argument that names the definition. */
final class DefinitionFile {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "migration.yaml; by default ./migration.yaml.")
    private Path file = Path.of("migration.yaml");

    /** @throws CommandException if there is no such file */
    Path existing() {
        if (!Files.isRegularFile(file)) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "Cannot read the definition %s: there is no such file. Name it, or write one with `changeover init`."
                            .formatted(file));
        }
        return file;
    }
}
