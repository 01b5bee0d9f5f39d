package dev.changeover.app.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the running process is found that an operator's command talks to. */
final class OperatorPlace {
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
}
