package dev.changeover.store.sqlite;

import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;

/** An SQLite file with the schema of another, and no row. */
final class EmptyCopy {
    /** Options that are kept in the file and that an application may look at. */
    private static final List<String> KEPT = List.of("encoding", "page_size", "application_id", "user_version");

    /**
     * Without what SQLite makes by itself (its own tables, the shadow tables of virtual ones) and without ours. Triggers come last,
     * because they may name any table.
     */
    private static final String SCHEMA = """
            SELECT s.sql FROM sqlite_schema s
            WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND s.name NOT LIKE 'changeover!_%' ESCAPE '!'
              AND s.name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
            ORDER BY CASE s.type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, s.rowid""";

    private EmptyCopy() {}

    /** @throws StoreUnavailableException if {@code from} cannot be read or {@code to} cannot be made */
    static void make(Path from, Path to) {
        try {
            List<String> statements = statements(from);
            Path folder = to.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + to)) {
                for (String each : statements) {
                    Database.execute(connection, each);
                }
            }
        } catch (SQLException | IOException e) {
            throw new StoreUnavailableException(
                    "Cannot make %s with the tables of %s: %s".formatted(to, from, e.getMessage()), e);
        }
    }

    private static List<String> statements(Path from) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        List<String> found = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + from, config.toProperties());
                Statement statement = connection.createStatement()) {
            for (String name : KEPT) {
                try (ResultSet value = statement.executeQuery("PRAGMA " + name)) {
                    if (value.next()) {
                        found.add("PRAGMA %s = '%s'".formatted(name, value.getString(1)));
                    }
                }
            }
            try (ResultSet schema = statement.executeQuery(SCHEMA)) {
                while (schema.next()) {
                    found.add(schema.getString(1));
                }
            }
        }
        return found;
    }
}
