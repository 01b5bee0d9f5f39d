package dev.changeover.store.sqlite;

import dev.changeover.store.Batch;
import dev.changeover.store.FencedException;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.LogId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Our tables beside the application's: how far each partition was applied, the changes that wait or were refused, the mark of our
 * own transactions, and the notes about rows that others have written.
 */
final class OwnTables {
    private static final String[] CREATE = {
        """
        CREATE TABLE IF NOT EXISTS changeover_positions (
            migration TEXT NOT NULL,
            partition INTEGER NOT NULL,
            log_cluster TEXT NOT NULL,
            log_topic TEXT NOT NULL,
            partitions INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            writes_next INTEGER NOT NULL,
            applied INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            PRIMARY KEY (migration, partition)) WITHOUT ROWID""",
        // parent: of a parked change; reason: of a refused one
        """
        CREATE TABLE IF NOT EXISTS changeover_waiting (
            migration TEXT NOT NULL,
            key TEXT NOT NULL,
            parent TEXT,
            reason TEXT,
            announced INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            change_offset INTEGER NOT NULL,
            event BLOB NOT NULL,
            PRIMARY KEY (migration, key)) WITHOUT ROWID""",
        "CREATE INDEX IF NOT EXISTS changeover_waiting_parent ON changeover_waiting (migration, parent) WHERE parent IS NOT NULL",
        "CREATE TABLE IF NOT EXISTS changeover_mark (ours INTEGER PRIMARY KEY)",
        "CREATE TABLE IF NOT EXISTS changeover_noted (seq INTEGER PRIMARY KEY AUTOINCREMENT, migration TEXT NOT NULL, entity TEXT NOT NULL, content TEXT NOT NULL)",
    };

    private OwnTables() {}

    /** @param epoch of the writer; a lower one is fenced */
    record PositionRow(LogId log, long next, long writesNext, long applied, long epoch) {}

    /** @param epoch ours, while nobody claims the partition after us */
    record Claim(long next, long epoch) {}

    static void create(Connection connection) throws SQLException {
        for (String statement : CREATE) {
            Database.execute(connection, statement);
        }
    }

    /** Takes away what is this migration's, and the tables too when they are nobody else's. */
    static void remove(Connection connection, String migration) throws SQLException {
        for (String table : new String[] {"positions", "waiting", "noted"}) {
            forget(connection, table, migration);
        }
        if (Notes.any(connection) || hasPositions(connection)) {
            return;
        }
        for (String table : new String[] {"positions", "waiting", "mark", "noted"}) {
            Database.execute(connection, "DROP TABLE changeover_" + table);
        }
    }

