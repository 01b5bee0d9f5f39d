package dev.changeover.app.init;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.PlanCheck;
import dev.changeover.model.entity.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of folders that nobody has described. */
class InitTest {
    @TempDir
    private Path into;

    @TempDir
    private Path legacy;

    private ObjectNode init(Path folder) throws IOException {
        return new Init(folder, "made", "${DATABASE_URL:-embedded}", into).run();
    }

    private Migration made() {
        return new Environment(Map.of()).read(into.resolve("migration.yaml"));
    }

    private String definition() throws IOException {
        return Files.readString(into.resolve("migration.yaml"));
    }

    private void file(String path, String content) throws IOException {
        Files.createDirectories(legacy.resolve(path).getParent());
        Files.writeString(legacy.resolve(path), content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"donna", "singularity-forge", "stillme", "hominem", "cass-vessel"})
    void theDefinitionOfASampleIsValidAndFindsAllItsRecords(String name) throws IOException {
        ObjectNode summary = init(Path.of("..", "migrations", name, "sample"));

        ObjectNode plan = PlanCheck.run(made());
        summary.path("entities")
                .properties()
                .forEach(entity -> assertThat(plan.path("entities")
                                .path(entity.getKey())
                                .path("legacy")
                                .asLong())
                        .as(entity.getKey())
                        .isPositive());
        List<String> wrong = new ArrayList<>();
        for (JsonNode finding : plan.path("findings")) {
            String what = finding.path("what").asText();
            if (!what.equals("unreadable record")) {
                wrong.add(finding.toString());
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void documentsOfAFolderAreRecordsOfTheMemberThatTheirNamesRepeat() throws IOException {
        file("users/ada.json", "{\"login\": \"ada\", \"age\": 36, \"seen\": \"2025-01-01T00:00:00Z\"}");
        file("users/bob.json", "{\"login\": \"bob\", \"age\": null, \"api_key\": \"k-1\"}");

        init(legacy);

        assertThat(definition())
                .contains("path: \"users/{login}.json\"", "age: int64|null", "seen: timestamptz?")
                .containsPattern("api_key: text\\? #.*LOOKS LIKE A SECRET");
        assertThat(made().entity("users").key()).extracting("name").containsExactly("login");
    }

    @Test
    void textsThatWereEncodedTwiceAreLeftAsTheyAreByTheDefinition() throws IOException {
        file("notes.jsonl", """
                {"id": "Ã©", "said": "Ã©tÃ©", "api_key": "Ã©"}
                {"id": "b", "said": null, "api_key": "b"}
                """);

        init(legacy);

        assertThat(definition())
                .contains(
                        "id: text #",
                        "said: { type: \"text|null\", repair: none } #",
                        "1 encoded twice, such as \"Ã©tÃ©\", which was \"été\"")
                .containsPattern("api_key: \\{ type: \"text\", repair: none } # 2 values; 1 encoded twice: moved");
        assertThat(Files.readString(into.resolve("schema/V1__init.sql")))
                .contains("\"said\" TEXT,", "\"api_key\" TEXT NOT NULL");
        ObjectNode plan = PlanCheck.run(made());
        assertThat(plan.path("findings")).isEmpty();
        assertThat(plan.path("decided")).hasSize(2);
    }

    @Test
    void anExampleOfSuchATextHasNoCharacterThatYamlDoesNotHave() throws IOException {
        // A quotation mark as PHP's utf8_encode has it, and one that went through Windows-1252.
        file("notes.jsonl", """
                {"id": "a", "said": "\u00e2\u0080\u0099", "heard": "\u00e2\u20ac\u0153hello\u00e2\u20ac\u009d"}
                """);

        init(legacy);

        assertThat(PlanCheck.run(made()).path("decided")).hasSize(2);
    }

    @Test
    void headsAndTheirListsAreTwoEntitiesAndOneRefersToTheOther() throws IOException {
        for (String id : List.of("a", "b", "c", "d", "e")) {
            file("chats/" + id + "_head.json", "{\"chat\": \"" + id + "\", \"title\": \"t\"}");
            file("chats/" + id + ".json", "[{\"nr\": 1, \"text\": \"x\"}, {\"nr\": 2, \"text\": \"y\"}]");
        }

        init(legacy);

        assertThat(definition())
                .contains("path: \"chats/{chat}_head.json\"", "path: \"chats/{file}.json\"", "at: \"/[nr]\"")
                .contains("file: chats # all values are keys there");
    }

    @Test
    void membersThatDifferOnlyByCaseHaveColumnsOfTheirOwn() throws IOException {
        file(
                "users/ada.json",
                "{\"login\": \"ada\", \"Name\": \"Ada\", \"name\": \"ada\", \"name_2\": 2, \"EXTRA\": 1}");

        init(legacy);

        assertThat(definition()).contains("name_3: name #", "extra: extra_members");
        assertThat(Files.readString(into.resolve("schema/V1__init.sql")))
                .contains("\"Name\" TEXT", "\"name_3\" TEXT", "\"name_2\" BIGINT")
                .doesNotContain("\"name\"");
        assertThat(made().entity("users").fields()).extracting("name").contains("Name", "name");
    }

    @Test
    void linesAreKnownByOneMemberOrTwoOrElseByFileAndNumber() throws IOException {
        file("one.jsonl", "{\"id\": \"a\", \"v\": 1}\n{\"id\": \"b\", \"v\": 1}\n");
        file("two/pairs.jsonl", """
                {"user_id": "u", "kind": "x"}
                {"user_id": "u", "kind": "y"}
                {"user_id": "v", "kind": "x"}
                """);
        file("three/log.jsonl", "{\"said\": \"hi there\"}\n\n{\"said\": \"hi there\"}\n");

        init(legacy);

        assertThat(made().entity("one").key()).extracting("name").containsExactly("id");
        assertThat(made().entity("pairs").key()).extracting("name").containsExactly("user_id", "kind");
        assertThat(definition()).contains("path: \"three/{line:file}.jsonl\"");
    }

    @Test
    void aMapOfMapsAndWhatDoesNotFitAreUnderstood() throws IOException {
        file("stats.json", """
                {"a": {"x": {"n": 1, "mixed": "t"}, "y": {"n": 2, "mixed": 5}}, "b": {"x": {"n": 9007199254740993, "mixed": true}}}
                """);

        init(legacy);

        assertThat(definition()).contains("at: \"/{group}/{name}\"", "n: int64", "mixed: json");
        assertThat(PlanCheck.run(made()).path("findings")).isEmpty();
    }

    @Test
    void filesOfOneFolderAreOneEntityOnlyWhereTheyHoldTheSame() throws IOException {
        file("adapters/current.json", "{\"source\": \"s\", \"path\": \"p\"}");
        file("adapters/history.json", "[{\"source\": \"s\", \"path\": \"p\"}, {\"source\": \"s\", \"path\": \"q\"}]");
        for (String day : List.of("mon", "tue", "wed")) {
            file("days/" + day + ".json", "{\"day\": \"" + day + "\", \"text\": \"t\", \"mood\": 1}");
        }
        file("days/index.json", "[{\"day\": \"mon\"}, {\"day\": \"tue\"}]");
        file("days/settings.json", "{\"zone\": \"UTC\", \"first\": \"mon\"}");
        file("self/seen.json", "[{\"id\": \"a\", \"at\": \"x\"}, {\"id\": \"b\", \"at\": \"y\"}]");
        file(
                "self/steps.json",
                "[{\"count\": 1, \"title\": \"x\", \"why\": \"y\"}, {\"count\": 2, \"title\": \"x\", \"why\": \"y\"}]");

        init(legacy);

        assertThat(definition())
                .contains("path: \"adapters/current.json\"", "path: \"adapters/history.json\"")
                .contains("path: \"days/{day}.json\"", "path: \"days/index.json\"", "path: \"days/settings.json\"")
                .contains(
                        "path: \"self/seen.json\"\n      at: \"/[id]\"",
                        "path: \"self/steps.json\"\n      at: \"/[number]\"");
        assertThat(PlanCheck.run(made()).path("findings")).isEmpty();
    }

    @Test
    void mapsOfAFolderAreOneEntityAlsoWhereSomeAreSmallOrEmptyOrOfAnOldForm() throws IOException {
        file(
                "memory/ada.json",
                "{\"profile\": {\"a\": {\"value\": 1, \"at\": \"x\"}, \"b\": {\"value\": 2, \"at\": \"y\"}}, \"context\": []}");
        file(
                "memory/bob.json",
                "{\"profile\": {\"c\": {\"value\": 1, \"at\": \"x\"}}, \"other\": {\"b\": {\"value\": 2, \"at\": \"y\"}}}");
        file("memory/eve.json", "{\"profile\": {\"%s\": {\"value\": 3, \"at\": \"z\"}}}".formatted("t".repeat(100)));
        file("memory/old.json", "{\"name\": \"Old\", \"company\": null}");

        ObjectNode summary = init(legacy);

        assertThat(summary.path("entities")).hasSize(2);
        assertThat(definition())
                .contains("path: \"memory/{file}.json\"\n      at: \"/{group}/{name}\"", "path: \"memory/old.json\"");
        assertThat(summary.at("/entities/memory/records").asInt()).isEqualTo(5);
    }

    @Test
    void yamlDocumentsAreAsJsonOnes() throws IOException {
        file("people/ada.yaml", "# first\nid: ada\nage: 36\nactive: yes\nsince: 2025-01-01T00:00:00Z\n");
        file("people/bob.yaml", "id: bob\nage: 7\nactive: no\ncode: 0o12\n");
        file("rules.yml", "- {nr: 1, what: a}\n- {nr: 2, what: b}\n");
        file("broken.yaml", "a: [1\n");

        ObjectNode summary = init(legacy);

        assertThat(definition())
                .contains("format: \"yaml\"", "path: \"people/{id}.yaml\"", "age: int64", "active: bool")
                .contains("path: \"rules.yml\"", "at: \"/[nr]\"");
        assertThat(summary.path("comments").toString()).contains("broken.yaml: not YAML, left out");
        assertThat(PlanCheck.run(made()).path("findings")).isEmpty();
    }

    @Test
    void pagesOfAFolderAreKnownByTheirNames() throws IOException {
        file("wiki/Moon.md", "---\ntags: [sky]\n---\n# Moon\n");
        file("wiki/Sea.md", "Only text.\n");
        file("notes/today.md", "No page here has front matter.\n");

        init(legacy);

        assertThat(definition())
                .contains("format: \"markdown\"", "path: \"wiki/{name}.md\"", "frontmatter: json?", "content: text");
        ObjectNode plan = PlanCheck.run(made());
        assertThat(plan.path("findings")).isEmpty();
        assertThat(plan.path("entities").path("wiki").path("legacy").asLong()).isEqualTo(2);
        assertThat(plan.path("entities").path("notes").path("legacy").asLong()).isEqualTo(1);
    }
}
