package dev.changeover.app.demo;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.LogId;
import dev.changeover.store.Store;
import dev.changeover.store.sqlite.SqliteFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Makes a legacy store as large as asked, before a demo begins, in the application's own layout. */
final class LegacyEnlarger {
    private static final int BATCH_ROUNDS = 20;
    /** A store keeps what it refused, and no more than some thousands. */
    private static final int MOST_REFUSED = 5_000;

    private LegacyEnlarger() {}

    /**
     * @param opener opens the store at {@code root} for writing, snapshot reads included
     * @return how many records the store took: what has no place in it without others (an element without those before it) is left out
     */
    static long enlarge(
            Migration migration, SampleRecords sample, Path root, long records, Function<Path, Store> opener) {
        long missing = records - sample.all().size();
        if (missing <= 0 || sample.copiesInARound() == 0) {
            return 0;
        }
        long added = 0;
        long round = 0;
        long last = 1;
        while (added < missing && last > 0) {
            try (Store store = opener.apply(root)) {
                store.claim(new LogId("demo", "demo", 1), Set.of(0));
                long offset = 0;
                long refused = 0;
                while (added < missing && last > 0 && refused < MOST_REFUSED) {
                    List<Batch.LoggedChange> changes = new ArrayList<>();
                    for (int i = 0; i < BATCH_ROUNDS; i++, round++) {
                        for (EntityRecord record : sample.round("c" + round, round)) {
                            if (added + changes.size() < missing) {
                                changes.add(new Batch.LoggedChange(
                                        0, offset + changes.size(), ChangeEvent.put(record, "demo", 0)));
                            }
                        }
                    }
                    long end = offset + changes.size();
                    Batch batch = new Batch(List.of(new Batch.Advance(0, offset, end, end)), changes);
                    last = store.apply(batch).stream()
                            .filter(ApplyOutcome.Applied.class::isInstance)
                            .count();
                    added += last;
                    refused += changes.size() - last;
                    offset = end;
                }
            }
            forget(migration, root);
        }
        return added;
    }

    /** The store is the application's: nothing of ours was ever there. */
    private static void forget(Migration migration, Path root) {
        deleteTree(root.resolve(".changeover"));
        if (SqliteFolder.is(migration, Side.LEGACY)) {
            SqliteFolder.of(migration, root, Side.LEGACY).release();
        }
    }

    static void deleteTree(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path visited, java.io.@org.jspecify.annotations.Nullable IOException failure)
                        throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void copyTree(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
