package dev.changeover.store.postgresql;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Upserts one entity's records inside a transaction. All at once first; where a constraint is violated, the rows that
 * cannot go in are told apart and settled as parked or refused, and the others go in.
 */
final class Upserts {
    /** So often rows are taken out whose unique values others hold, before they are tried one by one. */
    private static final int MOVING_ROUNDS = 20;

    private final Connection connection;
    private final Staging staging;
    private final NewRows newRows;
    private final Map<String, EntityTable> tables;

    Upserts(Connection connection, Staging staging, NewRows newRows, Map<String, EntityTable> tables) {
        this.connection = connection;
        this.staging = staging;
        this.newRows = newRows;
        this.tables = tables;
    }

    /** One item for each key at most. */
    void apply(EntityTable table, List<Item> items) throws SQLException {
        if (newRows.areLikely(table, items)) {
            boolean inserted = inserted(table, items);
            newRows.tried(table, inserted);
            if (inserted) {
                return;
            }
        }
        upsert(table, items);
    }

    /**
     * Straight into the table: a third faster, and whole or not at all. There are tables that COPY may not write to, but INSERT: those
     * with policies for the rows that this role sees.
     */
    private boolean inserted(EntityTable table, List<Item> items) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            staging.insert(connection, table, items);
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (SqlFault.of(e) != SqlFault.ROW && !SqlFault.isUnsupported(e)) {
                throw e;
            }
            undo(before);
            return false;
        }
    }

    private void upsert(EntityTable table, List<Item> items) throws SQLException {
        SQLException violation = tried(table, items, List.of());
        if (violation == null) {
            return;
        }
        List<Item> left = items.stream().filter(Item::isApplied).toList();
        if (SqlFault.isMissingParent(violation)) {
            List<Item> withParents = withoutOrphans(table, left);
            if (withParents.size() < left.size()) {
                upsert(table, withParents);
                return;
            }
        }
        if (SqlFault.isDuplicate(violation) && !MovingKeys.of(table).isEmpty()) {
            moving(table, left);
            return;
        }
        if (left.size() == 1) {
            settle(table, left.get(0), violation);
            return;
        }
        int middle = left.size() / 2;
        upsert(table, left.subList(0, middle));
        upsert(table, left.subList(middle, left.size()));
    }

    /** What went wrong, or null. If something did, nothing has happened. */
    private @Nullable SQLException tried(EntityTable table, List<Item> items, List<PgTable.UniqueKey> vacated)
            throws SQLException {
        if (items.isEmpty()) {
            return null;
        }
        Savepoint before = connection.setSavepoint();
        try {
            List<Item> staged = new ArrayList<>(items.size());
            Staging.Range range = staging.stage(connection, table, items, staged);
            if (!staged.isEmpty()) {
                for (PgTable.UniqueKey key : vacated) {
                    execute(MovingKeys.vacate(table, key, range));
                }
                execute(statement(table, range));
            }
            connection.releaseSavepoint(before);
            return null;
        } catch (SQLException e) {
            if (SqlFault.of(e) != SqlFault.ROW) {
                throw e;
            }
            undo(before);
            return e;
        }
    }

    private void undo(Savepoint before) throws SQLException {
        connection.rollback(before);
        connection.releaseSavepoint(before);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String statement(EntityTable table, Staging.Range range) {
        List<String> updates = new ArrayList<>();
        boolean identity = false;
        for (PgTable.Column column : table.columns()) {
            identity |= column.identityAlways();
            if (!table.keyColumns().contains(column.name())) {
                String name = PgTable.quote(column.name());
                updates.add(name + " = EXCLUDED." + name);
            }
        }
        return "INSERT INTO %s (%s)%s SELECT %s FROM %s s WHERE %s ON CONFLICT (%s) DO %s"
                .formatted(
                        table.name(),
                        table.columnList(""),
                        identity ? " OVERRIDING SYSTEM VALUE" : "",
                        String.join(", ", Staging.values(table, "s.")),
                        range.stage(),
                        range.condition("s."),
                        table.keyList(""),
                        updates.isEmpty() ? "NOTHING" : "UPDATE SET " + String.join(", ", updates));
    }

    private void settle(EntityTable table, Item item, SQLException violation) {
        RecordKey parent = SqlFault.isMissingParent(violation) ? missingParent(table, item, violation) : null;
        item.settle(
                parent == null
                        ? new ApplyOutcome.Refused(Reasons.of(table, violation))
                        : new ApplyOutcome.Parked(parent));
    }

    private @Nullable RecordKey missingParent(EntityTable table, Item item, SQLException violation) {
        var message = SqlFault.message(violation);
        String constraint = message == null ? null : message.getConstraint();
        return table.table().foreignKeys().stream()
                .filter(key -> key.name().equals(constraint))
                .findFirst()
                .map(key -> ParentLink.of(table, key, tables))
                .map(link -> link.parentOf(item.after()))
                .orElse(null);
    }

    /** Settles as parked, all in one go, what has no parent; in a backfill of orphans they may be most of the batch. */
    private List<Item> withoutOrphans(EntityTable table, List<Item> items) throws SQLException {
        List<ParentLink> links = table.table().foreignKeys().stream()
                .map(key -> ParentLink.of(table, key, tables))
                .filter(link -> link != null && !link.foreignKey().parentTable().equals(table.name()))
                .toList();
        if (links.isEmpty()) {
            return items;
        }
        Set<Item> orphans = new HashSet<>();
        Savepoint before = connection.setSavepoint();
        List<Item> staged = new ArrayList<>(items.size());
        try {
            Staging.Range range = staging.stage(connection, table, items, staged);
            for (ParentLink link : links) {
                for (Item orphan : select(link.orphans(table, range), range, staged)) {
                    RecordKey parent = link.parentOf(orphan.after());
                    if (parent != null && orphans.add(orphan)) {
                        orphan.settle(new ApplyOutcome.Parked(parent));
                    }
                }
            }
        } finally {
            undo(before);
        }
        return items.stream().filter(Item::isApplied).toList();
    }

    /** The staged items whose numbers {@code sql} selects. */
    private List<Item> select(String sql, Staging.Range range, List<Item> staged) throws SQLException {
        List<Item> selected = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery(sql);
            while (row.next()) {
                selected.add(staged.get(row.getInt(1) - range.from()));
            }
        }
        return selected;
    }

    /**
     * Values of secondary unique constraints move between these records, or are held by others. The records first let go of
     * the values that they are about to lose; who then still meets its value at another record is refused, and keeps what it
     * had, whereupon others may meet theirs: hence the rounds.
     */
    private void moving(EntityTable table, List<Item> items) throws SQLException {
        List<PgTable.UniqueKey> keys = MovingKeys.of(table);
        List<Item> left = items;
        for (int round = 0; round < MOVING_ROUNDS; round++) {
            SQLException violation = tried(table, left, keys);
            left = left.stream().filter(Item::isApplied).toList();
            if (violation == null || left.isEmpty()) {
                return;
            }
            int before = left.size();
            if (SqlFault.isDuplicate(violation)) {
                refuseTaken(table, left, keys);
            } else if (SqlFault.isMissingParent(violation) && before > 1) {
                withoutOrphans(table, left);
            }
            left = left.stream().filter(Item::isApplied).toList();
            if (left.size() == before) {
                probe(table, left, left, keys, SqlFault.isDuplicate(violation));
                left = left.stream().filter(Item::isApplied).toList();
            }
        }
        for (Item item : left) {
            SQLException violation = tried(table, List.of(item), List.of());
            if (violation != null) {
                settle(table, item, violation);
            }
        }
    }

    /** Refuses the items whose unique values a record outside of these has, or an earlier one of them. */
    private void refuseTaken(EntityTable table, List<Item> items, List<PgTable.UniqueKey> keys) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            List<Item> staged = new ArrayList<>(items.size());
            Staging.Range range = staging.stage(connection, table, items, staged);
            for (PgTable.UniqueKey key : keys) {
                for (Item taken : select(MovingKeys.taken(table, key, range), range, staged)) {
                    taken.settle(new ApplyOutcome.Refused(
                            Reasons.duplicate(table, key.name()) + ". Change one of the two records, then retry it."));
                }
            }
        } finally {
            undo(before);
        }
    }

    /**
     * Finds the rows that are wrong in themselves, by halves, while all of {@code all} have let go of their unique values.
     *
     * @param duplicatesToo whether a unique violation counts; otherwise it is settled elsewhere
     */
    private void probe(
            EntityTable table, List<Item> all, List<Item> some, List<PgTable.UniqueKey> keys, boolean duplicatesToo)
            throws SQLException {
        SQLException violation = probed(table, all, some, keys);
        if (violation == null) {
            return;
        }
        if (some.size() == 1) {
            if (duplicatesToo || !SqlFault.isDuplicate(violation)) {
                settle(table, some.get(0), violation);
            }
            return;
        }
        int middle = some.size() / 2;
        probe(table, all, some.subList(0, middle), keys, duplicatesToo);
        probe(table, all, some.subList(middle, some.size()), keys, duplicatesToo);
    }

    private @Nullable SQLException probed(
            EntityTable table, List<Item> all, List<Item> some, List<PgTable.UniqueKey> keys) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            Staging.Range everybody = staging.stage(connection, table, all, new ArrayList<>());
            for (PgTable.UniqueKey key : keys) {
                execute(MovingKeys.vacate(table, key, everybody));
            }
            execute(statement(table, staging.stage(connection, table, some, new ArrayList<>())));
            return null;
        } catch (SQLException e) {
            if (SqlFault.of(e) != SqlFault.ROW) {
                throw e;
            }
            return e;
        } finally {
            undo(before);
        }
    }
}
