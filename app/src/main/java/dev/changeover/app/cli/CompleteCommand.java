package dev.changeover.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends the migration. */
@Command(
        name = "complete",
        mixinStandardHelpOptions = true,
        description =
                "Ends the migration after a cutover: the legacy side is not written any more, and its files stay where they are.")
final class CompleteCommand implements Callable<Integer> {
    @Mixin
    private Switching switching = new Switching();

    @Override
    public Integer call() {
        return switching.run("complete", Output.mapper().createObjectNode());
    }
}
