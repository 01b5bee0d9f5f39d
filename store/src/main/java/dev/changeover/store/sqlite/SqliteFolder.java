package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/** A side whose records are in tables of one or several SQLite files of the application's, below one folder. */
public final class SqliteFolder {
    private final Migration migration;
    private final Path root;
    private final Side side;

    private SqliteFolder(Migration migration, Path root, Side side) {
        this.migration = migration;
        this.root = root;
        this.side = side;
    }

    public static SqliteFolder of(Migration migration, Path root, Side side) {
        return new SqliteFolder(migration, root, side);
    }

    /** Whether that is where this side's records are. */
    public static boolean is(Migration migration, Side side) {
        return migration.entities().stream()
                .anyMatch(entity -> entity.on(side).orElse(null) instanceof TableLayout table
                        && !table.file().isEmpty());
    }

    /** @throws dev.changeover.store.StoreUnavailableException if a file is not there */
    public StoreReader reader() {
        return new TablesReader<>(opened(name -> SqliteReader.open(migration, root.resolve(name), side, name)));
    }

    /**
     * Makes tables and triggers of ours in each file: {@link #release} takes them away.
     *
     * @throws dev.changeover.store.StoreUnavailableException if a file is not there
     */
    public Store writer() {
        return new TablesStore(opened(name -> SqliteStore.ofTheApplication(migration, root.resolve(name), side, name)));
    }

    /**
     * Makes the same files with the same tables, without a row, below {@code folder}, and opens them to be filled from the log.
     *
     * @throws dev.changeover.store.StoreUnavailableException if a file is not there or cannot be made
     */
    public Store rebuiltIn(Path folder) {
        names().forEach(name -> EmptyCopy.make(root.resolve(name), folder.resolve(name)));
        return new TablesStore(opened(name -> SqliteStore.rebuilding(migration, folder.resolve(name), side, name)));
    }

    /** What others write into each of the files; the caller closes them. */
    public List<ForeignWrites> foreignWrites() {
        List<ForeignWrites> all = new ArrayList<>();
        names().forEach(name -> all.add(ForeignWrites.open(migration, root.resolve(name), side, name)));
        return all;
    }

    /** Takes away what {@link #writer} has made in the files. */
    public void release() {
        names().forEach(name -> ForeignWrites.remove(migration, root.resolve(name)));
    }

    /** The files, as layouts name them. */
    public List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (Entity entity : migration.entities()) {
            if (entity.on(side).orElse(null) instanceof TableLayout table) {
                names.add(table.file());
            }
        }
        return List.copyOf(names);
    }

    public Path root() {
        return root;
    }

    /** By entity; entities of one file have one and the same. */
    private <R extends StoreReader> Map<String, R> opened(Function<String, R> opener) {
        Map<String, R> byFile = new LinkedHashMap<>();
        Map<String, R> byEntity = new LinkedHashMap<>();
        try {
            for (Entity entity : migration.entities()) {
                if (entity.on(side).orElse(null) instanceof TableLayout table) {
                    byEntity.put(entity.name(), byFile.computeIfAbsent(table.file(), opener));
                }
            }
            return byEntity;
        } catch (RuntimeException e) {
            byFile.values().forEach(StoreReader::close);
            throw e;
        }
    }
}
