package dev.changeover.app.process;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.FileReader;
import dev.changeover.store.file.FileStore;
import dev.changeover.store.sqlite.ForeignWrites;
import dev.changeover.store.sqlite.SqliteFolder;
import dev.changeover.verifier.observe.WatchedFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The legacy side of a migration: files of the application's, or tables of its SQLite files. */
public final class LegacyFiles {
    private LegacyFiles() {}

    static StoreReader reader(Migration migration) {
        return reader(migration, migration.stores().legacyRoot());
    }

    /** What is below {@code root}. */
    public static StoreReader reader(Migration migration, Path root) {
        return SqliteFolder.is(migration, Side.LEGACY)
                ? SqliteFolder.of(migration, root, Side.LEGACY).reader()
                : FileReader.open(migration, root, Side.LEGACY);
    }

    static Store writer(Migration migration) {
        return writer(migration, migration.stores().legacyRoot());
    }

    /** Writes below {@code root}. */
    public static Store writer(Migration migration, Path root) {
        return SqliteFolder.is(migration, Side.LEGACY)
                ? SqliteFolder.of(migration, root, Side.LEGACY).writer()
                : FileStore.open(migration, root, Side.LEGACY);
    }

    /** What is to be watched for edits by others; empty where the files note them by themselves. */
    static Optional<WatchedFiles> watched(Migration migration) {
        Path root = migration.stores().legacyRoot();
        return SqliteFolder.is(migration, Side.LEGACY)
                ? Optional.empty()
                : Optional.of(new WatchedFiles(root, FileReader.open(migration, root, Side.LEGACY)::behind));
    }

    /** Takes our triggers and tables out of the application's SQLite files; other files have nothing of ours in them. */
    static void release(Migration migration) {
        if (SqliteFolder.is(migration, Side.LEGACY)) {
            SqliteFolder.of(migration, migration.stores().legacyRoot(), Side.LEGACY)
                    .release();
        }
    }

    /** Whether the files say by themselves what others write into them. */
    static boolean areNoted(Migration migration) {
        return SqliteFolder.is(migration, Side.LEGACY);
    }

    /** What others write into SQLite files; the caller closes them. */
    static List<ForeignWrites> foreignWrites(Migration migration) {
        return SqliteFolder.is(migration, Side.LEGACY)
                ? SqliteFolder.of(migration, migration.stores().legacyRoot(), Side.LEGACY)
                        .foreignWrites()
                : List.of();
    }
}
