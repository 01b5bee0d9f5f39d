package dev.changeover.store.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A table as the database describes it.
 *
 * @param columns by name, in their order
 */
record Table(String name, Map<String, Column> columns, List<UniqueKey> uniqueKeys, List<ForeignKey> foreignKeys) {
    private static final Pattern LENGTH = Pattern.compile("CHAR[A-Z ]*\\(\\s*(\\d{1,9})\\s*\\)");

    /** What a column makes of what is put into it (<a href="https://www.sqlite.org/datatype3.html">SQLite, 3.1</a>). */
    enum Affinity {
        INTEGER,
        TEXT,
        BLOB,
        REAL,
        NUMERIC;

        static Affinity of(String declared) {
            String type = declared.toUpperCase(Locale.ROOT);
            if (type.contains("INT")) {
                return INTEGER;
            }
            if (type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT")) {
                return TEXT;
            }
            if (type.contains("BLOB") || type.isEmpty()) {
                return BLOB;
            }
            return type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") ? REAL : NUMERIC;
        }
    }

    /**
     * @param declared its type as it is written
     * @param maxCharacters of {@code VARCHAR(n)}, which SQLite does not check; -1 for any
     * @param valued whether it gets a value where none is given
     * @param generated whether nothing can be put into it
     */
    record Column(
            String name,
            String declared,
            Affinity affinity,
            int maxCharacters,
            boolean notNull,
            boolean valued,
            boolean generated) {}

    /** @param plain whether it is over columns only, of all rows, and compares texts byte for byte */
    record UniqueKey(List<String> columns, boolean plain) {}

    /** @param holds whether a row that refers to another keeps that one from being deleted */
    record ForeignKey(
            String parentTable, List<String> columns, List<String> parentColumns, boolean holds, boolean indexed) {}

    @Nullable
    Column column(String columnName) {
        return columns.get(columnName);
    }

    static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static Optional<Table> find(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE")) {
            select.setString(1, name);
            ResultSet row = select.executeQuery();
            if (!row.next()) {
                return Optional.empty();
            }
            return Optional.of(describe(connection, row.getString(1)));
        }
    }

    private static Table describe(Connection connection, String name) throws SQLException {
        Map<String, Column> columns = new LinkedHashMap<>();
        Map<Integer, String> primary = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM pragma_table_xinfo(?)")) {
            select.setString(1, name);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                String column = row.getString("name");
                String declared = Optional.ofNullable(row.getString("type")).orElse("");
                if (row.getInt("pk") > 0) {
                    primary.put(row.getInt("pk"), column);
                }
                columns.put(
                        column,
                        new Column(
                                column,
                                declared,
                                Affinity.of(declared),
                                length(declared),
                                row.getInt("notnull") != 0,
                                row.getString("dflt_value") != null
                                        || (row.getInt("pk") > 0 && declared.equalsIgnoreCase("INTEGER")),
                                row.getInt("hidden") > 1));
            }
        }
        List<List<String>> indexes = new ArrayList<>();
        List<UniqueKey> keys = uniqueKeys(connection, name, indexes);
        List<String> primaryKey = List.copyOf(primary.values());
        // The alias of the row's number has no index of its own.
        if (!primaryKey.isEmpty()
                && keys.stream().noneMatch(key -> key.columns().equals(primaryKey))) {
            keys.add(0, new UniqueKey(primaryKey, true));
        }
        return new Table(name, columns, keys, foreignKeys(connection, name, indexes));
    }

    private static int length(String declared) {
        Matcher matcher = LENGTH.matcher(declared.toUpperCase(Locale.ROOT));
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    private static List<UniqueKey> uniqueKeys(Connection connection, String table, List<List<String>> indexes)
            throws SQLException {
        List<UniqueKey> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?) ORDER BY origin = 'pk' DESC, seq DESC")) {
            select.setString(1, table);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                UniqueKey index = index(connection, row.getString(1), row.getInt(4) != 0);
                indexes.add(index.columns());
                if (row.getInt(2) != 0) {
                    keys.add(index);
                }
            }
        }
        return keys;
    }

    private static UniqueKey index(Connection connection, String name, boolean partial) throws SQLException {
        List<String> columns = new ArrayList<>();
        boolean plain = !partial;
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT name, coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno")) {
            select.setString(1, name);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                String column = row.getString(1);
                plain &= column != null && "BINARY".equalsIgnoreCase(row.getString(2));
                columns.add(column == null ? "" : column);
            }
        }
        return new UniqueKey(List.copyOf(columns), plain);
    }

    private static List<ForeignKey> foreignKeys(Connection connection, String table, List<List<String>> indexes)
            throws SQLException {
        Map<Integer, ForeignKey> keys = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq")) {
            select.setString(1, table);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                String to = row.getString(4);
                ForeignKey soFar = keys.get(row.getInt(1));
                List<String> columns = new ArrayList<>(soFar == null ? List.of() : soFar.columns());
                List<String> parents = new ArrayList<>(soFar == null ? List.of() : soFar.parentColumns());
                columns.add(row.getString(3));
                parents.add(to == null ? primaryColumn(connection, row.getString(2), parents.size()) : to);
                String action = row.getString(5);
                keys.put(
                        row.getInt(1),
                        new ForeignKey(
                                row.getString(2),
                                columns,
                                parents,
                                action.equals("NO ACTION") || action.equals("RESTRICT"),
                                indexes.stream().anyMatch(index -> startsWith(index, columns))));
            }
        }
        return List.copyOf(keys.values());
    }

    private static boolean startsWith(List<String> index, List<String> columns) {
        return index.size() >= columns.size()
                && index.subList(0, columns.size()).containsAll(columns);
    }

    private static String primaryColumn(Connection connection, String table, int place) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT name FROM pragma_table_xinfo(?) WHERE pk = ?")) {
            select.setString(1, table);
            select.setInt(2, place + 1);
            ResultSet row = select.executeQuery();
            return row.next() ? row.getString(1) : "rowid";
        }
    }
}
