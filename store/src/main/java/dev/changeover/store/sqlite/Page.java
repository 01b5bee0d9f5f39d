package dev.changeover.store.sqlite;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.ValueJson;
import dev.changeover.store.table.RowRead;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records in the order of their keys' texts. SQLite sorts all that the filter leaves: no index has that order. */
final class Page {
    private final Rows table;
    private final Map<Field, Object> equal = new LinkedHashMap<>();
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> parameters = new ArrayList<>();
    private boolean exhausted;

    Page(Rows table, Map<String, Object> equal) {
        this.table = table;
        if (!table.own().isEmpty()) {
            conditions.add(table.own());
        }
        equal.forEach((name, value) -> {
            Field field = table.entity().field(name);
            this.equal.put(field, value);
            filter(field, value);
        });
    }

    /** Only what the column's own comparison says for certain; the rest is looked at afterwards. */
    private void filter(Field field, Object value) {
        String column = table.mapping().columnOf(field).orElse(null);
        if (column != null && (value instanceof String || value instanceof Integer || value instanceof Long)) {
            conditions.add(Table.quote(column) + " = ?");
            parameters.add(value);
        }
    }

    List<EntityRecord> read(Connection connection, @Nullable RecordKey after, int limit) throws SQLException {
        List<EntityRecord> page = new ArrayList<>();
        RecordKey last = after;
        while (page.size() < limit) {
            List<EntityRecord> rows = rows(connection, last, limit);
            for (EntityRecord row : rows) {
                if (page.size() < limit && matches(row)) {
                    page.add(row);
                }
            }
            if (exhausted || rows.isEmpty()) {
                return page;
            }
            last = rows.get(rows.size() - 1).key();
        }
        return page;
    }

    private boolean matches(EntityRecord row) {
        return equal.entrySet().stream()
                .allMatch(wanted -> wanted.getValue() instanceof Missing
                        ? row.value(wanted.getKey()) instanceof Missing
                        : Canonical.same(wanted.getKey(), wanted.getValue(), row.value(wanted.getKey())));
    }

    /** Rows that cannot be read as records are passed over: a scan names them. */
    private List<EntityRecord> rows(Connection connection, @Nullable RecordKey after, int limit) throws SQLException {
        List<String> where = new ArrayList<>(conditions);
        List<String> order = order(true);
        if (after != null) {
            where.add("(%s) > (%s)".formatted(String.join(", ", order), String.join(", ", order(false))));
        }
        String sql = "SELECT %s FROM %s%s ORDER BY %s LIMIT %d"
                .formatted(
                        table.columnList(),
                        table.name(),
                        where.isEmpty() ? "" : " WHERE " + String.join(" AND ", where),
                        String.join(", ", order),
                        limit);
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (Object value : parameters) {
                select.setObject(parameter++, value);
            }
            if (after != null) {
                for (Object value : after.values()) {
                    select.setString(parameter++, ValueJson.text(value));
                }
            }
            List<EntityRecord> records = new ArrayList<>();
            ResultSet row = select.executeQuery();
            int fetched = 0;
            while (row.next()) {
                fetched++;
                RowRead read = table.read(row);
                EntityRecord entityRecord = read.record();
                if (entityRecord != null && read.fault().isEmpty()) {
                    records.add(entityRecord);
                }
            }
            exhausted = fetched < limit;
            return records;
        }
    }

    /** One expression for each key field, which together sort as the keys' own texts do: 1 comes after 10 and before 2. */
    private List<String> order(boolean ofRows) {
        List<String> order = new ArrayList<>();
        List<Field> key = table.entity().key();
        for (int i = 0; i < key.size(); i++) {
            Field field = key.get(i);
            String value = ofRows ? value(field) : "?";
            String text = "CAST(" + value + " AS TEXT)";
            String json = switch (field.type().kind()) {
                case BOOL ->
                    ofRows ? "CASE WHEN %s IN (1, 'true') THEN 'true' ELSE 'false' END".formatted(value) : text;
                case INT32, INT64, FLOAT32, FLOAT64 -> text;
                case TEXT, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON -> "json_quote(" + text + ")";
            };
            order.add("(%s || '%s')".formatted(json, i == key.size() - 1 ? "}" : ","));
        }
        return order;
    }

    private String value(Field field) {
        return table.mapping().columnOf(field).map(Table::quote).orElseGet(() -> {
            String extra = table.layout().extra();
            if (extra == null) {
                throw new IllegalStateException(
                        "A field without a column stands in the JSON column, and there is none");
            }
            return "json_extract(%s, '$.\"%s\"')".formatted(Table.quote(extra), field.name());
        });
    }
}
