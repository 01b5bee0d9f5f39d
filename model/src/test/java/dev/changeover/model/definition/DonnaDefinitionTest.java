package dev.changeover.model.definition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Reference.OnDelete;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.TableLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DonnaDefinitionTest {
    private static final Path FILE = Path.of("../migrations/donna/migration.yaml");

    private final Migration donna = DefinitionReader.read(FILE, name -> null);

    @Test
    void itsFiveEntitiesComeParentsFirst() {
        assertThat(donna.entities())
                .extracting(Entity::name)
                .containsExactly("users", "chat_sessions", "messages", "user_memory", "system_logs");
    }

    @Test
    void itsStoresAreTheSampleAndAnEmbeddedPostgresqlUnlessToldOtherwise() {
        assertThat(donna.stores().legacyRoot())
                .isEqualTo(FILE.toAbsolutePath().normalize().resolveSibling("sample"));
        assertThat(donna.stores().targetUrl()).isEqualTo("embedded");
        assertThat(Files.isRegularFile(donna.stores().schema().resolve("V1__plan.sql")))
                .isTrue();
    }

    @Test
    void environmentVariablesSayWhereItsStoresAre() {
        Migration elsewhere = DefinitionReader.read(
                FILE, name -> name.equals("DONNA_ROOT") ? "/srv/donna" : "postgresql://localhost/donna");

        assertThat(elsewhere.stores().legacyRoot()).isEqualTo(Path.of("/srv/donna"));
        assertThat(elsewhere.stores().targetUrl()).isEqualTo("postgresql://localhost/donna");
    }

    @Test
    void deletingAUserTakesItsMemoryAndLeavesItsChats() {
        assertThat(donna.entity("user_memory").parent().orElseThrow().onDelete())
                .isEqualTo(OnDelete.CASCADE);
        assertThat(donna.entity("chat_sessions").references()).singleElement().satisfies(user -> {
            assertThat(user.onDelete()).isEqualTo(OnDelete.SET_NULL);
            assertThat(user.parent()).isFalse();
        });
    }

    @Test
    void anAbsentProfileMeansTheColumnsDefault() {
        assertThat(donna.entity("users").field("profile").defaultValue()).isEqualTo(JsonText.EMPTY_OBJECT);
        assertThat(donna.entity("users").field("status").defaultValue()).isEqualTo("active");
        assertThat(donna.entity("users").field("status").optional()).isTrue();
        assertThat(donna.entity("users").field("status").nullable()).isFalse();
    }

    @Test
    void messagesAreElementsOfAnArrayAndKnowTheirChatFromTheFileName() {
        DocumentLayout layout =
                (DocumentLayout) donna.entity("messages").legacy().orElseThrow();

        assertThat(layout.path()).hasToString("data/chat_sessions/{chat_id}.json");
        assertThat(layout.at()).containsExactly(new DocumentLayout.ListStep("sequence_number"));
        assertThat(layout.membersOf("chat_id")).isEmpty();
        assertThat(layout.membersOf("sequence_number")).containsExactly("sequence_number");
        assertThat(layout.membersOf("created_at")).containsExactly("created_at", "timestamp");
        assertThat(layout.style()).isEqualTo(JsonStyle.PHP);
    }

    @Test
    void memoryIsNestedMapsWhoseNamesAreNoMembers() {
        DocumentLayout layout =
                (DocumentLayout) donna.entity("user_memory").legacy().orElseThrow();

        assertThat(layout.at())
                .containsExactly(new DocumentLayout.MapStep("memory_type"), new DocumentLayout.MapStep("key"));
        assertThat(List.of("user_id", "memory_type", "key"))
                .allSatisfy(field -> assertThat(layout.membersOf(field)).isEmpty());
    }

    @Test
    void logsAreLinesInTheFileOfTheirLevel() {
        LinesLayout layout = (LinesLayout) donna.entity("system_logs").legacy().orElseThrow();

        assertThat(layout.kinds().get(0).path().match("api/logs/info.log").orElseThrow())
                .containsEntry("level", "INFO");
        assertThat(layout.kinds().get(0).path().match("api/logs/debug.log.2025-08-01_00-00-00.gz"))
                .isEmpty();
    }

    @Test
    void titleComesFromTheMetadataOfOlderHeadsAndIsKeptAsItWas() {
        TableLayout table = (TableLayout) donna.entity("chat_sessions").target().orElseThrow();

        assertThat(table.columns())
                .contains(new TableLayout.Column(
                        "title",
                        new Derivation.Coalesce(List.of(
                                new Derivation.FieldValue("title"),
                                new Derivation.Member("metadata", List.of("title"))))));
        assertThat(table.inExtra()).containsExactly("id", "user_id", "title", "profile");
    }

    @Test
    void uuidsAreThoseOfTheKeysThatFieldsHold() {
        TableLayout table = (TableLayout) donna.entity("user_memory").target().orElseThrow();

        assertThat(table.columns())
                .contains(
                        new TableLayout.Column(
                                "id", new Derivation.Uuid5("user_memory", List.of("user_id", "memory_type", "key"))),
                        new TableLayout.Column("user_id", new Derivation.Uuid5("users", List.of("user_id"))),
                        new TableLayout.Column("updated_at", new Derivation.FieldValue("created_at")));
        assertThat(table.columns()).extracting(TableLayout.Column::name).contains("memory_type", "key", "created_at");
        assertThat(table.inExtra()).containsExactly("user_id");
    }
}
