package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.demo.Demo;
import dev.changeover.model.definition.DefinitionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The whole story on one of the migrations that come with it. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Moves the sample of a migration to its new database while live writers keep writing, switches the primary there, back and there again, and proves both sides equal.")
final class DemoCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "The migration (default: ${DEFAULT-VALUE}).")
    private String name = "donna";

    @Option(names = "--records", paramLabel = "N", description = "Enlarges the legacy store to so many records first.")
    private long records;

    @Option(names = "--rate", paramLabel = "R", description = "Live writes a second (default: ${DEFAULT-VALUE}).")
    private double rate = 50;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where it keeps its files (default: a temporary folder).")
    private @Nullable Path dataDirectory;

    @Option(names = "--no-browser", description = "Does not open the dashboard in a browser.")
    private boolean noBrowser;

    @Option(names = "--keep", description = "Leaves it running at the end.")
    private boolean keep;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws DefinitionException {
        Output shown = output.open();
        if (rate <= 0) {
            throw new CommandException(ExitCode.USAGE, "Invalid --rate: more than 0");
        }
        Path definition = migrations().resolve(name).resolve("migration.yaml");
        if (!Files.isRegularFile(definition)) {
            throw new CommandException(
                    ExitCode.USAGE, "Invalid migration \"%s\": there is no %s".formatted(name, definition));
        }
        Demo demo = new Demo(
                definition, records, rate, dataDirectory, keep, !noBrowser && System.getenv("DISPLAY") != null, shown);
        ObjectNode summary = demo.run();
        shown.document(summary);
        if (keep) {
            demo.serveUntilStopped();
        }
        ClassArchive.wanted().ifPresent(archive -> {
            shown.say("Keeping the classes that Java has loaded, for faster starts (once, some seconds)");
            archive.make();
        });
        return Demo.isGood(summary) ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static Path migrations() {
        @Nullable String home = System.getProperty("changeover.home");
        return home == null ? Path.of("migrations") : Path.of(home, "migrations");
    }
}
