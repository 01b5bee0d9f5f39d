package dev.changeover.store.postgresql;

import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.store.Donna;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** A database of its own on the one server of this JVM. */
final class FreshDatabase implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final class Server {
        static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                EmbeddedPostgres postgres = EmbeddedPostgres.start(Files.createTempDirectory("changeover-store-it"))
                        .closeAtExit();
                PostgresSettings template = settings(postgres, "donna_template");
                create(postgres, "donna_template", "template1");
                TargetSchema.migrate(template, Donna.MIGRATION.stores().schema());
                return postgres;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void create(EmbeddedPostgres postgres, String name, String template) {
            try (Connection connection =
                            DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name + " TEMPLATE " + template);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        private static PostgresSettings settings(EmbeddedPostgres postgres, String database) {
            return PostgresSettings.ofUrl(postgres.url().replaceFirst("/[^/]*$", "/" + database));
        }
    }

    private final PostgresSettings settings;

    /** With donna's tables. */
    FreshDatabase() {
        this("donna_template");
    }

    private FreshDatabase(String template) {
        String name = "it_" + NUMBER.incrementAndGet();
        Server.create(Server.POSTGRES, name, template);
        this.settings = Server.settings(Server.POSTGRES, name);
    }

    static FreshDatabase empty() {
        return new FreshDatabase("template1");
    }

    PostgresSettings settings() {
        return settings;
    }

    /** The same database for another role. */
    PostgresSettings settingsOf(String user, String password) {
        return new PostgresSettings(settings.jdbcUrl(), user, password);
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password());
    }

    void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    String value(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery(sql);
            return row.next() ? String.valueOf(row.getString(1)) : "no row";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        // The server goes with the JVM.
    }
}
