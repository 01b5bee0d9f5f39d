package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.table.RowMapping;
import dev.changeover.store.table.RowRead;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An entity and its table: the columns that a record fills, and those by which its row is found.
 *
 * @param columns in the order of {@link RowMapping#columns()}
 * @param keyColumns the conflict target: what these columns hold follows from a record's key
 * @param own which of the table's rows are this entity's, with the table's name before each column; empty if all are
 */
record Rows(
        Entity entity,
        TableLayout layout,
        RowMapping mapping,
        Table table,
        List<Table.Column> columns,
        List<String> keyColumns,
        String own) {

    /**
     * The tables of all entities that {@code side} has in one file, parents before children.
     *
     * @param file as layouts name it; empty where the side is one database
     */
    static Map<String, Rows> all(Connection connection, Migration migration, Side side, String file)
            throws SQLException {
        Map<String, Rows> all = new LinkedHashMap<>();
        for (Entity entity : migration.entities()) {
            if (entity.on(side).orElse(null) instanceof TableLayout layout
                    && layout.file().equals(file)) {
                Rows parent =
                        entity.parent().map(link -> all.get(link.entity())).orElse(null);
                all.put(entity.name(), of(connection, migration, entity, layout, parent));
            }
        }
        if (all.isEmpty()) {
            throw new UnfitStoreException("Cannot open the %s side of %s in SQLite: no entity has a table there"
                    .formatted(side, migration.name()));
        }
        return all;
    }

    private static Rows of(
            Connection connection, Migration migration, Entity entity, TableLayout layout, @Nullable Rows parent)
            throws SQLException {
        Table table = Table.find(connection, layout.table())
                .orElseThrow(() ->
                        new UnfitStoreException("Missing table %s of %s: run plan, which names all that is missing"
                                .formatted(layout.table(), entity)));
        RowMapping mapping = RowMapping.of(migration, entity, layout);
        List<Table.Column> columns = new ArrayList<>();
        for (String name : mapping.columns()) {
            Table.Column column = table.column(name);
            if (column == null) {
                throw new UnfitStoreException(
                        "Missing column %s in table %s of %s: add it, or take it out of the definition"
                                .formatted(name, layout.table(), entity));
            }
            columns.add(column);
        }
        List<String> keyColumns = conflictTarget(table, mapping)
                .orElseThrow(() -> new UnfitStoreException(
                        "Missing unique key on table %s of %s: a primary key or unique constraint whose columns follow from the key"
                                .formatted(layout.table(), entity)));
        return new Rows(
                entity,
                layout,
                mapping,
                table,
                List.copyOf(columns),
                keyColumns,
                own(entity, layout, mapping, table, parent));
    }

    /** Its own constants, or else those of the parent that a row hangs on. */
    private static String own(
            Entity entity, TableLayout layout, RowMapping mapping, Table table, @Nullable Rows parent) {
        String name = Table.quote(table.name()) + ".";
        if (!layout.where().isEmpty()) {
            return constants(layout, Table.quote(table.name()));
        }
        Reference link = entity.parent().orElse(null);
        if (parent == null || link == null || parent.own().isEmpty()) {
            return "";
        }
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < link.fields().size(); i++) {
            String here = mapping.columnOf(entity.field(link.fields().get(i))).orElse("");
            String there =
                    parent.mapping().columnOf(parent.entity().key().get(i)).orElse("");
            if (here.isEmpty() || there.isEmpty()) {
                return "";
            }
            conditions.add(parent.name() + "." + Table.quote(there) + " = " + name + Table.quote(here));
        }
        return "EXISTS (SELECT 1 FROM %s WHERE %s AND %s)"
                .formatted(parent.name(), String.join(" AND ", conditions), parent.own());
    }

    private static String constants(TableLayout layout, String row) {
        return layout.where().entrySet().stream()
                .map(each -> "%s.%s = '%s'"
                        .formatted(
                                row, Table.quote(each.getKey()), each.getValue().replace("'", "''")))
                .collect(Collectors.joining(" AND "));
    }

    /** Whether {@code row}, an alias, is this entity's by its own constants; empty if it has none. */
    String ownIn(String row) {
        return constants(layout, row);
    }

    /** The primary key if it will do, otherwise a unique constraint that does. */
    static Optional<List<String>> conflictTarget(Table table, RowMapping mapping) {
        return table.uniqueKeys().stream()
                .filter(Table.UniqueKey::plain)
                .map(Table.UniqueKey::columns)
                .filter(mapping::identifies)
                .findFirst();
    }

    String name() {
        return Table.quote(table.name());
    }

    String columnList() {
        return columns.stream().map(column -> Table.quote(column.name())).collect(Collectors.joining(", "));
    }

    String keyList() {
        return keyColumns.stream().map(Table::quote).collect(Collectors.joining(", "));
    }

    /** {@code "x" = ? AND …}, with {@link #bindKey}. */
    String byKey() {
        String key =
                keyColumns.stream().map(column -> Table.quote(column) + " = ?").collect(Collectors.joining(" AND "));
        return own.isEmpty() ? key : key + " AND " + own;
    }

    String upsert() {
        String updates = columns.stream()
                .map(Table.Column::name)
                .filter(column -> !keyColumns.contains(column))
                .map(column -> Table.quote(column) + " = excluded." + Table.quote(column))
                .collect(Collectors.joining(", "));
        return "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO %s"
                .formatted(
                        name(),
                        columnList(),
                        columns.stream().map(column -> "?").collect(Collectors.joining(", ")),
                        keyList(),
                        updates.isEmpty()
                                ? "NOTHING"
                                : "UPDATE SET " + updates + (layout.where().isEmpty() ? "" : " WHERE " + own));
    }

    /** Returns the index of the next parameter. */
    int bindKey(PreparedStatement statement, int first, RecordKey key) throws SQLException {
        int next = first;
        for (String column : keyColumns) {
            statement.setObject(
                    next++, bindable(Objects.requireNonNull(mapping.keyColumn(column, key)), affinity(column)));
        }
        return next;
    }

    private Table.Affinity affinity(String column) {
        return columns.get(mapping.columns().indexOf(column)).affinity();
    }

    /**
     * The values of a row as the driver takes them.
     *
     * @throws InvalidValueException if SQLite would take what its column's type does not allow
     */
    List<@Nullable Object> values(@Nullable Object[] row) throws InvalidValueException {
        List<@Nullable Object> values = new ArrayList<>(row.length);
        for (int i = 0; i < row.length; i++) {
            Object value = row[i];
            Table.Column column = columns.get(i);
            if (value == null) {
                values.add(null);
                continue;
            }
            if ((value instanceof String text)
                    && (column.maxCharacters() >= 0)
                    && (text.codePointCount(0, text.length()) > column.maxCharacters())) {
                throw new InvalidValueException(
                        "%s: longer than %d characters, and column %s of %s is %s. Widen the column or shorten the text, then retry it."
                                .formatted(
                                        fieldOf(column.name()),
                                        column.maxCharacters(),
                                        column.name(),
                                        layout.table(),
                                        column.declared()));
            }
            // NULL says as much, where it may
            if (column.name().equals(layout.extra()) && value.equals(JsonText.EMPTY_OBJECT) && !column.notNull()) {
                values.add(null);
                continue;
            }
            boolean constant = mapping.derivation(column.name()).orElse(null) instanceof Derivation.Constant;
            values.add(constant ? constant(value.toString(), column.affinity()) : bindable(value, column.affinity()));
        }
        return values;
    }

    /** {@code field}, or {@code column x} where it is none's. */
    String fieldOf(String column) {
        return mapping.derivation(column).orElse(null) instanceof Derivation.FieldValue value
                ? value.field()
                : "column " + column;
    }

    private static Object constant(String text, Table.Affinity affinity) {
        if ((affinity != Table.Affinity.TEXT) && (text.equals("true") || text.equals("false"))) {
            return text.equals("true") ? 1 : 0;
        }
        return text;
    }

    static Object bindable(Object value, Table.Affinity affinity) {
        if (value instanceof Boolean bool) {
            return affinity == Table.Affinity.TEXT ? bool.toString() : (Object) (bool ? 1 : 0);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Double || value instanceof String) {
            return value;
        }
        if (value instanceof Float number) {
            return Double.valueOf(number.toString()); // 0.1, not 0.10000000149011612
        }
        if (value instanceof Bytes bytes) {
            return bytes.toArray();
        }
        return value instanceof JsonText json ? json.text() : ValueJson.text(value);
    }

    /** The record of a result's row whose columns are {@link #columnList}, from the first on. */
    RowRead read(ResultSet row) throws SQLException {
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = raw(row.getObject(i + 1), columns.get(i).name());
        }
        return mapping.read(values);
    }

    private @Nullable Object raw(@Nullable Object value, String column) {
        if (!(value instanceof byte[] bytes)) {
            return value;
        }
        boolean ofBytes = mapping.derivation(column).orElse(null) instanceof Derivation.FieldValue field
                && entity.field(field.field()).type().kind() == FieldType.Kind.BYTES;
        // Where text belongs, a program of its own has put bytes: seen as they are, they are no value of the field's
        // type.
        return ofBytes ? Bytes.copyOf(bytes) : "\\x" + HexFormat.of().formatHex(bytes);
    }
}
