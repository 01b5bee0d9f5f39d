package dev.changeover.store.postgresql;

import dev.changeover.store.StoreUnavailableException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/** A database to be filled from the log: one that is empty, or that is made for it. */
public final class EmptyDatabase {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final String NO_SUCH_DATABASE = "3D000";

    private EmptyDatabase() {}

    /** Whether {@code name} can be a database's name as it stands. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * Makes a database beside the one of {@code server}; one that is there already is left as it is.
     *
     * @param name {@link #isName a name}
     * @return where it is
     * @throws StoreUnavailableException if it cannot be made
     */
    public static PostgresSettings create(PostgresSettings server, String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("Invalid name of a database \"%s\"".formatted(name));
        }
        PostgresSettings made = server.withDatabase(name);
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery("SELECT FROM pg_database WHERE datname = '" + name + "'");
            if (!row.next()) {
                statement.executeUpdate("CREATE DATABASE \"" + name + "\" TEMPLATE template0 ENCODING 'UTF8'");
            }
            return made;
        } catch (SQLException e) {
            throw new StoreUnavailableException("Cannot create database %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    /**
     * What is in a database that should be empty.
     *
     * @return the name of one of its tables and how many there are, for people; empty if it has none, or is not there yet
     * @throws StoreUnavailableException if the server cannot be reached
     */
    public static Optional<String> contents(PostgresSettings settings) {
        try (Connection connection = connect(settings);
                Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery("""
                    SELECT count(*), min(n.nspname || '.' || c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
                      AND n.nspname <> 'information_schema'
                    """);
            row.next();
            long tables = row.getLong(1);
            return tables == 0
                    ? Optional.empty()
                    : Optional.of("%d tables, %s among them".formatted(tables, row.getString(2)));
        } catch (SQLException e) {
            if (NO_SUCH_DATABASE.equals(e.getSQLState())) {
                return Optional.empty();
            }
            throw new StoreUnavailableException("Cannot look into the database: " + e.getMessage(), e);
        }
    }

    private static Connection connect(PostgresSettings settings) throws SQLException {
        Properties properties = new Properties();
        if (!settings.user().isEmpty()) {
            properties.setProperty("user", settings.user());
            properties.setProperty("password", settings.password());
        }
        properties.setProperty(
                "loginTimeout", Long.toString(settings.connectTimeout().toSeconds()));
        return DriverManager.getConnection(settings.jdbcUrl(), properties);
    }
}
