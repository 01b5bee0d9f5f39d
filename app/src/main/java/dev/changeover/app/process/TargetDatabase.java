package dev.changeover.app.process;

import dev.changeover.app.cutover.Gate;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.postgresql.PostgresReader;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.PostgresStore;
import dev.changeover.store.postgresql.SchemaFit;
import dev.changeover.store.postgresql.TargetChecks;
import dev.changeover.store.postgresql.TargetSchema;
import dev.changeover.store.table.Finding;
import dev.changeover.verifier.observe.PostgresAddress;
import dev.changeover.verifier.observe.PostgresObserver;
import dev.changeover.verifier.observe.RowKeys;
import java.util.List;
import java.util.Optional;

/** The target side of a migration, whichever database it is. */
final class TargetDatabase {
    private final Migration migration;
    private final String url;
    private final PostgresSettings settings;

    private TargetDatabase(Migration migration, String url) {
        this.migration = migration;
        this.url = url;
        this.settings = PostgresSettings.ofUrl(url);
    }

    /** @throws IllegalArgumentException if the URL is none of a database that we know; it is not repeated in the message */
    static TargetDatabase open(Migration migration, String url) {
        return new TargetDatabase(migration, url);
    }

    /**
     * Brings the schema up to date.
     *
     * @return warnings for the operator
     * @throws IllegalStateException if the schema does not fit the definition, with all that does not
     */
    List<String> prepare() {
        TargetSchema.migrate(settings, migration.stores().schema());
        List<Finding> findings = SchemaFit.check(migration, settings);
        List<String> wrong = findings.stream()
                .filter(Finding::prevents)
                .map(Finding::toString)
                .toList();
        if (!wrong.isEmpty()) {
            throw new SchemaMisfitException(wrong);
        }
        return findings.stream().map(Finding::toString).toList();
    }

    List<Finding> findings() {
        return SchemaFit.check(migration, settings);
    }

    StoreReader reader() {
        return PostgresReader.open(migration, settings, Side.TARGET);
    }

    Store writer() {
        return PostgresStore.open(migration, settings, Side.TARGET);
    }

    Optional<PostgresAddress> address() {
        return Optional.of(PostgresAddress.of(url));
    }

    /** What the gate asks it. */
    Gate.Target checks() {
        TargetChecks checks = new TargetChecks(migration, settings);
        return new Gate.Target() {
            @Override
            public TargetChecks.Check references() {
                return checks.references();
            }

            @Override
            public TargetChecks.Check sequences() {
                return checks.sequences();
            }

            @Override
            public TargetChecks.Check slot() {
                return checks.slot(PostgresObserver.slotName(migration));
            }
        };
    }

    RowKeys rowKeys() {
        return new MappedRowKeys(migration);
    }
}
