package dev.changeover.app.process;

import dev.changeover.app.cutover.Gate;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.DueReader;
import dev.changeover.store.Store;
import dev.changeover.store.postgresql.PostgresReader;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.PostgresStore;
import dev.changeover.store.postgresql.SchemaFit;
import dev.changeover.store.postgresql.TargetChecks;
import dev.changeover.store.postgresql.TargetSchema;
import dev.changeover.store.sqlite.ForeignWrites;
import dev.changeover.store.table.Check;
import dev.changeover.store.table.Finding;
import dev.changeover.verifier.observe.PostgresAddress;
import dev.changeover.verifier.observe.PostgresObserver;
import dev.changeover.verifier.observe.RowKeys;
import java.util.List;
import java.util.Optional;

/** A target in PostgreSQL. */
final class PostgresTarget implements TargetDatabase {
    private final Migration migration;
    private final String url;
    private final PostgresSettings settings;

    PostgresTarget(Migration migration, String url, Tuning tuning) {
        this.migration = migration;
        this.url = url;
        this.settings = PostgresSettings.ofUrl(url).withPool(tuning.connections(), tuning.idleTimeout());
    }

    @Override
    public void migrate() {
        TargetSchema.migrate(settings, migration.stores().schema());
    }

    @Override
    public List<Finding> findings() {
        return SchemaFit.check(migration, settings);
    }

    @Override
    public DueReader reader() {
        return PostgresReader.open(migration, settings, Side.TARGET);
    }

    @Override
    public Store writer() {
        return PostgresStore.open(migration, settings, Side.TARGET);
    }

    @Override
    public Optional<PostgresAddress> address() {
        return Optional.of(PostgresAddress.of(url));
    }

    @Override
    public Optional<ForeignWrites> foreignWrites() {
        return Optional.empty();
    }

    @Override
    public void release() {
        PostgresObserver.release(migration, PostgresAddress.of(url));
    }

    @Override
    public Gate.Target checks() {
        TargetChecks checks = new TargetChecks(migration, settings);
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
                return checks.slot(PostgresObserver.slotName(migration));
            }
        };
    }

    @Override
    public RowKeys rowKeys() {
        return new MappedRowKeys(migration);
    }
}
