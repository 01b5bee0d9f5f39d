package dev.changeover.app.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.definition.DefinitionException;
import dev.changeover.model.entity.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A migration that was begun and given up; its target is not there any more. */
class DetachingTest {
    private static final Path DEFINITION = Path.of("..", "migrations", "stillme", "migration.yaml");

    @TempDir
    private Path folder;

    private Migration migration;

    @BeforeEach
    void begin() throws DefinitionException, IOException {
        Path legacy = Files.createDirectory(folder.resolve("legacy"));
        try (Stream<Path> files = Files.list(DEFINITION.resolveSibling("sample"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, legacy.resolve(file.getFileName()));
            }
        }
        migration = new Environment(Map.of(
                        "STILLME_ROOT",
                        folder.resolve("legacy").toString(),
                        "DATABASE_URL",
                        "postgresql://me:secret@127.0.0.1:1/gone"))
                .read(DEFINITION);
        LegacyFiles.writer(migration).close();
    }

    private int ours() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("legacy/continuum_memory.db"));
                Statement statement = connection.createStatement()) {
            return statement
                    .executeQuery("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'changeover%'")
                    .getInt(1);
        }
    }

    @Test
    void theApplicationsFilesAreAsTheyWereAndWhatCannotBeReachedIsSaid() throws Exception {
        assertThat(ours()).isPositive();

        Detaching.Outcome outcome = Detaching.detach(migration, folder.resolve("data"));

        assertThat(ours()).isZero();
        assertThat(outcome.released()).containsExactly("triggers and tables of ours in the legacy files");
        assertThat(outcome.failures()).hasSize(1);
        assertThat(outcome.failures().get(0)).contains("127.0.0.1:1").doesNotContain("secret");
        assertThat(Detaching.detach(migration, folder.resolve("data")).released())
                .hasSize(1);
    }

    @Test
    void whileAProcessStillHasTheDataDirectoryNothingIsTaken() throws Exception {
        Path data = folder.resolve("data");
        try (DataDirectory running = DataDirectory.open(data)) {
            assertThat(running.path()).isEqualTo(data);
            assertThatThrownBy(() -> Detaching.detach(migration, data))
                    .hasMessageContaining("another changeover process");
        }
        assertThat(ours()).isPositive();
    }
}
