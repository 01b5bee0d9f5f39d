package dev.changeover.app.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes into an archive, and what goes away afterwards, on real files. */
class LegacyArchiveTest {
    private static final String AWKWARD = "a\\b\nc é.json";

    @TempDir
    private Path folder;

    private Path root;
    private Path file;
    private LegacyArchive archive;

    @BeforeEach
    void theApplicationsFiles() throws IOException {
        root = folder.resolve("legacy");
        file = folder.resolve("legacy-archive.zip");
        archive = new LegacyArchive(root, file, path -> !path.startsWith("mine"));
        Files.createDirectories(root.resolve("data/empty"));
        Files.createDirectories(root.resolve(".changeover"));
        Files.writeString(root.resolve(".changeover/identity"), "ours");
        Files.writeString(root.resolve("data/one.json"), "{\"a\":1}");
        Files.writeString(root.resolve("data").resolve(AWKWARD), "{}");
        Files.write(root.resolve("log.bin"), new byte[300_000]);
        Files.writeString(root.resolve("mine.txt"), "the application's own");
        Files.createSymbolicLink(root.resolve("data/link"), Path.of("/etc"));
    }

    private static ObjectNode facts() {
        return new ObjectMapper().createObjectNode().put("migration", "donna");
    }

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !path.equals(root))
                    .map(path -> root.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    private String read(String name) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream in = zip.getInputStream(new ZipEntry(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void everyFileIsInItWithItsSha256AndLinksAreNamed() throws Exception {
        LegacyArchive.Contents contents = archive.pack(facts());

        assertThat(contents.files()).isEqualTo(3);
        assertThat(contents.bytes()).isEqualTo(300_009);
        assertThat(contents.others()).isEqualTo(1);
        assertThat(contents.links()).containsExactly("data/link -> /etc");
        assertThat(read("data/one.json")).isEqualTo("{\"a\":1}");
        assertThat(read("data/" + AWKWARD)).isEqualTo("{}");
        assertThat(read(".changeover/SHA256SUMS").lines())
                .hasSize(3)
                .contains("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862  data/one.json")
                .anySatisfy(line -> assertThat(line).startsWith("\\").endsWith("  data/a\\\\b\\nc é.json"));
        assertThat(archive.facts().path("files").asInt()).isEqualTo(3);
        assertThat(archive.facts().path("links").get(0).asText()).isEqualTo("data/link -> /etc");
        assertThat(archive.size()).isLessThan(10_000);
        assertThat(left()).contains("data/one.json", "log.bin");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("legacy", "legacy-archive.zip");
    }

    @Test
    void whatWasArchivedIsRemovedAndNothingElse() throws Exception {
        archive.pack(facts());

        assertThat(archive.remove()).isEqualTo(3);

        assertThat(left())
                .containsExactly(".changeover", ".changeover/identity", "data", "data/empty", "data/link", "mine.txt");
    }

    @Test
    void killedWhileItRemovesItGoesOnWhereItWas() throws Exception {
        archive.pack(facts());
        Files.delete(root.resolve("log.bin"));

        LegacyArchive again = new LegacyArchive(root, file, path -> !path.startsWith("mine"));
        assertThat(again.exists()).isTrue();
        again.compare();

        assertThat(again.remove()).isEqualTo(2);
    }

    @Test
    void killedWhileItPacksItBeginsAnew() throws Exception {
        Files.writeString(folder.resolve("legacy-archive.zip.part"), "half of it");

        archive.pack(facts());

        archive.compare();
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("legacy", "legacy-archive.zip");
    }

    @Test
    void aFileThatIsAnotherOneNowIsNamedAndStays() throws Exception {
        archive.pack(facts());
        Files.writeString(root.resolve("data/one.json"), "{\"a\":2}");

        assertThatThrownBy(archive::compare)
                .isInstanceOf(LegacyArchive.DiffersException.class)
                .hasMessageStartingWith("1 files are not what is in the archive, such as data/one.json");
        assertThatThrownBy(archive::remove)
                .isInstanceOf(LegacyArchive.DiffersException.class)
                .hasMessageContaining("data/one.json");
        assertThat(root.resolve("data/one.json")).hasContent("{\"a\":2}");
    }

    @Test
    void aFileThatCameLaterIsNamedAndStays() throws Exception {
        archive.pack(facts());
        Files.writeString(root.resolve("data/new.json"), "{}");

        assertThatThrownBy(archive::compare).hasMessageContaining("data/new.json");
    }

    @Test
    void aDamagedArchiveIsNoReasonToRemoveAnything() throws Exception {
        archive.pack(facts());
        byte[] content = Files.readAllBytes(file);
        byte[] name = "data/one.json".getBytes(StandardCharsets.UTF_8);
        int at =
                new String(content, StandardCharsets.ISO_8859_1).indexOf(new String(name, StandardCharsets.ISO_8859_1));
        int extra = (content[at - 2] & 0xff) + 256 * (content[at - 1] & 0xff);
        content[at + name.length + extra + 2] ^= 1; // in its compressed bytes
        Files.write(file, content);

        assertThatThrownBy(archive::compare).isInstanceOf(IOException.class);
        assertThat(Files.exists(root.resolve("data/one.json"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    void anotherFileOfThatNameIsLeftAlone() throws Exception {
        Files.createFile(file);

        assertThatThrownBy(archive::facts).isInstanceOf(IOException.class);
    }
}
