package dev.changeover.app.process;

import dev.changeover.app.cutover.Gate;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.DueReader;
import dev.changeover.store.Store;
import dev.changeover.store.sqlite.ForeignWrites;
import dev.changeover.store.sqlite.SqliteChecks;
import dev.changeover.store.sqlite.SqliteFit;
import dev.changeover.store.sqlite.SqliteReader;
import dev.changeover.store.sqlite.SqliteSchema;
import dev.changeover.store.sqlite.SqliteStore;
import dev.changeover.store.table.Check;
import dev.changeover.store.table.Finding;
import dev.changeover.verifier.observe.PostgresAddress;
import dev.changeover.verifier.observe.RowKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A target in an SQLite file. */
final class SqliteTarget implements TargetDatabase {
    private static final List<String> SCHEMES = List.of("jdbc:sqlite:", "sqlite:");

    private final Migration migration;
    private final Path file;

    SqliteTarget(Migration migration, Path file) {
        this.migration = migration;
        this.file = file;
    }

    /** Empty if the URL is not that of an SQLite file: {@code sqlite:PATH} or {@code jdbc:sqlite:PATH}. */
    static Optional<TargetDatabase> of(Migration migration, String url) {
        return isUrl(url) ? Optional.of(new SqliteTarget(migration, file(url))) : Optional.empty();
    }

    static boolean isUrl(String url) {
        return SCHEMES.stream().anyMatch(url::startsWith);
    }

    /** @param url {@link #isUrl of an SQLite file} */
    static Path file(String url) {
        return Path.of(SCHEMES.stream()
                .filter(url::startsWith)
                .findFirst()
                .map(scheme -> url.substring(scheme.length()))
                .orElseThrow(() -> new IllegalArgumentException("Invalid URL: sqlite:PATH")));
    }

    @Override
    public void migrate() {
        SqliteSchema.migrate(file, migration.stores().schema());
    }

    @Override
    public List<Finding> findings() {
        return look(schema -> SqliteFit.check(migration, schema, Side.TARGET));
    }

    @Override
    public List<SqliteFit.SharedKey> sharedKeys() {
        return look(schema -> SqliteFit.sharedKeys(migration, schema, Side.TARGET));
    }

    @Override
    public List<String> unfilledColumns() {
        return look(schema -> SqliteFit.unfilled(migration, schema, Side.TARGET));
    }

    /** Where the file is not there yet, at what the migration's schema would make. */
    private <T> T look(Function<Path, T> question) {
        if (Files.exists(file)) {
            return question.apply(file);
        }
        try {
            Path scratch = Files.createTempDirectory("changeover-plan-");
            Path draft = scratch.resolve("target.db");
            try {
                SqliteSchema.migrate(draft, migration.stores().schema());
                return question.apply(draft);
            } finally {
                for (String each : List.of("target.db", "target.db-wal", "target.db-shm", "")) {
                    Files.deleteIfExists(scratch.resolve(each));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot try the schema in a temporary folder", e);
        }
    }

    @Override
    public DueReader reader() {
        return SqliteReader.open(migration, file, Side.TARGET);
    }

    @Override
    public Store writer() {
        return SqliteStore.open(migration, file, Side.TARGET);
    }

    @Override
    public Optional<PostgresAddress> address() {
        return Optional.empty();
    }

    @Override
    public Optional<ForeignWrites> foreignWrites() {
        return Optional.of(ForeignWrites.open(migration, file, Side.TARGET));
    }

    @Override
    public void release() {
        if (Files.exists(file)) {
            ForeignWrites.stopNoting(migration, file);
        }
    }

    @Override
    public Gate.Target checks() {
        SqliteChecks checks = new SqliteChecks(migration, file, Side.TARGET);
        return new Gate.Target() {
            @Override
            public Check references() {
                return checks.references();
            }

            @Override
            public Check sequences() {
                return checks.sequences();
            }

            @Override
            public Check slot() {
                return checks.triggers();
            }
        };
    }

    @Override
    public RowKeys rowKeys() {
        return new MappedRowKeys(migration);
    }
}
