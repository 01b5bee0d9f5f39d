package dev.changeover.app.process;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.postgresql.PostgresSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the target's tables can hold what the definition says. */
public final class SchemaFit {
    private SchemaFit() {}

    /**
     * Something that does not fit.
     *
     * @param place entity and field, or table and column
     * @param what is wrong
     * @param advice what to do
     * @param prevents whether nothing can be written like that
     */
    public record Finding(String place, String what, String advice, boolean prevents) {
        @Override
        public String toString() {
            return place + ": " + what + ". " + advice;
        }
    }

    private record Column(String type, int length, boolean notNull, boolean hasDefault) {}

    /** All findings, in the order of the definition; touches nothing. */
    public static List<Finding> check(Migration migration, PostgresSettings settings) {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection =
                DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password())) {
            for (Entity entity : migration.entities()) {
                if (entity.target().orElse(null) instanceof TableLayout layout) {
                    check(entity, layout, connection, findings);
                }
            }

        } catch (SQLException e) {
            throw new StoreUnavailableException("Cannot look at the target schema: " + e.getMessage(), e);
        }
        return findings;
    }

    private static void check(Entity entity, TableLayout layout, Connection connection, List<Finding> findings)
            throws SQLException {
        Map<String, Column> columns = columns(layout.table(), connection);
        if (columns.isEmpty()) {
            findings.add(
                    new Finding(entity.name(), "there is no table " + layout.table(), "Add it to the schema.", true));
            return;
        }
        Set<String> filled = new HashSet<>();
        for (TableLayout.Column column : layout.columns()) {
            filled.add(column.name());
            @Nullable Column found = columns.get(column.name());
            String place = layout.table() + "." + column.name();
            if (found == null) {
                findings.add(
                        new Finding(place, "there is no such column", "Add it, or map the field elsewhere.", true));
            } else if (column.value() instanceof Derivation.FieldValue value) {
                fits(entity.field(value.field()), found, place, findings);
            }
        }
        @Nullable String extra = layout.extra();
        if (extra != null) {
            filled.add(extra);
            @Nullable Column found = columns.get(extra);
            if (found == null || !found.type().startsWith("json")) {
                findings.add(new Finding(
                        layout.table() + "." + extra,
                        "there is no such JSON column",
                        "Add it as JSONB: fields without a column of their own would be lost.",
                        true));
            }
        }
        columns.forEach((name, column) -> {
            if (!filled.contains(name) && column.notNull() && !column.hasDefault()) {
                findings.add(new Finding(
                        layout.table() + "." + name,
                        "it must not be null, and nothing fills it",
                        "Map a field to it, or give it a default.",
                        true));
            }
        });
    }

    private static void fits(Field field, Column column, String place, List<Finding> findings) {
        FieldType type = field.type();
        if (type.kind() == FieldType.Kind.TEXT && column.length() > 0 && type.length() > column.length()) {
            findings.add(new Finding(
                    place,
                    "%s may be %s, the column takes %d characters".formatted(field.name(), type, column.length()),
                    "Widen the column, or limit the field.",
                    false));
        }
        if (column.notNull()
                && (field.nullable() || field.optional())
                && field.defaultValue() instanceof dev.changeover.model.entity.Missing) {
            findings.add(new Finding(
                    place,
                    "%s may be null or left out, the column may not be null".formatted(field.name()),
                    "Give the field a default, or let the column be null.",
                    false));
        }
        if (!accepts(type.kind(), column.type())) {
            findings.add(new Finding(
                    place,
                    "a field of type %s does not go into %s".formatted(type, column.type()),
                    "Change the column's type or the field's.",
                    true));
        }
    }

    private static boolean accepts(FieldType.Kind kind, String type) {
        return switch (kind) {
            case TEXT -> !type.equals("uuid") && !type.startsWith("timestamp") && !type.equals("bytea");
            case BOOL -> type.equals("boolean") || type.equals("text");
            case INT32 -> Set.of("integer", "bigint", "numeric", "text").contains(type);
            case INT64 -> Set.of("bigint", "numeric", "text").contains(type);
            case FLOAT32, FLOAT64 ->
                Set.of("real", "double precision", "numeric", "text").contains(type);
            case DECIMAL -> type.equals("numeric") || type.equals("text");
            case TIMESTAMPTZ -> type.equals("timestamp with time zone");
            case TIMESTAMP -> type.equals("timestamp without time zone");
            case DATE -> type.equals("date");
            case TIME -> type.equals("time without time zone");
            case UUID -> type.equals("uuid") || type.equals("text") || type.startsWith("character");
            case BYTES -> type.equals("bytea");
            case JSON -> type.startsWith("json") || type.equals("text");
        };
    }

    private static Map<String, Column> columns(String table, Connection connection) throws SQLException {
        Map<String, Column> columns = new LinkedHashMap<>();
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT a.attname, format_type(a.atttypid, NULL), a.atttypmod, a.attnotnull, a.atthasdef OR a.attidentity <> ''
                FROM pg_attribute a WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum
                """)) {
            query.setString(1, quoted(table));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String type = rows.getString(2);
                    int length = type.startsWith("character") && rows.getInt(3) > 4 ? rows.getInt(3) - 4 : 0;
                    columns.put(rows.getString(1), new Column(type, length, rows.getBoolean(4), rows.getBoolean(5)));
                }
            }
        }
        return columns;
    }

    private static String quoted(String table) {
        int dot = table.indexOf('.');
        return dot < 0 ? name(table) : name(table.substring(0, dot)) + "." + name(table.substring(dot + 1));
    }

    private static String name(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }
}