    /** @param table without its prefix */
    static void forget(Connection connection, String table, String migration) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM changeover_" + table + " WHERE migration = ?")) {
            delete.setString(1, migration);
            delete.executeUpdate();
        }
    }

    private static boolean hasPositions(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT 1 FROM changeover_positions")) {
            return select.executeQuery().next();
        }
    }

    static boolean exist(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM sqlite_schema WHERE name = 'changeover_noted'")) {
            return select.executeQuery().next();
        }
    }

    /**
     * What others do until the end of the transaction is not noted: nobody else can do anything. Nobody else ever sees the mark,
     * for it is taken back before the commit.
     */
    static void mark(Connection connection) throws SQLException {
        Database.execute(connection, "INSERT INTO changeover_mark VALUES (1)");
    }

    static void unmark(Connection connection) throws SQLException {
        Database.execute(connection, "DELETE FROM changeover_mark");
    }

    /** By partition; empty also where our tables are not there: nothing was ever applied. */
    static Map<Integer, PositionRow> positions(Connection connection, String migration) throws SQLException {
        Map<Integer, PositionRow> positions = new TreeMap<>();
        if (!exist(connection)) {
            return positions;
        }
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT partition, log_cluster, log_topic, partitions, next_offset, writes_next, applied, epoch"
                        + " FROM changeover_positions WHERE migration = ? ORDER BY partition")) {
            select.setString(1, migration);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                positions.put(
                        row.getInt(1),
                        new PositionRow(
                                new LogId(row.getString(2), row.getString(3), row.getInt(4)),
                                row.getLong(5),
                                row.getLong(6),
                                row.getLong(7),
                                row.getLong(8)));
            }
        }
        return positions;
    }

    static Map<Integer, Claim> claim(Connection connection, String migration, LogId log, Collection<Integer> partitions)
            throws SQLException {
        Map<Integer, PositionRow> there = positions(connection, migration);
        for (PositionRow row : there.values()) {
            if (!row.log().equals(log)) {
                throw foreign(migration, row.log(), log);
            }
        }
        Map<Integer, Claim> claims = new TreeMap<>();
        try (PreparedStatement claim = connection.prepareStatement("""
                INSERT INTO changeover_positions (migration, partition, log_cluster, log_topic, partitions,
                    next_offset, writes_next, applied, epoch)
                VALUES (?, ?, ?, ?, ?, 0, 0, 0, 1)
                ON CONFLICT (migration, partition) DO UPDATE SET epoch = epoch + 1
                """)) {
            for (int partition : partitions) {
                claim.setString(1, migration);
                claim.setInt(2, partition);
                claim.setString(3, log.clusterId());
                claim.setString(4, log.topicId());
                claim.setInt(5, log.partitions());
                claim.executeUpdate();
                PositionRow row = there.get(partition);
                claims.put(partition, row == null ? new Claim(0, 1) : new Claim(row.next(), row.epoch() + 1));
            }
        }
        return claims;
    }

    private static ForeignLogException foreign(String migration, LogId held, LogId log) {
        return new ForeignLogException(
                "Cannot apply to this database: its positions of %s belong to topic %s with %d partitions in Kafka cluster %s, and the log is topic %s with %d partitions in cluster %s. Connect to the log that it was filled from, or rebuild it into an empty file."
                        .formatted(
                                migration,
                                held.topicId(),
                                held.partitions(),
                                held.clusterId(),
                                log.topicId(),
                                log.partitions(),
                                log.clusterId()));
    }

    /** Moves all partitions of the batch, if they stand where it starts and are still ours. */
    static void advance(Connection connection, String migration, Batch batch, Map<Integer, Claim> claims)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE changeover_positions SET next_offset = ?, writes_next = ?, applied = applied + ?
                WHERE migration = ? AND partition = ? AND next_offset = ? AND epoch = ?
                """)) {
            for (Batch.Advance advance : batch.advances()) {
                Claim claim = claims.get(advance.partition());
                if (claim == null) {
                    throw new FencedException(
                            "Cannot apply changes of partition %d: it was not claimed".formatted(advance.partition()));
                }
                update.setLong(1, advance.to());
                update.setLong(2, advance.writesNext());
                update.setLong(
                        3,
                        batch.changes().stream()
                                .filter(change -> change.partition() == advance.partition())
                                .count());
                update.setString(4, migration);
                update.setInt(5, advance.partition());
                update.setLong(6, advance.from());
                update.setLong(7, claim.epoch());
                if (update.executeUpdate() != 1) {
                    throw new FencedException(
                            "Cannot apply changes from %s on: another writer has taken over, or the store stands at another position"
                                    .formatted(advance));
                }
            }
        }
    }

    /** @throws FencedException if one of the claimed partitions is somebody else's now */
    static void hold(Connection connection, String migration, Map<Integer, Claim> claims) throws SQLException {
        Map<Integer, PositionRow> there = positions(connection, migration);
        claims.forEach((partition, claim) -> {
            PositionRow row = there.get(partition);
            if (row == null || row.epoch() != claim.epoch()) {
                throw new FencedException(
                        "Cannot retry what waits in partition %d: another writer has taken over".formatted(partition));
            }
        });
    }
}
