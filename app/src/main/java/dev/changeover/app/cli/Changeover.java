package dev.changeover.app.cli;

import dev.changeover.app.process.InvalidEnvironmentException;
import dev.changeover.app.process.SchemaMisfitException;
import dev.changeover.model.definition.DefinitionException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** The command with all its sub-commands; every failure becomes a sentence and an exit code. */
@Command(
        name = "changeover",
        mixinStandardHelpOptions = true,
        version = "changeover 0.1.0",
        description = "Moves a live application from its files to a database without stopping it.",
        subcommands = {
            DemoCommand.class,
            InitCommand.class,
            PlanCommand.class,
            RunCommand.class,
            DetachCommand.class,
            BackfillCommand.class,
            StatusCommand.class,
            VerifyCommand.class,
            MismatchesCommand.class,
            RepairCommand.class,
            AcceptDeletesCommand.class,
            RebuildCommand.class,
            DeadLettersCommand.class,
            CutoverCommand.class,
            RollbackCommand.class,
            CompleteCommand.class,
            ArchiveCommand.class,
            CertificatesCommand.class,
            ReadsCommand.class,
            Changeover.CompletionCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, equal, nothing found",
            "1:findings, differences",
            "2:bad usage or definition",
            "3:cannot reach what it needs, or could not tell",
            "4:refused",
            "70:a defect"
        })
public final class Changeover implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Changeover.class);

    @CommandLine.Spec
    private @Nullable CommandSpec spec;

    /** Runs the command and returns its exit code. */
    public static int execute(String... arguments) {
        CommandLine command = new CommandLine(new Changeover());
        command.setCaseInsensitiveEnumValuesAllowed(true);
        command.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        command.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        if (System.getenv("NO_COLOR") != null) {
            command.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        }
        command.setExecutionExceptionHandler((failure, failed, parsed) -> explain(failure, failed));
        return command.execute(arguments);
    }

    private static int explain(Exception failure, CommandLine command) {
        if (failure instanceof CommandException known) {
            command.getErr().println(known.getMessage());
            return known.exitCode();
        }
        if (failure instanceof DefinitionException invalid) {
            invalid.problems().forEach(problem -> command.getErr().println(problem));
            return ExitCode.USAGE;
        }
        if (failure instanceof InvalidEnvironmentException invalid) {
            command.getErr().println(invalid.getMessage());
            return ExitCode.USAGE;
        }
        if (failure instanceof SchemaMisfitException misfit) {
            command.getErr().println(misfit.getMessage());
            return ExitCode.USAGE;
        }
        LOG.error("A command failed.", failure);
        command.getErr()
                .println("Internal error: " + failure
                        + ". Please report it, with the lines above; CHANGEOVER_LOG_LEVEL=DEBUG shows more.");
        return ExitCode.DEFECT;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
        }
    }

    /** Prints a completion script. */
    @Command(
            name = "completion",
            mixinStandardHelpOptions = true,
            description = "Prints a shell completion script: source <(changeover completion bash).")
    static final class CompletionCommand implements Runnable {
        /** The shells there are scripts for. */
        enum Shell {
            BASH,
            ZSH,
            FISH
        }

        @Parameters(index = "0", paramLabel = "bash|zsh|fish")
        private Shell shell = Shell.BASH;

        @Override
        public void run() {
            CommandLine command = new CommandLine(new Changeover());
            switch (shell) {
                case BASH -> System.out.println(AutoComplete.bash("changeover", command));
                case ZSH ->
                    System.out.println(
                            "autoload -U +X bashcompinit && bashcompinit\n" + AutoComplete.bash("changeover", command));
                case FISH -> {
                    for (CommandLine sub : command.getSubcommands().values()) {
                        System.out.printf(
                                "complete -c changeover -n __fish_use_subcommand -a %s -d '%s'%n",
                                sub.getCommandName(),
                                String.join(
                                                " ",
                                                sub.getCommandSpec()
                                                        .usageMessage()
                                                        .description())
                                        .replace("'", "\\'"));
                        for (CommandLine.Model.OptionSpec option :
                                sub.getCommandSpec().options()) {
                            System.out.printf(
                                    "complete -c changeover -n '__fish_seen_subcommand_from %s' -l %s%n",
                                    sub.getCommandName(), option.longestName().replaceFirst("^-+", ""));
                        }
                    }
                }
            }
        }
    }
}
