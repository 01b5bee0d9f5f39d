package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Field;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Triggers that note which rows somebody else has written, in that one's own transaction: they are not there only if the write
 * is not. They note what names the record, not what it holds. Our own transactions have a mark, and are not noted.
 *
 * <p>A row that {@code OR REPLACE} removes, because it had a unique value of the new one, fires no delete trigger
 * (<a href="https://www.sqlite.org/lang_conflict.html">SQLite, ON CONFLICT</a>): such rows are looked for before each insert and update.
 */
final class Notes {
    private static final String PREFIX = "changeover_note_";

    private Notes() {}

    /** Makes the triggers that are not there, or not as they should be. */
    static void install(Connection connection, String migration, Collection<Rows> all) throws SQLException {
        for (Map.Entry<String, String> trigger : triggers(migration, all).entrySet()) {
            if (!trigger.getValue().equals(installed(connection, trigger.getKey()))) {
                Database.execute(connection, "DROP TRIGGER IF EXISTS " + Table.quote(trigger.getKey()));
                Database.execute(connection, trigger.getValue());
            }
        }
    }

    /** Names of those that are missing or have been changed. */
    static List<String> missing(Connection connection, String migration, Collection<Rows> all) throws SQLException {
        List<String> missing = new ArrayList<>();
        for (Map.Entry<String, String> trigger : triggers(migration, all).entrySet()) {
            if (!trigger.getValue().equals(installed(connection, trigger.getKey()))) {
                missing.add(trigger.getKey());
            }
        }
        return missing;
    }

    /** Takes this migration's triggers away. */
    static void remove(Connection connection, String migration) throws SQLException {
        for (String name : named(connection, prefix(migration))) {
            Database.execute(connection, "DROP TRIGGER " + Table.quote(name));
        }
    }

    /** Whether some migration's triggers are there. */
    static boolean any(Connection connection) throws SQLException {
        return !named(connection, PREFIX).isEmpty();
    }

    private static List<String> named(Connection connection, String prefix) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, length(?1)) = ?1")) {
            select.setString(1, prefix);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    private static String prefix(String migration) {
        return PREFIX + migration + ".";
    }

    private static String installed(Connection connection, String name) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?")) {
            select.setString(1, name);
            ResultSet row = select.executeQuery();
            return row.next() ? row.getString(1) : "";
        }
    }

    private static Map<String, String> triggers(String migration, Collection<Rows> all) {
        Map<String, String> triggers = new LinkedHashMap<>();
        for (Rows rows : all) {
            add(triggers, migration, rows, "inserted", "AFTER INSERT", note(migration, rows, "NEW"));
            add(
                    triggers,
                    migration,
                    rows,
                    "updated",
                    "AFTER UPDATE",
                    note(migration, rows, "OLD") + note(migration, rows, "NEW"));
            add(triggers, migration, rows, "deleted", "AFTER DELETE", note(migration, rows, "OLD"));
            String victims = victims(migration, rows);
            if (!victims.isEmpty()) {
                add(triggers, migration, rows, "replaced", "BEFORE INSERT", victims);
                add(triggers, migration, rows, "replaced_too", "BEFORE UPDATE", victims);
            }
        }
        return triggers;
    }

    private static void add(
            Map<String, String> triggers, String migration, Rows rows, String what, String when, String statements) {
        String name = prefix(migration) + rows.entity().name() + "_" + what;
        triggers.put(
                name,
                "CREATE TRIGGER %s %s ON %s WHEN NOT EXISTS (SELECT 1 FROM changeover_mark) BEGIN %sEND"
                        .formatted(Table.quote(name), when, rows.name(), statements));
    }

    private static String note(String migration, Rows rows, String row) {
        String own = rows.ownIn(row);
        return "INSERT INTO changeover_noted (migration, entity, content) SELECT '%s', '%s', %s%s; "
                .formatted(migration, rows.entity().name(), content(rows, row), own.isEmpty() ? "" : " WHERE " + own);
    }

    private static String victims(String migration, Rows rows) {
        StringBuilder statements = new StringBuilder();
        for (Table.UniqueKey key : rows.table().uniqueKeys()) {
            if (key.columns().contains("") || key.columns().equals(rows.keyColumns())) {
                continue;
            }
            String own = rows.ownIn("t");
            String same = key.columns().stream()
                            .map(column -> "t.%1$s = NEW.%1$s".formatted(Table.quote(column)))
                            .collect(Collectors.joining(" AND "))
                    + (own.isEmpty() ? "" : " AND " + own);
            statements.append(
                    "INSERT INTO changeover_noted (migration, entity, content) SELECT '%s', '%s', %s FROM %s AS t WHERE %s; "
                            .formatted(migration, rows.entity().name(), content(rows, "t"), rows.name(), same));
        }
        return statements.toString();
    }

    private static String content(Rows rows, String row) {
        return naming(rows).stream()
                .map(column ->
                        "'%s', CASE typeof(%2$s.%3$s) WHEN 'blob' THEN '\\x' || hex(%2$s.%3$s) ELSE %2$s.%3$s END"
                                .formatted(column.replace("'", "''"), row, Table.quote(column)))
                .collect(Collectors.joining(", ", "json_object(", ")"));
    }

    /** The columns that say which record a row is. */
    static Set<String> naming(Rows rows) {
        Set<String> names = new LinkedHashSet<>(rows.keyColumns());
        for (Field field : rows.entity().key()) {
            String extra = rows.layout().extra();
            rows.mapping()
                    .columnOf(field)
                    .or(() -> java.util.Optional.ofNullable(extra))
                    .ifPresent(names::add);
        }
        return names;
    }
}
