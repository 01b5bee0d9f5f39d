package dev.changeover.model.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/pitfalls.md} has every pitfall once, and the tests that it names are there. */
class PitfallsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| (P\\d+) \\|", Pattern.MULTILINE);
    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT|Contract))\\.(\\w+)`");

    @Test
    void everyPitfallHasItsRow() throws IOException {
        List<String> rows =
                ROW.matcher(page()).results().map(found -> found.group(1)).toList();

        assertThat(rows)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 62).mapToObj(i -> "P" + i).toList());
    }

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.filter(path -> path.toString().matches(".*/src/test/.*\\.java"))
                    .toList()) {
                sources.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        List<String> missing = new ArrayList<>();
        Matcher named = NAMED.matcher(page());
        while (named.find()) {
            if (!sources.getOrDefault(named.group(1) + ".java", "").contains("void " + named.group(2) + "(")) {
                missing.add(named.group());
            }
        }

        assertThat(missing).isEmpty();
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs").resolve("pitfalls.md"));
    }
}
