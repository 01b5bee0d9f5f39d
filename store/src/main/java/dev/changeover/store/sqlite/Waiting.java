package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Refusal;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.table.Item;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The changes that wait in the store: parked ones and refused ones, one for each key at most. */
final class Waiting {
    private static final String COLUMNS = "key, partition, change_offset, event, parent, reason";

    /** The index is named, because SQLite would otherwise go through all that waits, for every record that arrives. */
    static final String FOR_PARENT = "SELECT " + COLUMNS
            + " FROM changeover_waiting INDEXED BY changeover_waiting_parent"
            + " WHERE migration = ? AND parent = ? ORDER BY partition, change_offset LIMIT ?";

    private final Migration migration;
    private final EventCodec codec;

    Waiting(Migration migration) {
        this.migration = migration;
        this.codec = new EventCodec(migration);
    }

    boolean any(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM changeover_waiting WHERE migration = ? LIMIT 1")) {
            select.setString(1, migration.name());
            return select.executeQuery().next();
        }
    }

    /** A later change of these keys is here, or the waiting one went in. */
    void forget(Connection connection, Collection<RecordKey> keys) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM changeover_waiting WHERE migration = ? AND key = ?")) {
            for (RecordKey key : keys) {
                delete.setString(1, migration.name());
                delete.setString(2, key.text());
                delete.executeUpdate();
            }
        }
    }

    /** Remembers what did not go in; a refusal that is kept once more stays announced. */
    void keep(Connection connection, Collection<Item> items) throws SQLException {
        List<Item> waiting = items.stream().filter(item -> !item.isApplied()).toList();
        if (waiting.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO changeover_waiting AS w
                    (migration, key, parent, reason, announced, partition, change_offset, event)
                VALUES (?, ?, ?, ?, 0, ?, ?, ?)
                ON CONFLICT (migration, key) DO UPDATE SET parent = excluded.parent, reason = excluded.reason,
                    announced = w.announced AND w.change_offset = excluded.change_offset
                        AND (w.reason IS NULL) = (excluded.reason IS NULL),
                    partition = excluded.partition, change_offset = excluded.change_offset, event = excluded.event
                """)) {
            for (Item item : waiting) {
                insert.setString(1, migration.name());
                insert.setString(2, item.key().text());
                insert.setString(
                        3,
                        item.outcome() instanceof ApplyOutcome.Parked parked
                                ? parked.parent().text()
                                : null);
                insert.setString(4, item.outcome() instanceof ApplyOutcome.Refused refused ? refused.reason() : null);
                insert.setInt(5, item.partition());
                insert.setLong(6, item.offset());
                insert.setBytes(7, codec.write(withoutBefore(item.event())));
                insert.executeUpdate();
            }
        }
    }

    private static ChangeEvent withoutBefore(ChangeEvent event) {
        return new ChangeEvent(
                event.op(), event.key(), null, event.after(), null, event.origin(), event.timestampMillis());
    }

    /**
     * Changes that wait for this record, oldest first, no more than {@code limit}.
     *
     * @param select of {@link #FOR_PARENT}
     */
    List<Item> waitingFor(PreparedStatement select, RecordKey parent, int limit) throws SQLException {
        select.setString(1, migration.name());
        select.setString(2, parent.text());
        select.setInt(3, limit);
        try (ResultSet rows = select.executeQuery()) {
            return items(rows);
        }
    }

    /** All that waits, parked or refused, of these partitions, oldest first, from behind the given one on. */
    List<Item> after(Connection connection, Set<Integer> partitions, int partition, long offset, int limit)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS
                + " FROM changeover_waiting WHERE migration = ? AND partition IN (" + list(partitions)
                + ") AND (partition, change_offset) > (?, ?) ORDER BY partition, change_offset LIMIT " + limit)) {
            select.setString(1, migration.name());
            select.setInt(2, partition);
            select.setLong(3, offset);
            return items(select.executeQuery());
        }
    }

    private static String list(Set<Integer> partitions) {
        return partitions.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private List<Item> items(ResultSet row) throws SQLException {
        List<Item> items = new ArrayList<>();
        while (row.next()) {
            items.add(new Item(row.getInt(2), row.getLong(3), event(row)));
        }
        return items;
    }

    private ChangeEvent event(ResultSet row) throws SQLException {
        try {
            return codec.readAfterOnly(row.getString(1).getBytes(StandardCharsets.UTF_8), row.getBytes(4));
        } catch (MalformedEventException e) {
            throw new UnfitStoreException(
                    "Cannot read a change that waits in changeover_waiting: the definition was changed since. "
                            + e.getMessage(),
                    e);
        }
    }

    private RecordKey key(String text) {
        try {
            return KeyJson.read(migration, text.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedEventException e) {
            throw new UnfitStoreException(
                    "Cannot read a key in changeover_waiting: the definition was changed since. " + e.getMessage(), e);
        }
    }

    List<ParkedChange> parked(Connection connection, Set<Integer> partitions, int limit) throws SQLException {
        List<ParkedChange> parked = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS
                + " FROM changeover_waiting WHERE migration = ? AND parent IS NOT NULL AND partition IN ("
                + list(partitions) + ") ORDER BY change_offset, partition LIMIT " + limit)) {
            select.setString(1, migration.name());
            ResultSet row = select.executeQuery();
            while (row.next()) {
                parked.add(new ParkedChange(row.getInt(2), row.getLong(3), event(row), key(row.getString(5))));
            }
        }
        return parked;
    }

    List<Refusal> unannounced(Connection connection, Set<Integer> partitions, int limit) throws SQLException {
        List<Refusal> refusals = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS
                + " FROM changeover_waiting WHERE migration = ? AND reason IS NOT NULL AND NOT announced AND partition IN ("
                + list(partitions) + ") ORDER BY change_offset, partition LIMIT " + limit)) {
            select.setString(1, migration.name());
            ResultSet row = select.executeQuery();
            while (row.next()) {
                refusals.add(new Refusal(row.getInt(2), row.getLong(3), event(row), row.getString(6)));
            }
        }
        return refusals;
    }

    void announced(Connection connection, List<Refusal> refusals) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE changeover_waiting SET announced = 1 WHERE migration = ? AND key = ? AND partition = ? AND change_offset = ?")) {
            for (Refusal refusal : refusals) {
                update.setString(1, migration.name());
                update.setString(2, refusal.event().key().text());
                update.setInt(3, refusal.partition());
                update.setLong(4, refusal.offset());
                update.executeUpdate();
            }
        }
    }

    /** How many keys wait, by partition; {@code which} is {@code parent} for parked ones, {@code reason} for refused ones. */
    Map<Integer, Long> counts(Connection connection, String which) throws SQLException {
        Map<Integer, Long> counts = new TreeMap<>();
        if (!OwnTables.exist(connection)) {
            return counts;
        }
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT partition, count(*) FROM changeover_waiting WHERE migration = ? AND " + which
                        + " IS NOT NULL GROUP BY partition")) {
            select.setString(1, migration.name());
            ResultSet row = select.executeQuery();
            while (row.next()) {
                counts.put(row.getInt(1), row.getLong(2));
            }
        }
        return counts;
    }
}
