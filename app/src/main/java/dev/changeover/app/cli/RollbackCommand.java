package dev.changeover.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes the legacy side the primary again. */
@Command(
        name = "rollback",
        mixinStandardHelpOptions = true,
        description = "Makes the legacy side the primary again; what was written since the cutover is kept.")
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private Switching switching = new Switching();

    @Override
    public Integer call() {
        return switching.run("rollback", Output.mapper().createObjectNode());
    }
}
