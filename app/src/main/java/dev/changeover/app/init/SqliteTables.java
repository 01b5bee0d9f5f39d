package dev.changeover.app.init;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tables of SQLite files as entities. */
final class SqliteTables {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private SqliteTables() {}

    /** @param comments takes what was left out, and why */
    static List<Found> find(LegacyFilesOnDisk files, List<String> comments) throws SQLException {
        List<Found> found = new ArrayList<>();
        for (String path : files.sqlite()) {
            String url = "jdbc:sqlite:" + files.root().resolve(path).toAbsolutePath();
            try (Connection connection = DriverManager.getConnection(url);
                    Statement settings = connection.createStatement()) {
                settings.execute("PRAGMA query_only = ON");
                if (hasVirtualTables(settings)) {
                    comments.add(path + ": it has virtual tables, so it is a library's own file, left out");
                    continue;
                }
                for (String table : tables(settings)) {
                    look(connection, path, table, found, comments);
                }
            }
        }
        return found;
    }

    private static boolean hasVirtualTables(Statement statement) throws SQLException {
        try (ResultSet row =
                statement.executeQuery("SELECT 1 FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' LIMIT 1")) {
            return row.next();
        }
    }

    private static List<String> tables(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                        + " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE 'changeover!_%' ESCAPE '!' ORDER BY rowid")) {
            while (row.next()) {
                tables.add(row.getString(1));
            }
        }
        return tables;
    }

    private static void look(Connection connection, String path, String table, List<Found> found, List<String> comments)
            throws SQLException {
        Map<Integer, String> key = new TreeMap<>();
        Map<String, Boolean> required = new LinkedHashMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM pragma_table_xinfo(?)")) {
            select.setString(1, table);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                String column = row.getString("name");
                required.put(column, row.getInt("notnull") != 0 || row.getInt("pk") > 0);
                if (row.getInt("pk") > 0) {
                    key.put(row.getInt("pk"), column);
                }
            }
        }
        if (key.isEmpty() || !table.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            comments.add("%s: table %s has no primary key, left out".formatted(path, table));
            return;
        }
        Found entity = new Found(table);
        entity.key().addAll(key.values());
        entity.legacy().put("format", "sqlite");
        entity.legacy().put("path", path);
        entity.legacy().put("table", table);
        required.keySet().forEach(column -> entity.members().put(column, new Evidence(column)));
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("SELECT * FROM \"" + table + "\"")) {
            while (row.next()) {
                entity.addRecord(record(row));
            }
        }
        required.forEach((column, always) -> {
            if (!always) {
                java.util.Objects.requireNonNull(entity.members().get(column)).mayBeNull();
            }
        });
        if (entity.records() == 0) {
            comments.add("%s: table %s is empty, left out".formatted(path, table));
        } else {
            found.add(entity);
        }
    }

    private static ObjectNode record(ResultSet row) throws SQLException {
        ObjectNode record = MAPPER.createObjectNode();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            String name = row.getMetaData().getColumnName(i);
            Object value = row.getObject(i);
            if (value == null) {
                record.putNull(name);
            } else if (value instanceof Integer || value instanceof Long) {
                record.put(name, ((Number) value).longValue());
            } else if (value instanceof Double number) {
                record.put(name, number);
            } else {
                record.put(name, value instanceof byte[] ? "" : value.toString());
            }
        }
        return record;
    }
}
