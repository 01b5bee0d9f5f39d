package dev.changeover.store.file.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.lines.LineIndex.Line;
import dev.changeover.store.file.lines.LineIndex.MovedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineIndexTest {
    private static final Migration HOMINEM =
            DefinitionReader.read(Path.of("../migrations/hominem/migration.yaml"), name -> null);
    private static final Entity CONVERSATIONS = HOMINEM.entity("conversations");
    private static final String PATH = "trajectories.jsonl";
    private static final String FIRST = "{\"id\":\"a\",\"prompt\":\"p\",\"response\":\"r\"}\n";
    private static final String LAST = "{\"id\":\"b\",\"prompt\":\"p\",\"response\":\"r\"}\n";

    @TempDir
    private Path root;

    private LineIndex index;
    private LineIndex.Present present;

    @BeforeEach
    void readTwoLines() throws Exception {
        LinesLayout layout = (LinesLayout) CONVERSATIONS.legacy().orElseThrow();
        present = new LineIndex.Present(
                Map.of(), new LineParser(CONVERSATIONS, layout.kinds().get(1)));
        index = new LineIndex(new LegacyFolder(root));
        Files.writeString(root.resolve(PATH), FIRST + LAST);
        index.refresh(PATH, present);
    }

    @Test
    void aLineThatHasMovedIsSoughtAgainAndNotTakenForOneThatHasGone() throws Exception {
        replace(FIRST.replace("\"r\"", "\"a longer answer\"") + LAST);

        assertThatThrownBy(() -> index.find(key("b"), PATH)).isInstanceOf(MovedException.class);
        index.refresh(PATH, present);
        assertThat(texts(index.find(key("b"), PATH))).containsExactly(LAST.strip());
        assertThat(index.stamp(PATH)).isEqualTo(new LegacyFolder(root).stamp(PATH));
    }

    @Test
    void anEditInPlaceThatNoStampShowsIsFoundByTheLineItself() throws Exception {
        FileTime before = Files.getLastModifiedTime(root.resolve(PATH));
        Files.writeString(root.resolve(PATH), FIRST.replace("\"p\"", "\"q\"") + LAST);
        Files.setLastModifiedTime(root.resolve(PATH), before);
        index.refresh(PATH, present);

        assertThatThrownBy(() -> index.find(key("a"), PATH)).isInstanceOf(MovedException.class);
        index.refresh(PATH, present);
        assertThat(texts(index.find(key("a"), PATH)))
                .containsExactly(FIRST.strip().replace("\"p\"", "\"q\""));
    }

    @Test
    void aLineThatHasGoneIsGoneWhenTheFileHasBeenReadAgain() throws Exception {
        replace(FIRST);
        index.refresh(PATH, present);

        assertThat(index.find(key("b"), PATH)).isEmpty();
        assertThat(index.find(key("b"))).isEmpty();
        assertThat(texts(index.find(key("a")))).containsExactly(FIRST.strip());
    }

    @Test
    void aFileThatIsNotThereHasNoLines() throws Exception {
        Files.delete(root.resolve(PATH));

        assertThat(index.refresh(PATH, present)).isFalse();
        assertThat(index.find(key("a"), PATH)).isEmpty();
        assertThat(index.stamp(PATH)).isNull();
    }

    private void replace(String content) throws IOException {
        Path other = Files.writeString(root.resolve("other"), content);
        Files.move(other, root.resolve(PATH), StandardCopyOption.REPLACE_EXISTING);
    }

    private static RecordKey key(String id) {
        return RecordKey.of(CONVERSATIONS, List.of(id));
    }

    private static List<String> texts(List<Line> lines) {
        return lines.stream()
                .map(line -> new String(line.bytes(), StandardCharsets.UTF_8))
                .toList();
    }
}
