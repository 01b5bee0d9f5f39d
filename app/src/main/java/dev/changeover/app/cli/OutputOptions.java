package dev.changeover.app.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** The options of every command that shows something. */
final class OutputOptions {
    @Option(
            names = "--output",
            paramLabel = "text|json",
            description = "json: one document on standard output; progress goes to standard error.")
    private Output.Form form = Output.Form.TEXT;

    @Option(names = "--no-color", description = "No colours; NO_COLOR does the same.")
    private boolean noColor;

    @Option(names = "--quiet", description = "The result only, no progress.")
    private boolean quiet;

    Output open() {
        boolean color = !noColor && System.getenv("NO_COLOR") == null && Boolean.getBoolean("changeover.tty");
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return new Output(out, err, form, color, quiet);
    }
}
