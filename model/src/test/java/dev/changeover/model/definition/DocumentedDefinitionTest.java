package dev.changeover.model.definition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Entity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentedDefinitionTest {
    private static final Path README = Path.of("../README.md");
    private static final Path REFERENCE = Path.of("../docs/migration-yaml.md");
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path folder;

    static Stream<Path> pages() {
        return Stream.of(README, REFERENCE);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theExampleIsRight(Path page) throws IOException {
        String example = YAML.matcher(Files.readString(page))
                .results()
                .map(match -> match.group(1))
                .filter(block -> block.startsWith("migration:"))
                .findFirst()
                .orElseThrow();
        Path file = Files.writeString(folder.resolve("migration.yaml"), example);

        assertThat(DefinitionReader.read(file, name -> null).entities())
                .extracting(Entity::name)
                .containsExactly("notes");
    }

    @Test
    void theReferenceNamesEveryTypeAndEveryOption() throws IOException {
        String reference = Files.readString(REFERENCE);

        assertThat(reference).contains(TypeReader.words());
        assertThat(reference)
                .contains(
                        List.of("partitions", "uuid_namespace", "style", "sqlite", "schema", "key", "fields", "parent"))
                .contains(List.of("references", "on_delete", "unnamed", "format", "path", "at:", "members", "table"))
                .contains(List.of("columns", "extra", "uuid5(", "coalesce(", "inet(", "in:", "min:", "max:"));
    }

    @Test
    void anAliasStandsForItsAnchor() throws IOException {
        Path file = Files.writeString(folder.resolve("migration.yaml"), """
                migration: shop
                legacy: { files: data }
                target: { postgresql: embedded }
                entities:
                  a: { key: id, fields: &fields { id: text }, target: { table: a, extra: x } }
                  b: { key: id, fields: *fields, target: { table: b, extra: x } }
                """);

        assertThat(DefinitionReader.read(file, name -> null).entity("b").fields())
                .hasSize(1);
    }
}
