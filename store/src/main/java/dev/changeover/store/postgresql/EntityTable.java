package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.table.RowMapping;
import dev.changeover.store.table.RowRead;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An entity and its table: the columns that a record fills, and those by which its row is found.
 *
 * @param columns in the order of {@link RowMapping#columns()}
 * @param keyColumns the conflict target: what these columns hold follows from a record's key
 */
record EntityTable(
        Entity entity,
        TableLayout layout,
        RowMapping mapping,
        PgTable table,
        List<PgTable.Column> columns,
        List<ColumnType> types,
        List<String> keyColumns) {

    /** The tables of all entities that {@code side} has, parents before children. */
    static Map<String, EntityTable> all(Connection connection, Migration migration, Side side) throws SQLException {
        Map<String, EntityTable> tables = new LinkedHashMap<>();
        for (Entity entity : migration.entities()) {
            if (entity.on(side).orElse(null) instanceof TableLayout layout) {
                tables.put(entity.name(), of(connection, migration, entity, layout));
            }
        }
        if (tables.isEmpty()) {
            throw new UnfitStoreException("Cannot open the %s side of %s in PostgreSQL: no entity has a table there"
                    .formatted(side, migration.name()));
        }
        return tables;
    }

    private static EntityTable of(Connection connection, Migration migration, Entity entity, TableLayout layout)
            throws SQLException {
        PgTable table = PgTable.find(connection, layout.table())
                .orElseThrow(() -> new UnfitStoreException(
                        "Missing table %s of %s: run plan, which names all that is missing, or check the search path"
                                .formatted(layout.table(), entity)));
        if (!layout.where().isEmpty()) {
            throw new UnfitStoreException(
                    "Cannot use table %s of %s: a table that is shared by where is for SQLite only, so far"
                            .formatted(layout.table(), entity));
        }
        RowMapping mapping = RowMapping.of(migration, entity, layout);
        List<PgTable.Column> columns = new ArrayList<>();
        for (String name : mapping.columns()) {
            PgTable.Column column = table.column(name);
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
        return new EntityTable(
                entity,
                layout,
                mapping,
                table,
                List.copyOf(columns),
                columns.stream().map(ColumnType::of).toList(),
                keyColumns);
    }

    /** The primary key if it will do, otherwise a unique constraint that does. */
    static Optional<List<String>> conflictTarget(PgTable table, RowMapping mapping) {
        return table.uniqueKeys().stream()
                .filter(PgTable.UniqueKey::plain)
                .map(PgTable.UniqueKey::columns)
                .filter(mapping::identifies)
                .findFirst();
    }

    String name() {
        return table.name();
    }

    /** Quoted names of the columns, each with {@code alias} before it. */
    String columnList(String alias) {
        return columns.stream()
                .map(column -> alias + PgTable.quote(column.name()))
                .collect(Collectors.joining(", "));
    }

    String keyList(String alias) {
        return keyColumns.stream().map(column -> alias + PgTable.quote(column)).collect(Collectors.joining(", "));
    }

    /** {@code a."x" = b."x" AND …} over the key columns. */
    String keysEqual(String a, String b) {
        return keyColumns.stream()
                .map(column -> a + PgTable.quote(column) + " = " + b + PgTable.quote(column))
                .collect(Collectors.joining(" AND "));
    }

    PgTable.Column keyColumn(int index) {
        return column(keyColumns.get(index));
    }

    /** A condition that takes {@link #keyArrays}: rows of these keys. */
    String byKeys() {
        return byKeys(keyColumns);
    }

    /** The same by other columns of which each follows from the key. */
    String byKeys(List<String> by) {
        String list = by.stream().map(PgTable::quote).collect(Collectors.joining(", "));
        if (by.size() == 1) {
            return "%s = ANY (CAST(? AS text[])::%s[])"
                    .formatted(list, column(by.get(0)).sqlType());
        }
        List<String> casts = new ArrayList<>();
        List<String> arrays = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < by.size(); i++) {
            casts.add("k" + i + "::" + column(by.get(i)).sqlType());
            arrays.add("CAST(? AS text[])");
            names.add("k" + i);
        }
        return "(%s) IN (SELECT %s FROM unnest(%s) AS keys(%s))"
                .formatted(list, String.join(", ", casts), String.join(", ", arrays), String.join(", ", names));
    }

    private PgTable.Column column(String name) {
        return columns.get(mapping.columns().indexOf(name));
    }

    /** One array of texts for each key column. */
    List<String[]> keyArrays(Collection<RecordKey> keys) {
        return keyArrays(keyColumns, keys);
    }

    List<String[]> keyArrays(List<String> by, Collection<RecordKey> keys) {
        List<String[]> arrays = new ArrayList<>();
        for (String column : by) {
            arrays.add(keys.stream()
                    .map(key -> ValueJson.text(java.util.Objects.requireNonNull(mapping.keyColumn(column, key))))
                    .toArray(String[]::new));
        }
        return arrays;
    }

    /** The record of a result's row whose columns are {@link #columnList}, from the first on. */
    RowRead read(ResultSet row) throws SQLException {
        @Nullable Object[] values = new @Nullable Object[types.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = types.get(i).value(row, i + 1);
        }
        return mapping.read(values);
    }
}
