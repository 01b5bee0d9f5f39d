package dev.changeover.store.sqlite;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a chunk ends and the next one begins: the values of the key columns, each a Long, Double, String or bytes. Its text is a
 * JSON array, in which bytes are {@code [hex]}.
 */
record Bound(List<Object> values) {
    static Bound of(ResultSet row, int first, int columns) throws SQLException {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            Object value = row.getObject(first + i);
            values.add(value == null ? "" : value);
        }
        return new Bound(values);
    }

    static Bound parse(String text) {
        try {
            List<Object> values = new ArrayList<>();
            for (JsonText element : JsonMembers.elements(new JsonText(text))) {
                String string = JsonMembers.string(element);
                if (string != null) {
                    values.add(string);
                } else if (element.text().startsWith("[")) {
                    values.add(HexFormat.of()
                            .parseHex(element.text().substring(2, element.text().length() - 2)));
                } else if (element.text().matches("-?\\d+")) {
                    values.add(Long.parseLong(element.text()));
                } else {
                    values.add(Double.parseDouble(element.text()));
                }
            }
            return new Bound(values);
        } catch (InvalidJsonException e) {
            throw new IllegalArgumentException("Invalid chunk %s: it is none of this store's".formatted(text), e);
        }
    }

    String text() {
        return values.stream().map(Bound::json).collect(Collectors.joining(",", "[", "]"));
    }

    private static String json(Object value) {
        if (value instanceof byte[] bytes) {
            return "[\"" + HexFormat.of().formatHex(bytes) + "\"]";
        }
        return value instanceof Number
                ? value.toString()
                : JsonMembers.quoted(value.toString()).text();
    }

    /** Returns the index of the next parameter. */
    int bind(PreparedStatement statement, int first) throws SQLException {
        int next = first;
        for (Object value : values) {
            statement.setObject(next++, value);
        }
        return next;
    }

    /** {@code (keys) operator (?, …)}. */
    static String compare(Rows rows, String operator) {
        return "(%s) %s (%s)"
                .formatted(
                        rows.keyList(),
                        operator,
                        rows.keyColumns().stream().map(column -> "?").collect(Collectors.joining(", ")));
    }
}
