package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.app.process.Environment;
import dev.changeover.app.process.LegacyFiles;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.store.StoreReader;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LegacyEnlargerTest {
    private static final long RECORDS = 900;

    @ParameterizedTest
    @ValueSource(strings = {"donna", "hominem", "cass-vessel", "singularity-forge", "stillme"})
    void asManyRecordsAreAddedToTheStoreAsItSays(String name, @TempDir Path data) throws Exception {
        Path definition = Path.of("..", "migrations", name, "migration.yaml");
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(definition.resolveSibling("sample"), legacy);
        Environment environment = new Environment(Map.of());
        Migration migration = environment.read(definition);
        // Read once more, as another part of a program may: its entities are other objects of the same names.
        Migration again = environment.read(definition);
        long before = count(migration, legacy);
        SampleRecords sample;
        try (StoreReader reader = LegacyFiles.reader(again, legacy)) {
            sample = SampleRecords.read(again, reader);
        }

        long added =
                LegacyEnlarger.enlarge(migration, sample, legacy, RECORDS, root -> LegacyFiles.writer(migration, root));

        assertThat(added)
                .isPositive()
                .isLessThanOrEqualTo(RECORDS - sample.all().size());
        assertThat(count(migration, legacy) - before).isEqualTo(added);
    }

    private static long count(Migration migration, Path legacy) {
        long count = 0;
        try (StoreReader reader = LegacyFiles.reader(migration, legacy)) {
            for (Entity entity : migration.entities()) {
                if (entity.legacy().isPresent()) {
                    count += reader.count(entity);
                }
            }
        }
        return count;
    }
}
