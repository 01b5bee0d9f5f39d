package dev.changeover.model.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class MigrationSchemaTest {
    private static final JsonSchema SCHEMA = schema();

    static Stream<Path> definitions() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("../migrations"))) {
            return folders.map(folder -> folder.resolve("migration.yaml")).filter(Files::exists).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void everyDefinitionOfOursFitsTheSchema(Path definition) throws IOException {
        assertThat(wrongIn(Files.readString(definition))).isEmpty();
    }

    @Test
    void thePublishedSchemaIsTheOneInTheJar() throws IOException {
        try (InputStream inJar = DefinitionReader.class.getResourceAsStream("migration.schema.json")) {
            assertThat(inJar)
                    .isNotNull()
                    .hasBinaryContent(Files.readAllBytes(Path.of("../docs/migration.schema.json")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text",
                "text(255)",
                "text(255)?",
                "text | null",
                "text(50) = active",
                "bool = false",
                "int32? = 7",
                "int64",
                "float32",
                "float64|null",
                "decimal(12,2)",
                "decimal(12)",
                "timestamptz",
                "timestamp",
                "date",
                "time",
                "uuid",
                "bytes",
                "json = {}"
            })
    void theSchemaTakesEveryType(String type) {
        assertThat(wrongIn(withNote("\"" + type + "\""))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"timestmp", "text()", "decimal", "int32(4)", "varchar(9)", "text!"})
    void theSchemaRefusesWhatIsNoType(String type) {
        assertThat(wrongIn(withNote("\"" + type + "\""))).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "partitons: 3",
                "partitions: 0",
                "uuid_namespace: x",
                "legacy: { file: x }",
                "target: { schema: x }",
                "entities: {}",
                "migration: My Shop"
            })
    void theSchemaRefusesWhatTheReaderRefuses(String line) {
        String name = line.substring(0, line.indexOf(':'));
        String others = withNote("text")
                .lines()
                .filter(other -> !other.startsWith(name + ":"))
                .filter(other -> !name.equals("entities") || !other.startsWith(" "))
                .reduce("", (text, other) -> text + other + "\n");

        assertThat(wrongIn(others + line + "\n")).isNotEmpty();
    }

    private static String withNote(String type) {
        return """
                migration: shop
                legacy: { files: data }
                target: { postgresql: embedded }
                entities:
                  orders:
                    key: id
                    fields: { id: text(40), note: %s }
                    legacy: { format: json, path: "orders/{id}.json" }
                    target: { table: orders, extra: extra }
                """.formatted(type);
    }

    private static List<String> wrongIn(String yaml) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return SCHEMA.validate(new ObjectMapper().valueToTree(tree)).stream()
                .map(ValidationMessage::getMessage)
                .toList();
    }

    private static JsonSchema schema() {
        try {
            return JsonSchemaFactory.getInstance(VersionFlag.V7)
                    .getSchema(Files.readString(Path.of("../docs/migration.schema.json")));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
