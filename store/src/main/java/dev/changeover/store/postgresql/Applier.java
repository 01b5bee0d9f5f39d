package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings changes into the tables inside a transaction: deletes first, children before parents; then upserts, parents before
 * children; and with each parent the children that were parked for it.
 */
final class Applier {
    private static final int RELEASED_AT_ONCE = 500;

    private final Connection connection;
    private final Map<String, EntityTable> tables;
    private final Waiting waiting;
    private final Sequences sequences;
    private final Upserts upserts;
    private final Set<String> parents;
    private final boolean someParked;
    private final Migration migration;
    private final Staging staging;
    private OwnIds ids = OwnIds.NONE;

    /**
     * @param parents names of the tables that others refer to
     * @param someParked whether a change may be parked, in any partition
     */
    Applier(
            Migration migration,
            Connection connection,
            Map<String, EntityTable> tables,
            Set<String> parents,
            Staging staging,
            NewRows newRows,
            Sequences sequences,
            Waiting waiting,
            boolean someParked) {
        this.connection = connection;
        this.tables = tables;
        this.waiting = waiting;
        this.sequences = sequences;
        this.upserts = new Upserts(connection, staging, newRows, tables);
        this.parents = parents;
        this.someParked = someParked;
        this.migration = migration;
        this.staging = staging;
    }

    /**
     * Applies the items, one for each key at most, and settles their outcomes. What did not go in is not kept yet.
     *
     * @param recreated keys that are deleted and made anew among the items, so that what hangs on the old record goes
     */
    void apply(Collection<Item> items, Set<RecordKey> recreated) throws SQLException {
        OwnIds before = ids;
        use(OwnIds.of(connection, migration, tables, items));
        try {
            applyAll(items, recreated);
        } finally {
            use(before);
        }
    }

    private void use(OwnIds now) {
        ids = now;
        staging.useIds(now);
    }

    private void applyAll(Collection<Item> items, Set<RecordKey> recreated) throws SQLException {
        Map<String, List<Item>> byEntity = items.stream()
                .collect(Collectors.groupingBy(item -> item.key().entity().name()));
        List<EntityTable> childrenFirst = new ArrayList<>(tables.values());
        Collections.reverse(childrenFirst);
        List<Item> heldDeletes = new ArrayList<>();
        for (EntityTable table : childrenFirst) {
            List<Item> some = byEntity.getOrDefault(table.entity().name(), List.of());
            deleteRecreated(table, some, recreated);
            delete(table, some.stream().filter(Item::isDelete).toList(), heldDeletes);
        }
        for (EntityTable table : tables.values()) {
            List<Item> puts = byEntity.getOrDefault(table.entity().name(), List.of()).stream()
                    .filter(item -> !item.isDelete())
                    .toList();
            if (!puts.isEmpty()) {
                upserts.apply(table, puts);
                sequences.keepAhead(connection, table, puts);
                release(table, puts);
            }
        }
        // Who referred to these may not do so any more.
        for (EntityTable table : childrenFirst) {
            List<Item> again = heldDeletes.stream()
                    .filter(item ->
                            item.key().entity().name().equals(table.entity().name()))
                    .toList();
            again.forEach(item -> item.settle(ApplyOutcome.applied()));
            delete(table, again, new ArrayList<>());
        }
    }

    private void deleteRecreated(EntityTable table, List<Item> items, Set<RecordKey> recreated) throws SQLException {
        List<RecordKey> keys = items.stream()
                .filter(item -> !item.isDelete())
                .map(Item::key)
                .filter(recreated::contains)
                .toList();
        if (!keys.isEmpty()) {
            // Where something holds it, the upsert that follows is all that can be done.
            tryDelete(table, keys);
        }
    }

    private void delete(EntityTable table, List<Item> items, List<Item> held) throws SQLException {
        if (items.isEmpty()) {
            return;
        }
        SQLException violation = tryDelete(table, items.stream().map(Item::key).toList());
        if (violation == null) {
            return;
        }
        if (items.size() == 1) {
            items.get(0).settle(new ApplyOutcome.Refused(Reasons.of(table, violation)));
            held.add(items.get(0));
            return;
        }
        int middle = items.size() / 2;
        delete(table, items.subList(0, middle), held);
        delete(table, items.subList(middle, items.size()), held);
    }

    private @Nullable SQLException tryDelete(EntityTable table, List<RecordKey> keys) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM %s WHERE %s".formatted(table.name(), table.byKeys()))) {
            Queries.setKeys(delete, 1, table, keys, ids);
            delete.executeUpdate();
            connection.releaseSavepoint(before);
            return null;
        } catch (SQLException e) {
            if (SqlFault.of(e) != SqlFault.ROW) {
                throw e;
            }
            connection.rollback(before);
            connection.releaseSavepoint(before);
            return e;
        }
    }

    private void release(EntityTable table, List<Item> puts) throws SQLException {
        if (!someParked || !parents.contains(table.name())) {
            return;
        }
        List<RecordKey> present =
                puts.stream().filter(Item::isApplied).map(Item::key).toList();
        if (!present.isEmpty()) {
            release(present);
        }
    }

    /** Applies what was parked for these records, which are there now, and keeps what still does not go in. */
    int release(List<RecordKey> present) throws SQLException {
        List<Item> unapplied = new ArrayList<>();
        int released = 0;
        while (true) {
            List<Item> items = waiting.waitingFor(connection, present, RELEASED_AT_ONCE, tables);
            if (items.isEmpty()) {
                // Not before: they would be found again and again.
                waiting.keep(connection, unapplied);
                return released;
            }
            waiting.forget(connection, items.stream().map(Item::key).toList());
            apply(items, Set.of());
            for (Item item : items) {
                if (item.isApplied()) {
                    released++;
                } else {
                    unapplied.add(item);
                }
            }
        }
    }
}
