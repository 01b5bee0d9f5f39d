package dev.changeover.app.demo;

import dev.changeover.app.cli.Output;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.Role;
import dev.changeover.app.process.RunSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;

/** How tests run a migration: all roles in one process, on any free port, with a token. */
public final class OneProcess {
    /** For a demo whose words nobody reads. */
    static final Output QUIET = new Output(
            new PrintStream(PrintStream.nullOutputStream()),
            new PrintStream(PrintStream.nullOutputStream()),
            Output.Form.JSON,
            false,
            true);

    private OneProcess() {}

    /**
     * With embedded servers.
     *
     * @param variables all that the definition sees of the environment
     */
    public static RunSettings settings(Path definition, Map<String, String> variables, Path data) {
        return settings(definition, variables, data, "");
    }

    /** The same on a log that is there already. */
    static RunSettings settings(Path definition, Map<String, String> variables, Path data, String bootstrapServers) {
        return new RunSettings(
                definition,
                new Environment(variables),
                data,
                EnumSet.allOf(Role.class),
                bootstrapServers,
                Map.of(),
                "127.0.0.1",
                0,
                true);
    }
}
