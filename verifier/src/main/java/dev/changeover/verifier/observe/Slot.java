package dev.changeover.verifier.observe;

import dev.changeover.store.StoreUnavailableException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** The publication and the replication slot that the observer reads from. */
final class Slot {
    private static final String STATE = """
            select active,
                   coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0),
                   coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0),
                   coalesce(wal_status, '')
            from pg_replication_slots
            where slot_name = ?
            """;

    private static final String TABLE = """
            select n.nspname, c.relname
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.oid = to_regclass(?)
            """;

    /** Transactions after the snapshot's last or under way in it; as the write-ahead log has them, without their epoch. */
    private static final String INVISIBLE = """
            with now as (select pg_current_snapshot() as snapshot)
            select exists (
                select 1
                from now, unnest(?) as x(id)
                where (x.id - pg_snapshot_xmax(snapshot)::text::bigint) & 4294967295 < 2147483648
                   or x.id in (select under_way::text::bigint & 4294967295 from pg_snapshot_xip(snapshot) as under_way))
            """;

    /** Of the messages that are ours. */
    static final String MARK_PREFIX = "changeover";

    private final String url;
    private final Properties login;
    private final String name;

    /** @param name of both, letters, digits and underscores */
    Slot(String url, Properties login, String name) {
        this.url = url;
        this.login = login;
        this.name = name;
    }

    String name() {
        return name;
    }

    /**
     * Publishes exactly these tables, with whole old rows: without them a delete says only the primary key, and an update
     * leaves long values out.
     *
     * @throws StoreUnavailableException if it cannot be done, with the reason
     */
    void publish(List<TableName> tables) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (TableName table : tables) {
                if (!hasFullIdentity(connection, table)) {
                    statement.execute("alter table " + table.quoted() + " replica identity full");
                }
            }
            String list =
                    String.join(", ", tables.stream().map(TableName::quoted).toList());
            if (!published(connection)
                    .equals(new TreeSet<>(
                            tables.stream().map(TableName::toString).toList()))) {
                // Not dropped: what is still to be read from the slot needs it as it was.
                statement.execute(
                        exists(connection)
                                ? "alter publication " + quoted(name) + " set table " + list
                                : "create publication " + quoted(name) + " for table " + list);
            }
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot publish its tables for the observer: %s".formatted(e.getMessage()), e);
        }
    }

    /**
     * The table that a definition means by {@code name}, found as the database finds it.
     *
     * @throws StoreUnavailableException if there is none
     */
    TableName table(String inDefinition) {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(TABLE)) {
            statement.setString(1, inDefinition);
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    throw new StoreUnavailableException("target: There is no table " + inDefinition + " yet");
                }
                return new TableName(rows.getString(1), rows.getString(2));
            }
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot look for table %s: %s".formatted(inDefinition, e.getMessage()), e);
        }
    }

    /**
     * Puts a message into the write-ahead log, where the reader of the slot meets it behind all that was committed before.
     *
     * @throws StoreUnavailableException if the database does not answer
     */
    void mark(String text) {
        try (Connection connection = connect();
                Statement settings = connection.createStatement();
                PreparedStatement statement =
                        connection.prepareStatement("select pg_logical_emit_message(true, ?, ?)")) {
            settings.execute("set synchronous_commit = local"); // no standby needs it
            statement.setString(1, MARK_PREFIX);
            statement.setString(2, text);
            statement.execute();
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot put a mark into the write-ahead log: %s".formatted(e.getMessage()), e);
        }
    }

    /**
     * Whether a reader who begins now sees what these transactions wrote. The write-ahead log has a commit a moment before anybody can
     * see it: on a busy machine some milliseconds, and where a synchronous standby has to confirm it, as long as that takes.
     *
     * @param transactions numbers of 32 bits, as the write-ahead log has them
     * @throws StoreUnavailableException if the database does not answer
     */
    boolean visible(Collection<Long> transactions) {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(INVISIBLE)) {
            statement.setArray(1, connection.createArrayOf("bigint", transactions.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() && !rows.getBoolean(1);
            }
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot ask which transactions can be seen: %s".formatted(e.getMessage()), e);
        }
    }

    /** @throws StoreUnavailableException if it cannot be done, with the reason */
    void release(List<TableName> tables) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("set lock_timeout = '5s'");
            try (PreparedStatement drop = connection.prepareStatement(
                    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ?")) {
                drop.setString(1, name);
                drop.execute();
            }
            statement.execute("drop publication if exists " + quoted(name));
            for (TableName table : tables) {
                statement.execute("alter table " + table.quoted() + " replica identity default");
            }
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot release slot %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    SlotHealth health() {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(STATE)) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next()
                        ? new SlotHealth(rows.getBoolean(1), rows.getLong(2), rows.getLong(3), rows.getString(4))
                        : new SlotHealth(false, 0, 0, "");
            }
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot read the state of slot %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, login);
    }

    private static boolean hasFullIdentity(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select relreplident = 'f' from pg_class where oid = ?::regclass")) {
            statement.setString(1, table.quoted());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select 1 from pg_publication where pubname = ?")) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private Set<String> published(Connection connection) throws SQLException {
        Set<String> tables = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "select schemaname, tablename from pg_publication_tables where pubname = ?")) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(new TableName(rows.getString(1), rows.getString(2)).toString());
                }
            }
        }
        return tables;
    }

    private static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** A table with its schema. */
    record TableName(String schema, String table) {
        String quoted() {
            return Slot.quoted(schema) + "." + Slot.quoted(table);
        }

        @Override
        public String toString() {
            return schema + "." + table;
        }
    }
}
