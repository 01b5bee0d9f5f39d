package dev.changeover.store.sqlite;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings changes into the tables inside a transaction: deletes first, children before parents; then upserts, parents before
 * children; and with each parent the children that were parked for it. A statement that fails is undone by itself, the
 * transaction goes on.
 *
 * <p>Foreign keys are looked at before the row goes in: SQLite does not say which one failed, and says it at the commit only
 * where it is deferred.
 */
final class Applier implements AutoCloseable {
    private static final int RELEASED_AT_ONCE = 500;

    private final Connection connection;
    private final Map<String, Rows> all;
    private final Waiting waiting;
    private final boolean someWait;
    private final boolean enforcing;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    /** By entity; put together once, and not for each record. */
    private final Map<String, String> upserts = new HashMap<>();

    /**
     * @param someWait whether a change may be parked
     * @param enforcing whether foreign keys hold
     */
    Applier(Connection connection, Map<String, Rows> all, Waiting waiting, boolean someWait, boolean enforcing) {
        this.enforcing = enforcing;
        this.connection = connection;
        this.all = all;
        this.waiting = waiting;
        this.someWait = someWait;
    }

    private PreparedStatement statement(String sql) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }

    private PreparedStatement upsert(Rows rows) throws SQLException {
        String sql = upserts.get(rows.entity().name());
        if (sql == null) {
            sql = rows.upsert();
            upserts.put(rows.entity().name(), sql);
        }
        return statement(sql);
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements.values()) {
            statement.close();
        }
    }

    /**
     * Applies the items, one for each key at most, and settles their outcomes. What did not go in is not kept yet.
     *
     * @param recreated keys that are deleted and made anew among the items, so that what hangs on the old record goes
     */
    void apply(Collection<Item> items, Set<RecordKey> recreated) throws SQLException {
        List<Rows> childrenFirst = new ArrayList<>(all.values());
        Collections.reverse(childrenFirst);
        List<Item> held = new ArrayList<>();
        for (Rows rows : childrenFirst) {
            for (Item item : of(rows, items)) {
                if (item.isDelete() && !delete(rows, item)) {
                    held.add(item);
                } else if (!item.isDelete() && recreated.contains(item.key())) {
                    delete(rows, item);
                    item.settle(ApplyOutcome.applied()); // where something holds it, the upsert is all that can be done
                }
            }
        }
        List<RecordKey> present = upsertAll(items);
        if (someWait) {
            release(present);
        }
        // Who referred to these may not do so any more.
        for (Rows rows : childrenFirst) {
            for (Item item : of(rows, held)) {
                delete(rows, item);
            }
        }
    }

    private static List<Item> of(Rows rows, Collection<Item> items) {
        return items.stream()
                .filter(item -> item.key().entity().name().equals(rows.entity().name()))
                .toList();
    }

    private boolean delete(Rows rows, Item item) throws SQLException {
        try {
            String holder = holder(rows, item.key());
            if (!holder.isEmpty()) {
                item.settle(new ApplyOutcome.Refused(
                        "records of %s still refer to it. Delete or change these, then retry it.".formatted(holder)));
                return false;
            }
            PreparedStatement delete = statement("DELETE FROM %s WHERE %s".formatted(rows.name(), rows.byKey()));
            rows.bindKey(delete, 1, item.key());
            delete.executeUpdate();
            item.settle(ApplyOutcome.applied());
            return true;
        } catch (SQLException e) {
            item.settle(refused(rows, e));
            return false;
        }
    }

    /** The table whose rows keep this one from being deleted, or an empty text. */
    private String holder(Rows rows, RecordKey key) throws SQLException {
        if (!enforcing) {
            return "";
        }
        for (Rows child : all.values()) {
            for (Table.ForeignKey foreignKey : child.table().foreignKeys()) {
                if (!foreignKey.holds()
                        || !foreignKey
                                .parentTable()
                                .equalsIgnoreCase(rows.table().name())) {
                    continue;
                }
                String columns = foreignKey.columns().stream().map(Table::quote).collect(Collectors.joining(", "));
                String parents =
                        foreignKey.parentColumns().stream().map(Table::quote).collect(Collectors.joining(", "));
                PreparedStatement select =
                        statement("SELECT 1 FROM %s WHERE (%s) = (SELECT %s FROM %s WHERE %s) LIMIT 1"
                                .formatted(child.name(), columns, parents, rows.name(), rows.byKey()));
                rows.bindKey(select, 1, key);
                try (ResultSet row = select.executeQuery()) {
                    if (row.next()) {
                        return child.table().name();
                    }
                }
            }
        }
        return "";
    }

    /** Parents before children; returns the keys of those that are there now. */
    private List<RecordKey> upsertAll(Collection<Item> items) throws SQLException {
        List<RecordKey> present = new ArrayList<>();
        for (Rows rows : all.values()) {
            List<Item> puts =
                    of(rows, items).stream().filter(item -> !item.isDelete()).toList();
            if (!puts.isEmpty()) {
                upsert(rows, puts);
                puts.stream().filter(Item::isApplied).map(Item::key).forEach(present::add);
            }
        }
        return present;
    }

    /** What fails is tried again as long as others go in: its parent may be one of them, or who had its unique value. */
    private void upsert(Rows rows, List<Item> puts) throws SQLException {
        List<Item> pending = puts;
        while (!pending.isEmpty()) {
            List<Item> failed = new ArrayList<>();
            List<Item> duplicates = new ArrayList<>();
            for (Item item : pending) {
                if (!put(rows, item, duplicates)) {
                    failed.add(item);
                }
            }
            if (failed.size() == pending.size() || failed.isEmpty()) {
                exchange(rows, duplicates);
                return;
            }
            pending = failed;
        }
    }

    /** Records that have each other's unique values let go of them first. Those of which one still fails stay as they were. */
    private void exchange(Rows rows, List<Item> duplicates) throws SQLException {
        List<String> vacated = vacated(rows);
        List<Item> candidates = duplicates;
        while (candidates.size() > 1 && !vacated.isEmpty()) {
            Database.execute(connection, "SAVEPOINT exchange");
            for (Item item : candidates) {
                PreparedStatement update = statement(
                        "UPDATE %s SET %s WHERE %s".formatted(rows.name(), String.join(", ", vacated), rows.byKey()));
                rows.bindKey(update, 1, item.key());
                update.executeUpdate();
            }
            List<Item> failed = new ArrayList<>();
            for (Item item : candidates) {
                if (!put(rows, item, new ArrayList<>())) {
                    failed.add(item);
                }
            }
            if (failed.isEmpty()) {
                Database.execute(connection, "RELEASE exchange");
                return;
            }
            Database.execute(connection, "ROLLBACK TO exchange");
            Database.execute(connection, "RELEASE exchange");
            ApplyOutcome taken = duplicate();
            candidates.forEach(item -> item.settle(taken));
            candidates =
                    candidates.stream().filter(item -> !failed.contains(item)).toList();
        }
    }

    /** Assignments that take a row's unique values from it for a moment. */
    private static List<String> vacated(Rows rows) {
        List<String> assignments = new ArrayList<>();
        for (Table.UniqueKey key : rows.table().uniqueKeys()) {
            for (String column : key.columns()) {
                int index = rows.mapping().columns().indexOf(column);
                if (index < 0 || rows.mapping().isKeyColumn(column)) {
                    continue;
                }
                Table.Column there = rows.columns().get(index);
                String assignment =
                        Table.quote(column) + (there.notNull() ? " = 'changeover ' || hex(randomblob(16))" : " = NULL");
                if ((!there.notNull() || there.affinity() == Table.Affinity.TEXT)
                        && !assignments.contains(assignment)) {
                    assignments.add(assignment);
                    break;
                }
            }
        }
        return assignments;
    }

    private boolean put(Rows rows, Item item, List<Item> duplicates) throws SQLException {
        @Nullable Object[] row = rows.mapping().row(item.after());
        try {
            List<@Nullable Object> values = rows.values(row);
            ApplyOutcome orphan = missingParent(rows, item.after(), values);
            if (orphan != null) {
                item.settle(orphan);
                return false;
            }
            PreparedStatement upsert = upsert(rows);
            for (int i = 0; i < values.size(); i++) {
                upsert.setObject(i + 1, values.get(i));
            }
            if (upsert.executeUpdate() == 0 && !rows.layout().where().isEmpty()) {
                item.settle(new ApplyOutcome.Refused(
                        "%s has a row of this key that is not this migration's, for it differs in %s"
                                .formatted(
                                        rows.layout().table(),
                                        rows.layout().where().keySet())));
                return false;
            }
            item.settle(ApplyOutcome.applied());
            return true;
        } catch (InvalidValueException e) {
            item.settle(new ApplyOutcome.Refused(e.getMessage()));
            return false;
        } catch (SQLException e) {
            item.settle(refused(rows, e));
            if (SqliteFault.isDuplicate(e)) {
                duplicates.add(item);
            }
            return false;
        }
    }

    private @Nullable ApplyOutcome missingParent(Rows rows, EntityRecord child, List<@Nullable Object> values)
            throws SQLException {
        if (!enforcing) {
            return null;
        }
        for (Table.ForeignKey key : rows.table().foreignKeys()) {
            List<Object> pointed = new ArrayList<>();
            for (String column : key.columns()) {
                int index = rows.mapping().columns().indexOf(column);
                Object value = index < 0 ? null : values.get(index);
                if (value != null) {
                    pointed.add(value);
                }
            }
            if (pointed.size() < key.columns().size()) {
                continue; // a NULL in it points nowhere, and what we do not fill is the database's own
            }
            String condition = key.parentColumns().stream()
                    .map(column -> Table.quote(column) + " = ?")
                    .collect(Collectors.joining(" AND "));
            PreparedStatement select =
                    statement("SELECT 1 FROM %s WHERE %s".formatted(Table.quote(key.parentTable()), condition));
            for (int i = 0; i < pointed.size(); i++) {
                select.setObject(i + 1, pointed.get(i));
            }
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return orphan(rows, key, child);
                }
            }
        }
        return null;
    }

    private @Nullable ApplyOutcome orphan(Rows rows, Table.ForeignKey key, EntityRecord child) {
        ParentLink link = ParentLink.of(rows, key, all);
        RecordKey parent = link == null ? null : link.parentOf(child);
        if (parent != null && child.key().equals(parent)) {
            return null; // it points to itself
        }
        return parent == null
                ? new ApplyOutcome.Refused(
                        "%s: the record of %s that it refers to is not there. Correct the record, then retry it."
                                .formatted(
                                        key.columns().stream()
                                                .map(rows::fieldOf)
                                                .collect(Collectors.joining(", ")),
                                        key.parentTable()))
                : new ApplyOutcome.Parked(parent);
    }

    /** @throws SQLException if it is no fault of the row's */
    private static ApplyOutcome refused(Rows rows, SQLException e) throws SQLException {
        if (SqliteFault.of(e) != SqliteFault.ROW) {
            throw e;
        }
        if (SqliteFault.isDuplicate(e)) {
            return duplicate();
        }
        // "NOT NULL constraint failed: t.c": names, never values; but a trigger's own words may have any
        String said = String.valueOf(e.getMessage());
        int constraint = said.indexOf("constraint failed");
        String name = constraint < 0 ? "a constraint or trigger" : said.substring(said.lastIndexOf('(') + 1);
        return new ApplyOutcome.Refused("%s refused it: %s. Correct the record or the schema, then retry it."
                .formatted(rows.table().name(), name.replaceFirst("\\)$", "")));
    }

    private static ApplyOutcome duplicate() {
        return new ApplyOutcome.Refused(
                "another record has this value, and a unique constraint allows it once. Change one of the two records, then retry it.");
    }

    /** Applies what was parked for these records, which are there now, and keeps what still does not go in. */
    private void release(Collection<RecordKey> parents) throws SQLException {
        Deque<RecordKey> present = new ArrayDeque<>(parents);
        Map<RecordKey, Item> unapplied = new LinkedHashMap<>();
        while (!present.isEmpty()) {
            RecordKey parent = present.remove();
            List<Item> items =
                    new ArrayList<>(waiting.waitingFor(statement(Waiting.FOR_PARENT), parent, RELEASED_AT_ONCE));
            items.removeIf(item -> !all.containsKey(item.key().entity().name()));
            if (items.isEmpty()) {
                continue;
            }
            present.addFirst(parent); // there may be more of them
            waiting.forget(connection, items.stream().map(Item::key).toList());
            present.addAll(upsertAll(items));
            items.stream().filter(item -> !item.isApplied()).forEach(item -> unapplied.put(item.key(), item));
        }
        // Not before: they would be found again and again.
        waiting.keep(connection, unapplied.values());
    }
}
