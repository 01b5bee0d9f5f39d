package dev.changeover.store.postgresql;

import dev.changeover.store.LogId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/**
 * The schema {@code changeover}: how far each partition was applied, and the changes that wait or were refused. Records are
 * named there by the uuid5 of their key: a key's text may be longer than an index takes.
 */
final class OwnTables {
    private static final long LOCK = 0x6368616e67656f76L; // "changeov"

    private static final String CREATE = """
            CREATE SCHEMA IF NOT EXISTS changeover;
            CREATE TABLE IF NOT EXISTS changeover.positions (
                migration text NOT NULL,
                partition integer NOT NULL,
                log_cluster text NOT NULL,
                log_topic text NOT NULL,
                partitions integer NOT NULL,
                next_offset bigint NOT NULL,
                writes_next bigint NOT NULL,
                applied bigint NOT NULL,
                epoch bigint NOT NULL,
                PRIMARY KEY (migration, partition));
            CREATE TABLE IF NOT EXISTS changeover.parked (
                migration text NOT NULL,
                key_id uuid NOT NULL,
                key text NOT NULL,
                parent_id uuid NOT NULL,
                parent text NOT NULL,
                partition integer NOT NULL,
                change_offset bigint NOT NULL,
                event bytea NOT NULL,
                PRIMARY KEY (migration, key_id));
            CREATE INDEX IF NOT EXISTS parked_by_parent ON changeover.parked (migration, parent_id);
            CREATE TABLE IF NOT EXISTS changeover.refused (
                migration text NOT NULL,
                key_id uuid NOT NULL,
                key text NOT NULL,
                partition integer NOT NULL,
                change_offset bigint NOT NULL,
                reason text NOT NULL,
                announced boolean NOT NULL,
                event bytea NOT NULL,
                PRIMARY KEY (migration, key_id));
            """;

    private OwnTables() {}

    /** @param epoch of the writer; a lower one is fenced */
    record PositionRow(LogId log, long next, long writesNext, long applied, long epoch) {}

    /** Creates what is not there yet; several may do so at the same time. */
    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
            statement.execute(CREATE);
        }
    }

    static boolean exist(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery("SELECT to_regclass('changeover.refused') IS NOT NULL");
            row.next();
            return row.getBoolean(1);
        }
    }

    /** By partition; empty also where our tables are not there: nothing was ever applied. */
    static Map<Integer, PositionRow> positions(Connection connection, String migration) throws SQLException {
        Map<Integer, PositionRow> positions = new TreeMap<>();
        if (!exist(connection)) {
            return positions;
        }
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT partition, log_cluster, log_topic, partitions, next_offset, writes_next, applied, epoch"
                        + " FROM changeover.positions WHERE migration = ? ORDER BY partition")) {
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
}
