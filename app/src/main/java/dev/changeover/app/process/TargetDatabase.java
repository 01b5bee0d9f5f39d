package dev.changeover.app.process;

import dev.changeover.app.cutover.Gate;
import dev.changeover.model.entity.Migration;
import dev.changeover.store.DueReader;
import dev.changeover.store.Store;
import dev.changeover.store.sqlite.ForeignWrites;
import dev.changeover.store.sqlite.SqliteFit;
import dev.changeover.store.table.Finding;
import dev.changeover.verifier.observe.PostgresAddress;
import dev.changeover.verifier.observe.RowKeys;
import java.util.List;
import java.util.Optional;

/** The target side of a migration, whichever database it is. */
interface TargetDatabase {
    /** @throws IllegalArgumentException if the URL is none of a database that we know; it is not repeated in the message */
    static TargetDatabase open(Migration migration, String url, Tuning tuning) {
        Optional<TargetDatabase> sqlite = SqliteTarget.of(migration, url);
        return sqlite.orElseGet(() -> new PostgresTarget(migration, url, tuning));
    }

    /**
     * Brings the schema up to date.
     *
     * @return warnings for the operator
     * @throws IllegalStateException if the schema does not fit the definition, with all that does not
     */
    default List<String> prepare() {
        migrate();
        List<Finding> findings = findings();
        List<String> wrong = findings.stream()
                .filter(Finding::prevents)
                .map(Finding::toString)
                .toList();
        if (!wrong.isEmpty()) {
            throw new SchemaMisfitException(wrong);
        }
        return findings.stream().map(Finding::toString).toList();
    }

    /** Runs the migration's schema files that have not been run yet. */
    void migrate();

    /** What in the schema does not fit the definition; changes nothing. */
    List<Finding> findings();

    /** The keys in which rows that others put into the same tables may collide with ours. */
    default List<SqliteFit.SharedKey> sharedKeys() {
        return List.of();
    }

    /** Columns that no record fills, as {@code table.column}, where that is known. */
    default List<String> unfilledColumns() {
        return List.of();
    }

    DueReader reader();

    Store writer();

    /** Where its write-ahead log can be followed, if it is PostgreSQL. */
    Optional<PostgresAddress> address();

    /** What others write into it, where the database itself notes that; the caller closes it. */
    Optional<ForeignWrites> foreignWrites();

    /**
     * Gives back what is only there to see what others write: a replication slot, or triggers. To do it again does no harm.
     *
     * @throws dev.changeover.store.StoreUnavailableException if it cannot be done, with the reason
     */
    void release();

    /** What the gate asks it. */
    Gate.Target checks();

    RowKeys rowKeys();
}
