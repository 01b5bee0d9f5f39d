package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Uuid5;
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
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The changes that wait in the store: parked ones and refused ones, one for each key at most. */
final class Waiting {
    private final Migration migration;
    private final EventCodec codec;

    Waiting(Migration migration) {
        this.migration = migration;
        this.codec = new EventCodec(migration);
    }

    private UUID id(RecordKey key) {
        return Uuid5.of(migration.namespace(), key);
    }

    Array ids(Connection connection, Collection<RecordKey> keys) throws SQLException {
        return connection.createArrayOf("uuid", keys.stream().map(this::id).toArray());
    }

    /** A later change of these keys is here, or the waiting one went in. */
    void forget(Connection connection, Collection<RecordKey> keys) throws SQLException {
        forgetParked(connection, keys);
        forgetRefused(connection, keys);
    }

    void forgetParked(Connection connection, Collection<RecordKey> keys) throws SQLException {
        delete(connection, "changeover.parked", keys);
    }

    void forgetRefused(Connection connection, Collection<RecordKey> keys) throws SQLException {
        delete(connection, "changeover.refused", keys);
    }

    private void delete(Connection connection, String table, Collection<RecordKey> keys) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + table + " WHERE migration = ? AND key_id = ANY (?)")) {
            delete.setString(1, migration.name());
            delete.setArray(2, ids(connection, keys));
            delete.executeUpdate();
        }
    }

    /** Remembers what did not go in. */
    void keep(Connection connection, Collection<Item> items) throws SQLException {
        List<Item> refused = new ArrayList<>();
        List<Item> parked = new ArrayList<>();
        for (Item item : items) {
            if (item.outcome() instanceof ApplyOutcome.Refused) {
                refused.add(item);
            } else if (item.outcome() instanceof ApplyOutcome.Parked) {
                parked.add(item);
            }
        }
        keepParked(connection, parked);
        keepRefused(connection, refused);
    }

    private void keepParked(Connection connection, List<Item> items) throws SQLException {
        if (items.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO changeover.parked
                    (migration, key_id, key, parent_id, parent, partition, change_offset, event)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (migration, key_id) DO UPDATE SET parent_id = EXCLUDED.parent_id, parent = EXCLUDED.parent,
                    partition = EXCLUDED.partition, change_offset = EXCLUDED.change_offset, event = EXCLUDED.event
                """)) {
            for (Item item : items) {
                RecordKey parent = ((ApplyOutcome.Parked) item.outcome()).parent();
                insert.setString(1, migration.name());
                insert.setObject(2, id(item.key()));
                insert.setString(3, item.key().text());
                insert.setObject(4, id(parent));
                insert.setString(5, parent.text());
                insert.setInt(6, item.partition());
                insert.setLong(7, item.offset());
                insert.setBytes(8, codec.write(withoutBefore(item.event())));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private void keepRefused(Connection connection, List<Item> items) throws SQLException {
        if (items.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO changeover.refused AS r
                    (migration, key_id, key, partition, change_offset, reason, announced, event)
                VALUES (?, ?, ?, ?, ?, ?, false, ?)
                ON CONFLICT (migration, key_id) DO UPDATE SET partition = EXCLUDED.partition,
                    change_offset = EXCLUDED.change_offset, reason = EXCLUDED.reason, event = EXCLUDED.event,
                    announced = r.announced AND r.change_offset = EXCLUDED.change_offset
                """)) {
            for (Item item : items) {
                insert.setString(1, migration.name());
                insert.setObject(2, id(item.key()));
                insert.setString(3, item.key().text());
                insert.setInt(4, item.partition());
                insert.setLong(5, item.offset());
                insert.setString(6, ((ApplyOutcome.Refused) item.outcome()).reason());
                insert.setBytes(7, codec.write(withoutBefore(item.event())));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static ChangeEvent withoutBefore(ChangeEvent event) {
        return new ChangeEvent(
                event.op(), event.key(), null, event.after(), null, event.origin(), event.timestampMillis());
    }

    /** Changes that wait for one of these, oldest first, no more than {@code limit}; their rows are locked. */
    List<Item> waitingFor(
            Connection connection, Collection<RecordKey> parents, int limit, Map<String, EntityTable> tables)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT key, partition, change_offset, event FROM changeover.parked
                WHERE migration = ? AND parent_id = ANY (?)
                ORDER BY partition, change_offset LIMIT %d FOR UPDATE
                """.formatted(limit))) {
            select.setString(1, migration.name());
            select.setArray(2, ids(connection, parents));
            return items(select.executeQuery(), tables);
        }
    }

    /** All that waits, parked or refused, of these partitions, oldest first, from behind the given one on; rows are locked. */
    List<Item> after(
            Connection connection,
            Integer[] partitions,
            int partition,
            long offset,
            int limit,
            Map<String, EntityTable> tables)
            throws SQLException {
        List<Item> all = new ArrayList<>();
        for (String table : List.of("changeover.parked", "changeover.refused")) {
            try (PreparedStatement select = connection.prepareStatement("""
                    SELECT key, partition, change_offset, event FROM %s
                    WHERE migration = ? AND partition = ANY (?) AND (partition, change_offset) > (?, ?)
                    ORDER BY partition, change_offset LIMIT %d FOR UPDATE
                    """.formatted(table, limit))) {
                select.setString(1, migration.name());
                select.setArray(2, connection.createArrayOf("integer", partitions));
                select.setInt(3, partition);
                select.setLong(4, offset);
                all.addAll(items(select.executeQuery(), tables));
            }
        }
        all.sort(java.util.Comparator.comparingInt(Item::partition).thenComparingLong(Item::offset));
        return all.size() > limit ? all.subList(0, limit) : all;
    }

    private List<Item> items(ResultSet row, Map<String, EntityTable> tables) throws SQLException {
        List<Item> items = new ArrayList<>();
        while (row.next()) {
            ChangeEvent event = event(row.getString(1), row.getBytes(4));
            if (tables.containsKey(event.key().entity().name())) {
                items.add(new Item(row.getInt(2), row.getLong(3), event));
            }
        }
        return items;
    }

    private ChangeEvent event(String key, byte[] value) {
        try {
            return codec.readAfterOnly(key.getBytes(StandardCharsets.UTF_8), value);
        } catch (MalformedEventException e) {
            throw new UnfitStoreException(
                    "Cannot read a change that waits in the schema changeover: the definition was changed since. "
                            + e.getMessage(),
                    e);
        }
    }

    private RecordKey key(String text) {
        try {
            return KeyJson.read(migration, text.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedEventException e) {
            throw new UnfitStoreException(
                    "Cannot read a key in the schema changeover: the definition was changed since. " + e.getMessage(),
                    e);
        }
    }

    /** At most {@code limit}, oldest first. */
    List<ParkedChange> parked(Connection connection, Integer[] partitions, int limit) throws SQLException {
        List<ParkedChange> parked = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT key, partition, change_offset, event, parent FROM changeover.parked
                WHERE migration = ? AND partition = ANY (?) ORDER BY change_offset, partition LIMIT %d
                """.formatted(limit))) {
            select.setString(1, migration.name());
            select.setArray(2, connection.createArrayOf("integer", partitions));
            ResultSet row = select.executeQuery();
            while (row.next()) {
                parked.add(new ParkedChange(
                        row.getInt(2),
                        row.getLong(3),
                        event(row.getString(1), row.getBytes(4)),
                        key(row.getString(5))));
            }
        }
        return parked;
    }

    /** At most {@code limit}, oldest first. */
    List<Refusal> unannounced(Connection connection, Integer[] partitions, int limit) throws SQLException {
        List<Refusal> refusals = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT key, partition, change_offset, event, reason FROM changeover.refused
                WHERE migration = ? AND partition = ANY (?) AND NOT announced ORDER BY change_offset, partition LIMIT %d
                """.formatted(limit))) {
            select.setString(1, migration.name());
            select.setArray(2, connection.createArrayOf("integer", partitions));
            ResultSet row = select.executeQuery();
            while (row.next()) {
                refusals.add(new Refusal(
                        row.getInt(2), row.getLong(3), event(row.getString(1), row.getBytes(4)), row.getString(5)));
            }
        }
        return refusals;
    }

    void announced(Connection connection, List<Refusal> refusals) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE changeover.refused SET announced = true
                WHERE migration = ? AND key_id = ? AND partition = ? AND change_offset = ?
                """)) {
            for (Refusal refusal : refusals) {
                update.setString(1, migration.name());
                update.setObject(2, id(refusal.event().key()));
                update.setInt(3, refusal.partition());
                update.setLong(4, refusal.offset());
                update.addBatch();
            }
            update.executeBatch();
        }
    }

    /** How many keys wait, by partition. */
    Map<Integer, Long> counts(Connection connection, String table) throws SQLException {
        Map<Integer, Long> counts = new java.util.TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT partition, count(*) FROM changeover." + table + " WHERE migration = ? GROUP BY partition")) {
            select.setString(1, migration.name());
            ResultSet row = select.executeQuery();
            while (row.next()) {
                counts.put(row.getInt(1), row.getLong(2));
            }
        }
        return counts;
    }
}
