package dev.changeover.store.postgresql;

import dev.changeover.store.Batch;
import dev.changeover.store.FencedException;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.LogId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rows of {@code changeover.positions} that this writer has claimed. */
final class Positions {
    private final String migration;

    Positions(String migration) {
        this.migration = migration;
    }

    /** @param epoch ours, while nobody claims the partition after us */
    record Claim(long next, long epoch) {}

    Map<Integer, Claim> claim(Connection connection, LogId log, Collection<Integer> partitions) throws SQLException {
        for (OwnTables.PositionRow row :
                OwnTables.positions(connection, migration).values()) {
            if (!row.log().equals(log)) {
                throw foreign(row.log(), log);
            }
        }
        Map<Integer, Claim> claims = new TreeMap<>();
        try (PreparedStatement claim = connection.prepareStatement("""
                INSERT INTO changeover.positions AS p (migration, partition, log_cluster, log_topic, partitions,
                    next_offset, writes_next, applied, epoch)
                VALUES (?, ?, ?, ?, ?, 0, 0, 0, 1)
                ON CONFLICT (migration, partition) DO UPDATE SET epoch = p.epoch + 1
                RETURNING next_offset, epoch, log_cluster, log_topic, partitions
                """)) {
            for (int partition : partitions.stream().sorted().toList()) {
                claim.setString(1, migration);
                claim.setInt(2, partition);
                claim.setString(3, log.clusterId());
                claim.setString(4, log.topicId());
                claim.setInt(5, log.partitions());
                ResultSet row = claim.executeQuery();
                row.next();
                LogId held = new LogId(row.getString(3), row.getString(4), row.getInt(5));
                if (!held.equals(log)) {
                    throw foreign(held, log);
                }
                claims.put(partition, new Claim(row.getLong(1), row.getLong(2)));
            }
        }
        return claims;
    }

    private ForeignLogException foreign(LogId held, LogId log) {
        return new ForeignLogException(
                "Cannot apply to this database: its positions of %s belong to topic %s with %d partitions in Kafka cluster %s, and the log is topic %s with %d partitions in cluster %s. Connect to the log that it was filled from, or rebuild it: drop the schema changeover and empty the tables."
                        .formatted(
                                migration,
                                held.topicId(),
                                held.partitions(),
                                held.clusterId(),
                                log.topicId(),
                                log.partitions(),
                                log.clusterId()));
    }

    /** What else is in our tables at this moment, in any partition. */
    record Advanced(boolean someParked, boolean someRefused) {}

    /**
     * Moves all partitions of the batch, if they stand where it starts and are still ours. Taken first in a transaction, it
     * makes a writer that was left behind wait, and then fail, before it changes a row.
     */
    Advanced advance(Connection connection, Batch batch, Map<Integer, Claim> claims) throws SQLException {
        List<Batch.Advance> advances = batch.advances();
        int size = advances.size();
        Integer[] partitions = new Integer[size];
        Long[] from = new Long[size];
        Long[] to = new Long[size];
        Long[] writesNext = new Long[size];
        Long[] changes = new Long[size];
        Long[] epochs = new Long[size];
        for (int i = 0; i < size; i++) {
            Batch.Advance advance = advances.get(i);
            Claim claim = claims.get(advance.partition());
            if (claim == null) {
                throw new FencedException(
                        "Cannot apply changes of partition %d: it was not claimed".formatted(advance.partition()));
            }
            partitions[i] = advance.partition();
            from[i] = advance.from();
            to[i] = advance.to();
            writesNext[i] = advance.writesNext();
            changes[i] = batch.changes().stream()
                    .filter(change -> change.partition() == advance.partition())
                    .count();
            epochs[i] = claim.epoch();
        }
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE changeover.positions p
                SET next_offset = a.upto, writes_next = a.writes_next, applied = p.applied + a.changes
                FROM unnest(?, ?, ?, ?, ?, ?) AS a(partition, since, upto, writes_next, changes, epoch)
                WHERE p.migration = ? AND p.partition = a.partition AND p.next_offset = a.since AND p.epoch = a.epoch
                RETURNING EXISTS (SELECT FROM changeover.parked w WHERE w.migration = p.migration),
                          EXISTS (SELECT FROM changeover.refused w WHERE w.migration = p.migration)
                """)) {
            update.setArray(1, connection.createArrayOf("integer", partitions));
            update.setArray(2, connection.createArrayOf("bigint", from));
            update.setArray(3, connection.createArrayOf("bigint", to));
            update.setArray(4, connection.createArrayOf("bigint", writesNext));
            update.setArray(5, connection.createArrayOf("bigint", changes));
            update.setArray(6, connection.createArrayOf("bigint", epochs));
            update.setString(7, migration);
            ResultSet row = update.executeQuery();
            int moved = 0;
            boolean parked = false;
            boolean refused = false;
            while (row.next()) {
                moved++;
                parked = row.getBoolean(1);
                refused = row.getBoolean(2);
            }
            if (moved != size) {
                throw new FencedException(
                        "Cannot apply changes from %s on: another writer has taken over, or the store stands at another position"
                                .formatted(advances));
            }
            return new Advanced(parked, refused);
        }
    }

    /**
     * Holds the claimed rows until the end of the transaction, all where none is claimed. They are written as they are: so this
     * transaction begins with our mark as every other one of ours.
     */
    void hold(Connection connection, Map<Integer, Claim> claims) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE changeover.positions SET next_offset = next_offset
                WHERE migration = ? AND (cardinality(?) = 0 OR partition = ANY (?))
                RETURNING partition, epoch
                """)) {
            Array partitions =
                    connection.createArrayOf("integer", claims.keySet().toArray(Integer[]::new));
            update.setString(1, migration);
            update.setArray(2, partitions);
            update.setArray(3, partitions);
            ResultSet row = update.executeQuery();
            while (row.next()) {
                Claim claim = claims.get(row.getInt(1));
                if (claim != null && claim.epoch() != row.getLong(2)) {
                    throw new FencedException("Cannot retry what waits in partition %d: another writer has taken over"
                            .formatted(row.getInt(1)));
                }
            }
        }
    }
}
