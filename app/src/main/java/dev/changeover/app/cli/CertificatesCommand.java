package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What was found equal, and when. */
@Command(
        name = "certificates",
        mixinStandardHelpOptions = true,
        description = "What was certified at which place of the log.",
        subcommands = {CertificatesCommand.ListCommand.class, CertificatesCommand.CheckCommand.class})
final class CertificatesCommand implements Callable<Integer> {
    @Mixin
    private ListCommand list = new ListCommand();

    @Override
    public Integer call() {
        return list.call();
    }

    /** Lists them. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them, oldest first.")
    static final class ListCommand implements Callable<Integer> {
        @Mixin
        private OperatorOptions operator = new OperatorOptions();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            Output shown = output.open();
            JsonNode certificates = operator.connect().migration("/certificates");
            shown.document(certificates);
            if (certificates.path("items").isEmpty()) {
                shown.line("No certificates yet: one is issued before each cutover and rollback.");
            }
            for (JsonNode certificate : certificates.path("items")) {
                List<String> reasons = new ArrayList<>();
                certificate.path("reasons").forEach(reason -> reasons.add(Output.printable(reason.asText())));
                shown.line("%s  %s  %s  barrier %s"
                        .formatted(
                                shown.bold(certificate.path("id").asText()),
                                certificate.path("issued_at").asText(),
                                certificate.path("equal").asBoolean()
                                        ? shown.green("equal")
                                        : shown.red("not equal") + " " + String.join("; ", reasons),
                                certificate.path("barrier")));
            }
            return ExitCode.OK;
        }
    }

    /** Works one out anew. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Works a certificate out anew from the log alone, up to its barrier, and compares.")
    static final class CheckCommand implements Callable<Integer> {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "ID",
                description = "As `certificates list` shows it; the last one that says equal if left out.")
        private @Nullable String id;

        @Mixin
        private OperatorPlace place = new OperatorPlace();

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Override
        public Integer call() {
            Output shown = output.open();
            ObjectNode options = Output.mapper().createObjectNode();
            if (id != null) {
                options.put("id", id);
            }
            JsonNode operation = place.connect().operation("check-certificate", options, progress -> {});
            shown.document(operation);
            if (VerifyCommand.exitCode(operation, shown) != ExitCode.OK) {
                return ExitCode.UNREACHABLE;
            }
            JsonNode result = operation.path("result");
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("entity", "records", "digest"));
            result.path("entities")
                    .properties()
                    .forEach(entity -> rows.add(List.of(
                            entity.getKey(),
                            StatusCommand.count(entity.getValue().path("count")),
                            entity.getValue().path("digest").asText())));
            shown.table(rows);
            boolean confirmed = result.path("confirmed").asBoolean();
            shown.line("%s, from %s events: %s"
                    .formatted(
                            result.path("id").asText(),
                            Output.number(result.path("events").asLong()),
                            confirmed ? shown.green("confirmed") : shown.red("not confirmed")));
            result.path("reasons").forEach(reason -> shown.line("  " + Output.printable(reason.asText())));
            return confirmed ? ExitCode.OK : ExitCode.FINDINGS;
        }
    }
}
