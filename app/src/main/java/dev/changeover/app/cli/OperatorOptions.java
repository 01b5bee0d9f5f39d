package dev.changeover.app.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which running process an operator command talks to. */
final class OperatorOptions {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "migration.yaml; by default ./migration.yaml.")
    private Path file = Path.of("migration.yaml");

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Data directory of the running process (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory = Path.of(".changeover");

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Where it serves; the token comes from CHANGEOVER_TOKEN.")
    private @Nullable String url;

    OperatorClient connect() {
        return OperatorClient.find(url, dataDirectory);
    }

    Path file() {
        return file;
    }
}
