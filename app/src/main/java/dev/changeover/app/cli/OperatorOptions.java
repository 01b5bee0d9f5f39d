package dev.changeover.app.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which running process an operator command talks to. */
final class OperatorOptions {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "migration.yaml; by default ./migration.yaml.")
    private Path file = Path.of("migration.yaml");

    @Mixin
    private OperatorPlace place = new OperatorPlace();

    OperatorClient connect() {
        return place.connect();
    }

    Path file() {
        return file;
    }
}
