package dev.changeover.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the target the primary. */
@Command(
        name = "cutover",
        mixinStandardHelpOptions = true,
        description = "Makes the target the primary, if the gate is open and both sides are certified to be equal.")
final class CutoverCommand implements Callable<Integer> {
    @Mixin
    private Switching switching = new Switching();

    @Option(names = "--dry-run", description = "Does all but the flip, and says how long each step took.")
    private boolean dryRun;

    @Override
    public Integer call() {
        return switching.run("cutover", Output.mapper().createObjectNode().put("dry_run", dryRun));
    }
}
