package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.table.Check;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What a database must be fit for before an application is let onto it, asked of the database itself: each method opens a connection of
 * its own and throws {@link StoreUnavailableException} if it cannot tell.
 */
public final class TargetChecks {
    private static final int MAX_COUNTED = 1_000;

    private static final String FOREIGN_KEYS = """
            SELECT con.conname, con.conrelid::regclass::text, con.confrelid::regclass::text,
                   (SELECT array_agg(quote_ident(a.attname) ORDER BY k.i) FROM unnest(con.conkey) WITH ORDINALITY k(num, i)
                      JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num),
                   (SELECT array_agg(quote_ident(a.attname) ORDER BY k.i) FROM unnest(con.confkey) WITH ORDINALITY k(num, i)
                      JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num)
            FROM pg_constraint con
            WHERE con.contype = 'f' AND con.conrelid = to_regclass(?)
            ORDER BY 1
            """;

    private static final String OWNED_SEQUENCES = """
            SELECT quote_ident(a.attname), pg_get_serial_sequence(c.oid::regclass::text, a.attname)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.oid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
              AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL
            """;

    private static final String SLOT = """
            SELECT active, coalesce(wal_status, ''), pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)
            FROM pg_replication_slots WHERE slot_name = ? AND database = current_database()
            """;

    private final Migration migration;
    private final PostgresSettings settings;

    public TargetChecks(Migration migration, PostgresSettings settings) {
        this.migration = migration;
        this.settings = settings;
    }

    /** Whether each row that refers to another one finds it, also where the foreign key was not enforced when it was written. */
    public Check references() {
        try (Connection connection = connect()) {
            int keys = 0;
            List<String> broken = new ArrayList<>();
            for (String table : tables()) {
                try (PreparedStatement select = connection.prepareStatement(FOREIGN_KEYS)) {
                    select.setString(1, table);
                    ResultSet rows = select.executeQuery();
                    while (rows.next()) {
                        keys++;
                        long orphans = orphans(
                                connection, rows.getString(2), rows.getString(3), texts(rows, 4), texts(rows, 5));
                        if (orphans > 0) {
                            broken.add("%s of %s: %d".formatted(rows.getString(1), rows.getString(2), orphans));
                        }
                    }
                }
            }
            return new Check(
                    broken.isEmpty(),
                    "%d foreign keys, %d broken".formatted(keys, broken.size()),
                    broken.isEmpty() ? "" : "rows refer to rows that are not there: " + String.join(", ", broken));
        } catch (SQLException e) {
            throw new StoreUnavailableException("target: Cannot check its references: " + e.getMessage(), e);
        }
    }

    private static long orphans(
            Connection connection, String child, String parent, List<String> columns, List<String> parentColumns)
            throws SQLException {
        StringBuilder refers = new StringBuilder();
        StringBuilder found = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            refers.append(i == 0 ? "" : " AND ")
                    .append("c.")
                    .append(columns.get(i))
                    .append(" IS NOT NULL");
            found.append(i == 0 ? "" : " AND ")
                    .append("p.")
                    .append(parentColumns.get(i))
                    .append(" = c.")
                    .append(columns.get(i));
        }
        String sql =
                "SELECT count(*) FROM (SELECT 1 FROM %s c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s) LIMIT %d) orphans"
                        .formatted(child, refers, parent, found, MAX_COUNTED);
        return number(connection, sql);
    }

    /** Whether each sequence is at least as far as the largest value in the column that it fills. */
    public Check sequences() {
        try (Connection connection = connect()) {
            int sequences = 0;
            List<String> behind = new ArrayList<>();
            for (String table : tables()) {
                try (PreparedStatement select = connection.prepareStatement(OWNED_SEQUENCES)) {
                    select.setString(1, table);
                    ResultSet rows = select.executeQuery();
                    while (rows.next()) {
                        sequences++;
                        // The sequence last: what is inserted in between by nextval cannot make it look behind.
                        long largest = number(
                                connection, "SELECT coalesce(max(%s), 0) FROM %s".formatted(rows.getString(1), table));
                        long last = number(
                                connection,
                                "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "
                                        + rows.getString(2));
                        if (last < largest) {
                            behind.add("%s is at %d, %s.%s goes to %d"
                                    .formatted(rows.getString(2), last, table, rows.getString(1), largest));
                        }
                    }
                }
            }
            return new Check(
                    behind.isEmpty(),
                    "%d sequences, %d behind".formatted(sequences, behind.size()),
                    behind.isEmpty() ? "" : "an insert would meet a value that is taken: " + String.join(", ", behind));
        } catch (SQLException e) {
            throw new StoreUnavailableException("target: Cannot check its sequences: " + e.getMessage(), e);
        }
    }

    /** Whether the replication slot of that name is being read and has lost nothing. */
    public Check slot(String name) {
        try (Connection connection = connect();
                PreparedStatement select = connection.prepareStatement(SLOT)) {
            select.setString(1, name);
            ResultSet row = select.executeQuery();
            if (!row.next()) {
                return new Check(
                        false, "none", "there is no replication slot %s: is a verifier running?".formatted(name));
            }
            String status = row.getString(2);
            String figure =
                    "%s, %s, %d bytes kept".formatted(row.getBoolean(1) ? "read" : "not read", status, row.getLong(3));
            if (!row.getBoolean(1)) {
                return new Check(
                        false, figure, "nobody reads replication slot %s: is a verifier running?".formatted(name));
            }
            boolean whole = status.equals("reserved") || status.equals("extended");
            return new Check(
                    whole,
                    figure,
                    whole
                            ? ""
                            : "the server no longer keeps all the write-ahead log that slot %s needs".formatted(name));
        } catch (SQLException e) {
            throw new StoreUnavailableException(
                    "target: Cannot read the state of slot %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    private List<String> tables() {
        List<String> tables = new ArrayList<>();
        for (Entity entity : migration.entities()) {
            if (entity.target().orElse(null) instanceof TableLayout layout) {
                tables.add(layout.table());
            }
        }
        return tables;
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static List<String> texts(ResultSet rows, int column) throws SQLException {
        List<String> texts = new ArrayList<>();
        @Nullable Object[] all = (@Nullable Object[]) rows.getArray(column).getArray();
        for (@Nullable Object one : all) {
            texts.add(String.valueOf(one));
        }
        return texts;
    }

    private Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", settings.user());
        login.setProperty("password", settings.password());
        login.setProperty("ApplicationName", "changeover-gate");
        login.setProperty(
                "connectTimeout", Long.toString(settings.connectTimeout().toSeconds()));
        login.setProperty(
                "socketTimeout", Long.toString(settings.statementTimeout().toSeconds() + 5));
        login.setProperty(
                "options", "-c statement_timeout=" + settings.statementTimeout().toMillis());
        return DriverManager.getConnection(settings.jdbcUrl(), login);
    }
}
