package dev.changeover.store.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * Connections to one file. Transactions are begun and ended by statements: the driver's own would begin the next one at each
 * commit, and hold the write lock with it.
 */
final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(35);

    /** Work on a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private final HikariDataSource pool;
    private final Path file;

    private Database(HikariDataSource pool, Path file) {
        this.pool = pool;
        this.file = file;
    }

    /** For one writer: durable when the commit returns. */
    static Database writing(Path file) {
        SQLiteConfig config = config();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        return open(file, config, "writer", 1, "");
    }

    /** For one writer of a file that is the application's: its journal mode stays, and foreign keys are not enforced. */
    static Database writingAsItIs(Path file) {
        if (!Files.isRegularFile(file)) {
            throw missing(file);
        }
        SQLiteConfig config = config();
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(false);
        return open(file, config, "writer", 1, "");
    }

    /**
     * For readers; they change nothing.
     *
     * @throws StoreUnavailableException if there is no such file: SQLite would make an empty one, and that is no absence of records
     */
    static Database reading(Path file, int connections) {
        if (!Files.isRegularFile(file)) {
            throw missing(file);
        }
        return open(file, config(), "reader", connections, "PRAGMA query_only = 1");
    }

    private static StoreUnavailableException missing(Path file) {
        return new StoreUnavailableException(
                "Cannot open %s: there is no such file. Is a disk not mounted?".formatted(file));
    }

    private static SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        return config;
    }

    static String url(Path file) {
        String path = file.toAbsolutePath().toString();
        if (path.indexOf('?') >= 0) {
            throw new IllegalArgumentException(
                    "Invalid path of an SQLite database: it has a \"?\", which the driver would not take as a part of it");
        }
        return "jdbc:sqlite:" + path;
    }

    private static Database open(Path file, SQLiteConfig config, String name, int connections, String first) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("changeover-sqlite-" + name);
        pool.setJdbcUrl(url(file));
        pool.setMaximumPoolSize(connections);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
        pool.setInitializationFailTimeout(-1);
        config.toProperties().forEach((key, value) -> pool.addDataSourceProperty(String.valueOf(key), value));
        if (!first.isEmpty()) {
            pool.setConnectionInitSql(first);
        }
        return new Database(new HikariDataSource(pool), file);
    }

    Path file() {
        return file;
    }

    Connection connection() {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw SqliteFault.failure("open " + file, e);
        }
    }

    /** Does {@code work} in one transaction, which sees one moment. */
    <T> T reading(String what, Work<T> work) {
        try (Connection connection = connection()) {
            execute(connection, "BEGIN");
            try {
                return work.on(connection);
            } finally {
                undo(connection);
            }
        } catch (SQLException e) {
            throw SqliteFault.failure(what, e);
        }
    }

    /**
     * Does {@code work} in one transaction that has the write lock from its beginning; it is undone if the work fails.
     *
     * @throws OutcomeUnknownException if the commit failed and may have gone through all the same
     */
    <T> T writing(String what, Work<T> work) {
        try (Connection connection = connection()) {
            execute(connection, "BEGIN IMMEDIATE");
            T result;
            try {
                result = work.on(connection);
            } catch (SQLException | RuntimeException e) {
                undo(connection);
                throw e;
            }
            commit(connection);
            return result;
        } catch (SQLException e) {
            throw SqliteFault.failure(what, e);
        }
    }

    private void commit(Connection connection) throws SQLException {
        try {
            execute(connection, "COMMIT");
        } catch (SQLException e) {
            undo(connection);
            if (SqliteFault.of(e) == SqliteFault.LATER) {
                throw new OutcomeUnknownException(
                        "The commit of a batch into %s has failed (%s). The position says what happened."
                                .formatted(file.getFileName(), e.getMessage()),
                        e);
            }
            throw e;
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Ends a transaction that only read, or undoes one; where there is none any more, that is what was wanted. */
    static void undo(Connection connection) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("There was no transaction to end");
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
