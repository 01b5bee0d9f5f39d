package dev.changeover.store.postgresql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections to one database with the time-outs that every session of ours has. */
final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    /** Something to do on a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Otherwise a plan that was made while the tables were empty reads them whole, and is kept until they are analysed. */
    private static final String EACH_TIME = "SET plan_cache_mode = force_custom_plan";

    /**
     * PostgreSQL looks for each row's parent by a prepared statement of its own. Planned for each row that is two fifths of what COPY
     * into a table with a foreign key costs; planned a few times only, it must be by index, as the tables may be empty then. Before
     * version 18 what has no index seems so dear then that it would be compiled.
     */
    private static final String A_FEW_TIMES = "SET plan_cache_mode = auto; SET enable_seqscan = off; SET jit = off";

    private final HikariDataSource pool;

    private Database(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Connects when it is first used. */
    static Database of(PostgresSettings settings, String name, int connections) {
        return new Database(new HikariDataSource(config(settings, name, connections, EACH_TIME)));
    }

    /** One connection for the changes of rows. Connects when it is first used. */
    static Database writer(PostgresSettings settings, String name) {
        HikariConfig config = config(settings, name, 1, A_FEW_TIMES);
        // Our own statements, unlike PostgreSQL's, are planned each time: their arrays may have one element or
        // thousands.
        property(config, settings, "prepareThreshold", 0);
        return new Database(new HikariDataSource(config));
    }

    private static HikariConfig config(PostgresSettings settings, String name, int connections, String plans) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("changeover-" + name);
        config.setJdbcUrl(settings.jdbcUrl());
        if (!settings.user().isEmpty()) {
            config.setUsername(settings.user());
            config.setPassword(settings.password());
        }
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        config.setIdleTimeout(Math.max(10_000, settings.idleTimeout().toMillis()));
        config.setConnectionTimeout(settings.connectTimeout().toMillis());
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql("""
                %s; SET statement_timeout = %d; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = 0;
                SET synchronous_commit = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1
                """.formatted(
                        plans,
                        settings.statementTimeout().toMillis(),
                        settings.lockTimeout().toMillis()));
        property(config, settings, "connectTimeout", settings.connectTimeout().toSeconds());
        // A server that answers no more: the statement's time-out would be told by it.
        property(config, settings, "socketTimeout", settings.statementTimeout().toSeconds() + 30);
        property(config, settings, "tcpKeepAlive", true);
        property(config, settings, "ApplicationName", "changeover-" + name);
        return config;
    }

    private static void property(HikariConfig config, PostgresSettings settings, String name, Object value) {
        if (!settings.jdbcUrl().contains(name + "=")) {
            config.addDataSourceProperty(name, value.toString());
        }
    }

    /** @throws dev.changeover.store.StoreUnavailableException if there is no connection to be had in time */
    Connection connection() {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw SqlFault.failure("connect to PostgreSQL", e);
        }
    }

    /** Does {@code work} in one transaction that sees one moment and changes nothing. */
    <T> T reading(String what, Work<T> work) {
        try (Connection connection = connection()) {
            beginReading(connection);
            try {
                return work.on(connection);
            } finally {
                endReading(connection);
            }
        } catch (SQLException e) {
            throw SqlFault.failure(what, e);
        }
    }

    static void beginReading(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    }

    /** Also where the connection is broken: then it only says so. */
    static void endReading(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("Cannot end a transaction that only read");
        }
    }

    /** Does {@code work} in one transaction, which is undone if it fails. */
    <T> T writing(String what, Work<T> work) {
        try (Connection connection = connection()) {
            connection.setAutoCommit(false);
            T result = work.on(connection);
            connection.commit();
            return result;
        } catch (SQLException e) {
            throw SqlFault.failure(what, e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
