package dev.changeover.store.postgresql;

import dev.changeover.store.UnfitStoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings a database to the schema that a migration's folder describes, and adds our own. */
public final class TargetSchema {
    /** Flyway's own table; an application that uses Flyway too has another one. */
    private static final String HISTORY = "changeover_schema_history";

    private TargetSchema() {}

    /**
     * Runs the versioned SQL files of {@code schemaFolder} that have not been run yet, then creates the schema
     * {@code changeover} if it is not there. Can be repeated, and run by several processes at once.
     *
     * @throws UnfitStoreException if a file fails, or was changed after it was run; what came before it stays
     * @throws dev.changeover.store.StoreUnavailableException if the server cannot be reached
     */
    public static void migrate(PostgresSettings settings, Path schemaFolder) {
        if (!Files.isDirectory(schemaFolder)) {
            throw new UnfitStoreException(
                    "Missing folder %s with the target's schema (V1__….sql)".formatted(schemaFolder));
        }
        createOwn(settings);
        try {
            Flyway.configure()
                    .dataSource(settings.jdbcUrl(), settings.user(), settings.password())
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
                    "Cannot bring the target to the schema in %s: %s"
                            .formatted(
                                    schemaFolder,
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .limit(3)
                                            .toList()),
                    e);
        }
    }

    /** Creates the schema {@code changeover} with its tables if it is not there. */
    public static void createOwn(PostgresSettings settings) {
        try (Database database = Database.of(settings, "schema", 1)) {
            database.writing("create the schema changeover", connection -> {
                OwnTables.create(connection);
                return true;
            });
        }
    }
}
