package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.FileLayouts.EntityFile;
import dev.changeover.store.file.disk.LegacyFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StretchTest {
    private static final long SEED = Long.getLong("seed", new Random().nextLong());

    @ParameterizedTest
    @ValueSource(strings = {"donna", "hominem", "cass-vessel", "singularity-forge"})
    void chunksOneAfterTheOtherHaveTheFilesThatEachOfThemHasAlone(String name) {
        Migration migration = DefinitionReader.read(Path.of("../migrations", name, "migration.yaml"), variable -> null);
        LegacyFolder folder = new LegacyFolder(migration.stores().legacyRoot());
        FileLayouts layouts = new FileLayouts(migration);
        Random random = new Random(SEED);
        for (Entity entity : layouts.entities()) {
            List<EntityFile> all = layouts.files(folder, entity, "", "");
            for (int round = 0; round < 30; round++) {
                Stretch stretch = new Stretch(layouts, folder, entity, 1 + random.nextInt(2 * all.size()));
                List<EntityFile> met = new ArrayList<>();
                String from = "";
                for (String to : bounds(all, random)) {
                    List<EntityFile> files = stretch.files(from, to);

                    assertThat(files)
                            .as("seed %d: %s from %s to %s", SEED, entity, from, to)
                            .isEqualTo(layouts.files(folder, entity, from, to));
                    met.addAll(files);
                    from = to;
                }
                assertThat(met).as("seed %d: %s", SEED, entity).isEqualTo(all);
            }
        }
    }

    /** Where chunks end: the last one at the end of all. */
    private static List<String> bounds(List<EntityFile> files, Random random) {
        SortedSet<String> inside = new TreeSet<>();
        for (int i = random.nextInt(files.size() + 1); i > 0; i--) {
            inside.add(files.get(random.nextInt(files.size())).relative());
        }
        List<String> bounds = new ArrayList<>(inside);
        bounds.add("");
        return bounds;
    }

    @ParameterizedTest
    @ValueSource(strings = {"donna", "hominem", "cass-vessel", "singularity-forge"})
    void oneFileIsFoundWithoutItsNeighbours(String name) {
        Migration migration = DefinitionReader.read(Path.of("../migrations", name, "migration.yaml"), variable -> null);
        LegacyFolder folder = new LegacyFolder(migration.stores().legacyRoot());
        FileLayouts layouts = new FileLayouts(migration);
        for (Entity entity : layouts.entities()) {
            for (EntityFile file : layouts.files(folder, entity, "", "")) {
                assertThat(layouts.files(folder, entity, file.relative(), file.relative() + "\0"))
                        .containsExactly(file);
            }
        }
    }

    @Test
    void ofNamesThatLookAlikeNoneIsLostAndNoneComesTwice() {
        FileLayouts layouts = new FileLayouts(Donna.MIGRATION);
        String path = "data/users/a\uFFFD.json";
        List<LegacyFolder.Name> names =
                List.of(name(path, false), name(path, true), name(path, true), name("data/users/b.json", true));

        assertThat(layouts.files(Donna.entity("users"), names, "", ""))
                .extracting(EntityFile::relative, EntityFile::readable)
                .containsExactly(tuple(path, false), tuple(path, true), tuple("data/users/b.json", true));
    }

    private static LegacyFolder.Name name(String relative, boolean readable) {
        return new LegacyFolder.Name(relative, readable);
    }

    @Test
    void aFileThatHasGoneSinceIsNoFaultAndAFolderThatHasGoneIsOne(@TempDir Path root) throws IOException {
        StoreReader store = FileReader.open(Donna.MIGRATION, Donna.copyTo(root), Side.LEGACY);
        Entity users = Donna.entity("users");
        List<Chunk> chunks = new ArrayList<>();
        store.chunks(users, 5).forEachRemaining(chunks::add);
        Scans scans = store.scans();
        List<Scanned> first = records(scans, users, chunks.get(0));
        Files.delete(root.resolve(chunks.get(1).from()));

        List<Scanned> second = records(scans, users, chunks.get(1));
        Files.move(root.resolve("data/users"), root.resolve("data/elsewhere"));

        assertThat(first).hasSize(5);
        assertThat(second)
                .hasSize(4)
                .allSatisfy(each -> assertThat(each.fault()).isEmpty());
        assertThatThrownBy(() -> records(scans, users, chunks.get(2)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("data/users");
    }

    private static List<Scanned> records(Scans scans, Entity entity, Chunk chunk) {
        List<Scanned> records = new ArrayList<>();
        try (RecordStream stream = scans.scan(entity, chunk)) {
            stream.forEachRemaining(records::add);
        }
        return records;
    }
}
