package dev.changeover.store.file.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import dev.changeover.store.file.form.InvalidDocumentException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownFormTest {
    private static final Path SAMPLE = Path.of("..", "migrations", "cass-vessel", "sample", "wiki");
    private static final String PAGE = """
            ---
            title: Tides   # of the sea
            tags: [a, b]
            # last
            created: 2025-11-15T08:15:00
            ---

            # Tides

            ---
            end""";

    private final MarkdownForm form = new MarkdownForm();

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Map<String, JsonText> read(String text) throws Exception {
        return JsonMembers.of(StrictJson.compact(form.json(utf8(text))));
    }

    private String edited(String text, Map<String, JsonText> members) throws Exception {
        return new String(
                form.edited(utf8(text), utf8(JsonMembers.object(members).text())), StandardCharsets.UTF_8);
    }

    @Test
    void frontMatterAndContentAreTwoMembers() throws Exception {
        assertThat(read(PAGE))
                .containsEntry(
                        "frontmatter",
                        new JsonText(
                                "{\"title\":\"Tides\",\"tags\":[\"a\",\"b\"],\"created\":\"2025-11-15T08:15:00\"}"))
                .containsEntry("content", JsonMembers.quoted("# Tides\n\n---\nend"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "text", "---\nno end\n", "--- x\na: 1\n---\n", "# a\n---\nb: 1\n---\n"})
    void withoutAClosingLineAllIsContent(String text) throws Exception {
        assertThat(read(text)).containsOnlyKeys("content").containsEntry("content", JsonMembers.quoted(text));
    }

    @Test
    void aChangeOfTheContentLeavesTheFrontMattersBytesAndTheOtherWayRound() throws Exception {
        Map<String, JsonText> members = new LinkedHashMap<>(read(PAGE));
        members.put("content", JsonMembers.quoted("other\r\ntext\n"));
        assertThat(edited(PAGE, members)).isEqualTo(PAGE.substring(0, PAGE.indexOf("# Tides\n")) + "other\r\ntext\n");

        members = new LinkedHashMap<>(read(PAGE));
        members.put(
                "frontmatter",
                StrictJson.compact("{\"title\":\"Sea\",\"tags\":[\"a\",\"b\"],\"created\":\"2025-11-15T08:15:00\"}"));
        assertThat(edited(PAGE, members)).isEqualTo(PAGE.replace("Tides   # of", "Sea   # of"));
    }

    @Test
    void whatWouldBeReadAsAnotherPageIsRefused() throws Exception {
        Map<String, JsonText> members = new LinkedHashMap<>(read(PAGE));
        members.put("content", JsonMembers.quoted("\nbegins with an empty line"));
        assertThatThrownBy(() -> edited(PAGE, members)).isInstanceOf(InvalidDocumentException.class);
        assertThatThrownBy(() -> form.written(utf8("{\"content\":\"---\\na: 1\\n---\\n\"}")))
                .isInstanceOf(InvalidDocumentException.class);
        assertThatThrownBy(() -> form.json(utf8("---\na: !!python/name:x y\n---\n")))
                .isInstanceOf(InvalidDocumentException.class)
                .hasMessageContaining("front matter");
    }

    @Test
    void aNewPageComesBackAsItWentIn() throws Exception {
        byte[] json = utf8("{\"frontmatter\":{\"title\":\"no\"},\"content\":\"# A\\n\"}");

        byte[] page = form.written(json);

        assertThat(new String(page, StandardCharsets.UTF_8)).isEqualTo("---\ntitle: 'no'\n---\n\n# A\n");
        assertThat(form.json(page)).isEqualTo(json);
    }

    @Test
    void everyPageOfTheSampleStaysAsItIs() throws Exception {
        try (Stream<Path> files = Files.walk(SAMPLE)) {
            List<Path> pages =
                    files.filter(file -> file.toString().endsWith(".md")).toList();
            assertThat(pages).hasSizeGreaterThan(10);
            for (Path page : pages) {
                byte[] bytes = Files.readAllBytes(page);
                assertThat(form.edited(bytes, form.json(bytes)))
                        .as(page.toString())
                        .isEqualTo(bytes);
            }
        }
    }
}
