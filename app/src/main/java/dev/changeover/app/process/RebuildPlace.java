package dev.changeover.app.process;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Store;
import dev.changeover.store.file.FileStore;
import dev.changeover.store.postgresql.EmptyDatabase;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.PostgresStore;
import dev.changeover.store.postgresql.TargetSchema;
import dev.changeover.store.sqlite.SqliteFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Where a side is rebuilt: never where it is now. */
interface RebuildPlace {
    /** As the operator knows it, without a password. */
    String name();

    /** What is there already, for people; empty if nothing. */
    Optional<String> contents();

    /** Makes what must be there before the first record, and opens it, to be written with snapshot reads too. */
    Store open();

    /**
     * @param location for the legacy side an absolute folder; for the target a database's URL, or its name on the server of {@code
     *     targetUrl}
     * @throws IllegalArgumentException if it is none of these, or lies where the side is now
     */
    static RebuildPlace of(Migration migration, Side side, String location, String targetUrl) {
        return switch (side) {
            case LEGACY -> new Folder(migration, folder(migration, location));
            case TARGET ->
                SqliteTarget.isUrl(targetUrl)
                        ? SqliteFile.of(migration, targetUrl, location)
                        : new Database(migration, PostgresSettings.ofUrl(targetUrl), location);
        };
    }

    private static Path folder(Migration migration, String location) {
        try {
            Path folder = Path.of(location);
            if (!folder.isAbsolute()) {
                throw new IllegalArgumentException(
                        "Invalid --into \"%s\": the running process needs an absolute path".formatted(location));
            }
            Path root = migration.stores().legacyRoot().toAbsolutePath().normalize();
            if (folder.normalize().startsWith(root)) {
                throw new IllegalArgumentException(
                        "Invalid --into \"%s\": it lies in the legacy store %s itself".formatted(location, root));
            }
            return folder.normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("Invalid --into \"%s\": %s".formatted(location, e.getReason()), e);
        }
    }

    /** A folder with the layout of the legacy root. */
    record Folder(Migration migration, Path root) implements RebuildPlace {
        @Override
        public String name() {
            return root.toString();
        }

        @Override
        public Optional<String> contents() {
            if (!Files.exists(root)) {
                return Optional.empty();
            }
            if (!Files.isDirectory(root)) {
                return Optional.of("a file");
            }
            try (Stream<Path> entries = Files.list(root)) {
                return entries.sorted()
                        .findFirst()
                        .map(first -> first.getFileName().toString());
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot look into " + root, e);
            }
        }

        @Override
        public Store open() {
            try {
                Files.createDirectories(root);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot make the folder " + root, e);
            }
            if (SqliteFolder.is(migration, Side.LEGACY)) {
                return SqliteFolder.of(migration, migration.stores().legacyRoot(), Side.LEGACY)
                        .rebuiltIn(root);
            }
            // As side TARGET: the legacy side would not write what was read from it.
            return FileStore.open(migration, root, Side.TARGET);
        }
    }

    /** An SQLite file that is not there yet. */
    record SqliteFile(Migration migration, Path file) implements RebuildPlace {
        static SqliteFile of(Migration migration, String targetUrl, String location) {
            if (!SqliteTarget.isUrl(location)) {
                throw new IllegalArgumentException(
                        "Invalid --into \"%s\": sqlite:PATH, as the target is a file of SQLite".formatted(location));
            }
            Path file = SqliteTarget.file(location);
            if (!file.isAbsolute()) {
                throw new IllegalArgumentException(
                        "Invalid --into \"%s\": the running process needs an absolute path".formatted(location));
            }
            if (file.normalize()
                    .equals(SqliteTarget.file(targetUrl).toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(
                        "Invalid --into \"%s\": it is the target itself".formatted(location));
            }
            return new SqliteFile(migration, file.normalize());
        }

        @Override
        public String name() {
            return file.toString();
        }

        @Override
        public Optional<String> contents() {
            return Files.exists(file) ? Optional.of("it is there already") : Optional.empty();
        }

        @Override
        public Store open() {
            TargetDatabase made = new SqliteTarget(migration, file);
            made.migrate();
            return made.writer();
        }
    }

    /** A database of PostgreSQL with the migration's schema. */
    final class Database implements RebuildPlace {
        private final Migration migration;
        private final PostgresSettings server;
        private final PostgresSettings settings;
        private final String name;
        private final boolean named;

        Database(Migration migration, PostgresSettings server, String location) {
            this.migration = migration;
            this.server = server;
            this.named = EmptyDatabase.isName(location);
            if (!named && !location.contains("://")) {
                throw new IllegalArgumentException(
                        "Invalid --into: postgresql://user:password@host:port/database, or the name of a database on the target's server (lower-case letters, digits, _)");
            }
            this.settings = named ? server.withDatabase(location) : PostgresSettings.ofUrl(location);
            this.name = settings.jdbcUrl().replaceFirst("^jdbc:", "").replaceFirst("\\?.*$", "");
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<String> contents() {
            return EmptyDatabase.contents(settings);
        }

        @Override
        public Store open() {
            if (named) {
                EmptyDatabase.create(
                        server, settings.jdbcUrl().replaceFirst("\\?.*$", "").replaceFirst("^.*/", ""));
            }
            TargetSchema.migrate(settings, migration.stores().schema());
            return PostgresStore.open(migration, settings, Side.TARGET);
        }
    }
}
