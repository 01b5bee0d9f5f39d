package dev.changeover.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.definition.DefinitionReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plan finds by itself in cass-vessel's files and in its owner's schema. */
class CassVesselPlanTest {
    private static final Path FOLDER = Path.of("..", "migrations", "cass-vessel");

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static List<String> findings(ObjectNode plan) {
        List<String> findings = new ArrayList<>();
        plan.path("findings")
                .forEach(each -> findings.add(
                        each.path("place").asText() + ": " + each.path("what").asText()));
        return findings;
    }

    @Test
    void everyRecordIsReadAndWhatIsLeftAloneIsSaid() {
        ObjectNode plan = PlanCheck.run(DefinitionReader.read(FOLDER.resolve("migration.yaml"), name -> null));

        assertThat(plan.path("entities").path("messages").path("legacy").asLong())
                .isEqualTo(146);
        assertThat(plan.path("entities").path("wiki_pages").path("legacy").asLong())
                .isEqualTo(16);
        assertThat(findings(plan))
                .noneMatch(each -> each.contains("unreadable") || each.contains("orphan"))
                .contains("messages: table messages does not have daemon_id")
                .contains("roadmap_items: the key (id) of roadmap_items does not have daemon_id")
                .noneMatch(each -> each.startsWith("conversations: the key")) // UUIDs are nobody else's
                .noneMatch(each -> each.startsWith("journals: the key"));
        assertThat(texts(plan.path("left_alone").path("examples")))
                .contains("users/index.json", "goals/synthesis/on-rest.md", "research/sessions/current.json");
        assertThat(texts(plan.path("unfilled_columns")))
                .contains("user_growth_edges.desired_state", "research_sessions.sources_json");
    }

    @Test
    void theKeysOfTheOwnersPlanThatASecondDaemonCouldNotHaveAreFound(@TempDir Path folder) throws Exception {
        copy(FOLDER.resolve("schema"), folder.resolve("schema"));
        Path planned = folder.resolve("schema/V1__plan.sql");
        Files.writeString(
                planned,
                Files.readString(planned)
                        .replaceAll(",([^\n,]*)\n    PRIMARY KEY \\(daemon_id, id\\)", "$1")
                        .replaceAll("(\n    id +TEXT) NOT NULL,", "$1 PRIMARY KEY,"));
        Files.writeString(
                folder.resolve("migration.yaml"),
                Files.readString(FOLDER.resolve("migration.yaml"))
                        .replace("${CASS_VESSEL_ROOT:-sample}/cass.db", "cass.db")
                        .replace(
                                "${CASS_VESSEL_ROOT:-sample}",
                                FOLDER.resolve("sample").toAbsolutePath().toString()));

        List<String> findings =
                findings(PlanCheck.run(DefinitionReader.read(folder.resolve("migration.yaml"), name -> null)));

        assertThat(findings)
                .contains(
                        "journals: the key (id) of journals does not have daemon_id",
                        "wiki_pages: the key (id) of wiki_pages does not have daemon_id",
                        "dreams: the key (id) of dreams does not have daemon_id",
                        "rhythm_phases: the key (id) of rhythm_phases does not have daemon_id");
    }

    private static void copy(Path from, Path to) throws Exception {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }
}
