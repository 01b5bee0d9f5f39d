package dev.changeover.store.postgresql;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.Derivation;
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

/**
 * Records in the order of their keys' texts. The server sorts all that the filter leaves: no index has that order.
 */
final class Page {
    private final EntityTable table;
    private final Map<Field, Object> equal = new LinkedHashMap<>();
    private final List<String> conditions = new ArrayList<>();
    private final List<String> parameters = new ArrayList<>();
    private boolean exhausted;

    Page(EntityTable table, Map<String, Object> equal) {
        this.table = table;
        equal.forEach((name, value) -> {
            Field field = table.entity().field(name);
            this.equal.put(field, value);
            filter(field, value);
        });
        filterByUuids();
    }

    private void filter(Field field, Object value) {
        String column = table.mapping().columnOf(field).orElse(null);
        if (value instanceof Missing) {
            if (column == null) {
                conditions.add(member(field) + " IS NULL");
            } else if (!showsNullAsDefault(column)) {
                conditions.add(PgTable.quote(column) + " IS NULL");
            }
        } else if (column == null) {
            conditions.add(extra() + " -> " + literal(field.name()) + " = CAST(? AS jsonb)");
            parameters.add(value instanceof JsonText json ? json.text() : JsonTexts.of(value));
        } else {
            String type = type(column);
            String left = type.equals("json") ? "CAST(" + PgTable.quote(column) + " AS jsonb)" : PgTable.quote(column);
            conditions.add(left + " = CAST(? AS " + (type.equals("json") ? "jsonb" : type) + ")");
            parameters.add(text(value));
        }
    }

    private boolean showsNullAsDefault(String column) {
        return table.mapping().derivation(column).orElse(null) instanceof Derivation.FieldValue value
                && value.nullAsDefault();
    }

    /** Where the filter names a whole key, the column that derives from it finds the rows by its index. */
    private void filterByUuids() {
        for (String column : table.mapping().columns()) {
            if (table.mapping().derivation(column).orElse(null) instanceof Derivation.Uuid5 uuid
                    && uuid.fields().stream()
                            .allMatch(name -> hasValue(equal.get(table.entity().field(name))))) {
                EntityRecord.Builder builder = EntityRecord.of(table.entity());
                equal.forEach(builder::set);
                Object value = table.mapping()
                        .row(builder.build())[table.mapping().columns().indexOf(column)];
                conditions.add(PgTable.quote(column) + " = CAST(? AS " + type(column) + ")");
                parameters.add(String.valueOf(value));
            }
        }
    }

    private static boolean hasValue(@Nullable Object value) {
        return value != null && !(value instanceof Missing);
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

    /** A column cannot tell its default from a field that is left out. */
    private boolean matches(EntityRecord row) {
        return equal.entrySet().stream()
                .allMatch(wanted -> wanted.getValue() instanceof Missing
                        ? row.value(wanted.getKey()) instanceof Missing
                        : Canonical.same(wanted.getKey(), wanted.getValue(), row.value(wanted.getKey())));
    }

    /** Rows that cannot be read as records are passed over: a scan names them. */
    private List<EntityRecord> rows(Connection connection, @Nullable RecordKey after, int limit) throws SQLException {
        List<String> where = new ArrayList<>(conditions);
        if (after != null) {
            where.add("(%s) > (%s)".formatted(String.join(", ", order()), String.join(", ", bounds())));
        }
        String sql = "SELECT %s FROM %s%s ORDER BY %s LIMIT %d"
                .formatted(
                        table.columnList(""),
                        table.name(),
                        where.isEmpty() ? "" : " WHERE " + String.join(" AND ", where),
                        String.join(", ", order()),
                        limit);
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (String value : parameters) {
                select.setString(parameter++, value);
            }
            if (after != null) {
                for (Object value : after.values()) {
                    select.setString(parameter++, text(value));
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

    /** One expression for each key field, which together sort as the keys' own texts do. */
    private List<String> order() {
        List<String> order = new ArrayList<>();
        for (Field field : table.entity().key()) {
            String column = table.mapping().columnOf(field).map(PgTable::quote).orElseGet(() -> member(field));
            order.add(json(field, column, order.size()));
        }
        return order;
    }

    private List<String> bounds() {
        List<String> bounds = new ArrayList<>();
        for (Field field : table.entity().key()) {
            String type = table.mapping().columnOf(field).map(this::type).orElse("text");
            bounds.add(json(field, "CAST(? AS " + type + ")", bounds.size()));
        }
        return bounds;
    }

    /** The value as it stands in a key's text, with what follows it there: 1 comes after 10 and before 2. */
    private String json(Field field, String value, int place) {
        String text = "CAST(" + value + " AS text)";
        String json = switch (field.type().kind()) {
            case BOOL, INT32, INT64, FLOAT32, FLOAT64 -> text;
            case TEXT, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON ->
                "CAST(to_json(" + text + ") AS text)";
        };
        boolean last = place == table.entity().key().size() - 1;
        return "(%s || '%s') COLLATE \"C\"".formatted(json, last ? "}" : ",");
    }

    private String member(Field field) {
        return "(" + extra() + " ->> " + literal(field.name()) + ")";
    }

    private String extra() {
        String extra = table.layout().extra();
        if (extra == null) {
            throw new IllegalStateException("A field without a column stands in the JSON column, and there is none");
        }
        return PgTable.quote(extra);
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private String type(String column) {
        return table.columns().get(table.mapping().columns().indexOf(column)).sqlType();
    }

    private static String text(Object value) {
        return value instanceof dev.changeover.model.entity.Bytes content
                ? "\\x" + java.util.HexFormat.of().formatHex(content.toArray())
                : ValueJson.text(value);
    }
}
