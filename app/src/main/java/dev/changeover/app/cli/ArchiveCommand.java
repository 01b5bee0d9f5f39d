package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Puts the legacy files away when they are not needed any more. */
@Command(
        name = "archive",
        mixinStandardHelpOptions = true,
        description =
                "When the migration is complete: packs the legacy files with records into one ZIP file with the SHA-256 of each, reads it back and compares it with the disk. To do it again checks what is there.")
final class ArchiveCommand implements Callable<Integer> {
    @Option(
            names = "--into",
            paramLabel = "FILE",
            description =
                    "The archive, on the machine where it runs; by default beside the legacy root: ROOT-archive.zip.")
    private @Nullable Path into;

    @Option(
            names = "--older-than",
            paramLabel = "D",
            description = "Refuses before that time has passed since `complete`, such as 7d or 12h.")
    private String olderThan = "0s";

    @Option(
            names = "--remove",
            description =
                    "Removes the legacy files afterwards, each only if it is still what the archive has. Links, folders and what the definition does not describe stay.")
    private boolean remove;

    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Output shown = output.open();
        ObjectNode options = Output.mapper().createObjectNode();
        options.put("older_than_ms", Durations.parse(olderThan).toMillis());
        options.put("remove", remove);
        if (into != null) {
            options.put("into", into.toAbsolutePath().normalize().toString());
        }
        JsonNode operation = operator.connect().operation("archive", options, progress -> {});
        shown.document(operation);
        if (!operation.path("state").asText().equals("succeeded")) {
            shown.error(Output.printable(operation.path("error").asText("The operation failed.")));
            return ExitCode.FINDINGS;
        }
        JsonNode result = operation.path("result");
        shown.line("%s  %s files, %s bytes, %s bytes packed; each read back and equal"
                .formatted(
                        Output.printable(result.path("archive").asText()),
                        Output.number(result.path("files").asLong()),
                        Output.number(result.path("bytes").asLong()),
                        Output.number(result.path("archive_bytes").asLong())));
        shown.line("SHA-256 %s, certificate %s"
                .formatted(
                        result.path("sha256").asText(),
                        result.path("certificate").asText()));
        shown.line("left where they are: %s files that the definition does not describe, and links: %s"
                .formatted(
                        Output.number(result.path("other_files").asLong()),
                        Output.number(result.path("links").size())));
        result.path("links").forEach(link -> shown.line("  " + Output.printable(link.asText())));
        if (remove) {
            shown.line("removed: %s files"
                    .formatted(Output.number(result.path("removed").asLong())));
        }
        return ExitCode.OK;
    }
}
