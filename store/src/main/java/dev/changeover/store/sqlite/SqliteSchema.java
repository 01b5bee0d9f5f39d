package dev.changeover.store.sqlite;

import dev.changeover.store.UnfitStoreException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings an SQLite file to the schema that a migration's folder describes. */
public final class SqliteSchema {
    /** Flyway's own table; an application that uses Flyway too has another one. */
    private static final String HISTORY = "changeover_schema_history";

    private SqliteSchema() {}

    /**
     * Runs the versioned SQL files of {@code schemaFolder} that have not been run yet. Makes the file (0600) if it is not there, and
     * its folder (0700), but not the folder around that, which might be a mount that is missing. Can be repeated.
     *
     * @throws UnfitStoreException if a file fails, or was changed after it was run; what came before it stays
     */
    public static void migrate(Path file, Path schemaFolder) {
        if (!Files.isDirectory(schemaFolder)) {
            throw new UnfitStoreException(
                    "Missing folder %s with the target's schema (V1__….sql)".formatted(schemaFolder));
        }
        create(file);
        try (Database database = Database.writing(file)) {
            // So that readers need not wait for writers from the first moment on.
            database.reading("open it", connection -> true);
        }
        try {
            Flyway.configure()
                    .dataSource(Database.url(file), "", "")
                    .locations("filesystem:" + schemaFolder.toAbsolutePath())
                    .table(HISTORY)
                    // Tables of the application may be there already.
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .cleanDisabled(true)
                    .failOnMissingLocations(true)
                    .validateMigrationNaming(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new UnfitStoreException(
                    "Cannot bring %s to the schema in %s: %s"
                            .formatted(
                                    file,
                                    schemaFolder,
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .limit(3)
                                            .toList()),
                    e);
        }
    }

    private static void create(Path file) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try {
            boolean posix =
                    FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
            if (!Files.exists(folder)) {
                createFolder(folder, posix);
            }
            if (posix) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(file);
            }
        } catch (FileAlreadyExistsException e) {
            // as it is
        } catch (IOException e) {
            throw new UnfitStoreException(
                    "Cannot make the target %s: %s. The folder around its folder must be there, and both be writable."
                            .formatted(file, e),
                    e);
        }
    }

    private static void createFolder(Path folder, boolean posix) throws IOException {
        if (posix) {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(folder);
        }
    }
}
