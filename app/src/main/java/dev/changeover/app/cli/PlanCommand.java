package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.PlanCheck;
import dev.changeover.model.definition.DefinitionException;
import dev.changeover.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks a definition against the real stores. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description =
                "Checks the definition against the real stores; lists counts and what would be lost or refused; touches nothing.")
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private DefinitionFile definition = new DefinitionFile();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws DefinitionException {
        Output shown = output.open();
        ObjectNode plan;
        try {
            plan = PlanCheck.run(new Environment(System.getenv()).read(definition.existing()));
        } catch (StoreUnavailableException e) {
            throw new CommandException(ExitCode.UNREACHABLE, String.valueOf(e.getMessage()), e);
        }
        shown.document(plan);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "records"));
        plan.path("entities")
                .properties()
                .forEach(entity -> rows.add(List.of(
                        entity.getKey(), StatusCommand.count(entity.getValue().path("legacy")))));
        shown.table(rows);
        plan.path("findings").forEach(finding -> show(finding, shown));
        plan.path("decided").forEach(decided -> show(decided, shown));
        if (!plan.path("unfilled_columns").isEmpty()) {
            shown.line("Columns that no record fills, %d: %s"
                    .formatted(plan.path("unfilled_columns").size(), joined(plan.path("unfilled_columns"))));
        }
        JsonNode leftAlone = plan.path("left_alone");
        if (leftAlone.path("files").asLong() > 0) {
            shown.line("Files that are left alone, for the definition says nothing about them, %d: %s"
                    .formatted(leftAlone.path("files").asLong(), joined(leftAlone.path("examples"))));
        }
        boolean clean = plan.path("findings").isEmpty();
        shown.line(
                clean
                        ? shown.green("Nothing stands in the way.")
                        : plan.path("findings").size() + " findings.");
        return clean ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static void show(JsonNode finding, Output shown) {
        shown.line("%s: %s (%s). %s"
                .formatted(
                        shown.bold(finding.path("place").asText()),
                        Output.printable(finding.path("what").asText()),
                        StatusCommand.count(finding.path("count")),
                        finding.path("advice").asText()));
        finding.path("examples").forEach(example -> shown.line("    " + Output.printable(example.asText())));
    }

    private static String joined(JsonNode texts) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.add(Output.printable(text.asText())));
        return String.join(", ", all);
    }
}
