package dev.changeover.store.file.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlDocumentTest {
    private static final Path SAMPLE = Path.of("..", "migrations", "cass-vessel", "sample");
    private static final Field ANY = Field.required(0, "any", FieldType.JSON);

    private static YamlDocument read(String text) throws InvalidYamlException {
        return YamlDocument.read(text, YamlTyping.NONE);
    }

    private static JsonText json(String text) throws Exception {
        return StrictJson.compact(text);
    }

    private static String edited(String text, String json) throws Exception {
        return read(text).saying(json(json));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "no | false",
                "Yes | true",
                "on | true",
                "y | \"y\"",
                "012 | 10",
                "0x1F | 31",
                "1_000 | 1000",
                "12:30:45 | 45045",
                "'10:30' | \"10:30\"",
                "1e-7 | \"1e-7\"",
                "1.0e-07 | 1.0e-07",
                ".5 | 0.5",
                "-0.0 | -0.0",
                "2025-12-14 | \"2025-12-14\"",
                "~ | null",
                "'~' | \"~\"",
                "9007199254740993 | 9007199254740993",
                "\"\\L \\\\L \\P\" | \"\\u2028 \\\\L \\u2029\"",
                "'\\L' | \"\\\\L\"",
                "\"\\xE9 \\U0001F600\" | \"é 😀\"",
            })
    void aScalarIsWhatAProgramThatReadsYaml11TakesItFor(String scalar, String json) throws Exception {
        assertThat(read("a: " + scalar + "\n").json()).isEqualTo(json("{\"a\":" + json + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: !!python/object:os.system x",
                "a: !!str 1",
                "!x {}",
                "a: *b",
                "a: &a [*a]",
                "a: 1\na: 2\n",
                "a: 1\n---\nb: 2\n",
                "? [a]\n: b\n",
                "a: [1, 2",
                "a: .inf",
                "",
                "# nothing\n",
            })
    void whatIsNotTakenIsRefused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(InvalidYamlException.class);
    }

    @Test
    void depthAndWhatAliasesSayAreLimited() {
        assertThatThrownBy(() -> read("[".repeat(5000) + "]".repeat(5000)))
                .isInstanceOf(InvalidYamlException.class)
                .hasMessageContaining("nested deeper than 100");
        StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) {
            laughs.append("a%d: &a%d [%s]\n"
                    .formatted(i, i, String.join(", ", java.util.Collections.nCopies(10, "*a" + (i - 1)))));
        }
        assertThatThrownBy(() -> read(laughs.toString()))
                .isInstanceOf(InvalidYamlException.class)
                .hasMessageContaining("its aliases say too much");
    }

    @Test
    void aChangedValueIsWrittenAnewAndAllElseKeepsItsBytes() throws Exception {
        String text = """
                # who
                name:   Ada   # her name
                'quoted': "x"
                tags: [a, b]   # flow
                list:
                - one
                # before two
                - two
                text: |
                  a
                  b
                map:
                    deep: 1
                """;

        String edited = edited(text, """
                {"name":"Zo\u00eb: 2","quoted":"y","tags":["a","c","d"],"list":["one","2"],"text":"c\\n","map":{"deep":2,"more":[]},"new":null}""");

        assertThat(edited).isEqualTo("""
                # who
                name:   'Zo\u00eb: 2'   # her name
                'quoted': 'y'
                tags: [a, "c", "d"]   # flow
                list:
                - one
                # before two
                - '2'
                text: "c\\n"
                map:
                    deep: 2
                    more: []
                new: null
                """.replace("name:   'Zo", "name: 'Zo").replace("- '2'", "- '2'"));
    }

    @Test
    void elementsComeAndGoWithTheirLines() throws Exception {
        String text = """
                edges:
                - area: a   # first
                  state: 1
                - area: b
                  state: 2
                # about c
                - area: c
                  state: 3
                other: x
                """;

        assertThat(edited(
                        text,
                        "{\"edges\":[{\"area\":\"a\",\"state\":1},{\"area\":\"c\",\"state\":3}],\"other\":\"x\"}"))
                .isEqualTo("""
                        edges:
                        - area: a   # first
                          state: 1
                        # about c
                        - area: c
                          state: 3
                        other: x
                        """);
        assertThat(
                        edited(
                                text,
                                "{\"edges\":[{\"area\":\"a\",\"state\":1},{\"area\":\"b\",\"state\":2},{\"area\":\"c\",\"state\":3},{\"area\":\"d\"}],\"other\":\"x\"}"))
                .isEqualTo(text.replace("other:", "- area: d\nother:"));
        assertThat(edited(text, "{\"edges\":[],\"other\":\"x\"}")).isEqualTo("edges: []\nother: x\n");
    }

    @Test
    void whatAnAliasStandsForIsWrittenOutWhereItChanges() throws Exception {
        String text = "a: &x {p: 1}\nb: *x\nc:\n  <<: *x\n  q: 2\n";

        assertThat(read(text).json()).isEqualTo(json("{\"a\":{\"p\":1},\"b\":{\"p\":1},\"c\":{\"q\":2,\"p\":1}}"));
        assertThat(edited(text, "{\"a\":{\"p\":1},\"b\":{\"p\":5},\"c\":{\"q\":2,\"p\":7}}"))
                .isEqualTo("a: &x {p: 1}\nb:\n  p: 5\nc:\n  <<: *x\n  q: 2\n  p: 7\n");
        assertThatThrownBy(() -> edited(text, "{\"a\":{\"p\":2},\"b\":{\"p\":1},\"c\":{\"q\":2,\"p\":1}}"))
                .isInstanceOf(InvalidYamlException.class);
    }

    @Test
    void everyDocumentOfTheSampleStaysAsItIsIfItShallSayWhatItSays() throws Exception {
        try (Stream<Path> files = Files.walk(SAMPLE)) {
            List<Path> documents =
                    files.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertThat(documents).hasSizeGreaterThan(8);
            for (Path file : documents) {
                String text = Files.readString(file);
                YamlDocument document = read(text);
                assertThat(document.saying(document.json())).as(file.toString()).isEqualTo(text);
            }
        }
    }

    @Test
    void randomEditsOfTheSamplesDocumentsSayWhatTheyShall() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        try (Stream<Path> files = Files.walk(SAMPLE)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                String text = Files.readString(file);
                for (int i = 0; i < 40; i++) {
                    YamlDocument document = read(text);
                    JsonText wanted = changed(document.json(), random, 0);

                    String edited;
                    try {
                        edited = document.saying(wanted);
                    } catch (InvalidYamlException e) {
                        assertThat(text)
                                .as("seed %d %s: %s", seed, file, wanted)
                                .contains("*");
                        continue;
                    }

                    assertThat(Canonical.same(ANY, read(edited).json(), wanted))
                            .as("seed %d %s: %s", seed, file, wanted)
                            .isTrue();
                    for (String line :
                            text.lines().filter(each -> each.startsWith("#")).toList()) {
                        assertThat(edited).contains(line);
                    }
                    text = random.nextInt(4) == 0 ? edited : text;
                }
            }
        }
    }

    /** The value with something in it changed, taken out or put in. */
    private static JsonText changed(JsonText value, Random random, int depth) throws Exception {
        if (value.text().startsWith("{")) {
            Map<String, JsonText> members = new LinkedHashMap<>(JsonMembers.of(value));
            List<String> names = new ArrayList<>(members.keySet());
            int dice = random.nextInt(10);
            if (names.isEmpty() || dice == 0) {
                members.put("new " + random.nextInt(100), random(random));
            } else if (dice == 1 && depth > 0) {
                members.remove(names.get(random.nextInt(names.size())));
            } else {
                String name = names.get(random.nextInt(names.size()));
                members.put(name, changed(members.get(name), random, depth + 1));
            }
            return JsonMembers.object(members);
        }
        if (value.text().startsWith("[")) {
            List<JsonText> elements = new ArrayList<>(JsonMembers.elements(value));
            int dice = random.nextInt(6);
            if (elements.isEmpty() || dice == 0) {
                elements.add(random.nextInt(elements.size() + 1), random(random));
            } else if (dice == 1) {
                elements.remove(random.nextInt(elements.size()));
            } else {
                int index = random.nextInt(elements.size());
                elements.set(index, changed(elements.get(index), random, depth + 1));
            }
            return json(elements.stream().map(JsonText::text).toList().toString());
        }
        return random(random);
    }

    private static JsonText random(Random random) throws Exception {
        List<String> values = List.of(
                "null",
                "true",
                "-12",
                "1e-7",
                "1.5e+300",
                "[]",
                "{}",
                "\"no\"",
                "\"12:30:45\"",
                "\"\"",
                "\" edge \"",
                "\"two\\nlines\\n\"",
                "\"# no comment: '\\\"\"",
                "\"- a\"",
                "\"tab\\t\\u0007\\u0085\\u2028 \\ud83d\\ude00\"",
                "{\"a\":1,\"b\":[1,{\"c\":[]},[2,[3]]]}",
                "[\"x\",{\"y\":null,\"z\":{\"q\":\"yes\"}}]",
                "\"plain words\"");
        return json(values.get(random.nextInt(values.size())));
    }
}
