package dev.changeover.store.postgresql;

import dev.changeover.model.entity.RecordKey;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Parts of statements that several of them have: rows found and bounded by their key columns. */
final class Queries {
    private Queries() {}

    /** The key columns as texts, under names that no column has, lest ORDER BY means these. */
    static String keyTexts(EntityTable table) {
        List<String> texts = new ArrayList<>();
        for (String column : table.keyColumns()) {
            texts.add("CAST(%s AS text) AS \"key:%d\"".formatted(PgTable.quote(column), texts.size()));
        }
        return String.join(", ", texts);
    }

    /** {@code (keys) operator (bound)}, with a text parameter for each key column. */
    static String keysCompare(EntityTable table, String operator) {
        List<String> parameters = new ArrayList<>();
        for (int i = 0; i < table.keyColumns().size(); i++) {
            parameters.add("CAST(? AS " + table.keyColumn(i).sqlType() + ")");
        }
        return "(%s) %s (%s)".formatted(table.keyList(""), operator, String.join(", ", parameters));
    }

    /** Returns the index of the next parameter. */
    static int setBound(PreparedStatement statement, int first, ChunkBound bound) throws SQLException {
        int next = first;
        for (String key : bound.keys()) {
            statement.setString(next++, key);
        }
        return next;
    }

    static ChunkBound bound(EntityTable table, ResultSet row) throws SQLException {
        return bound(table, row, 1);
    }

    static ChunkBound bound(EntityTable table, ResultSet row, int first) throws SQLException {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < table.keyColumns().size(); i++) {
            keys.add(row.getString(first + i));
        }
        return new ChunkBound(keys);
    }

    /** Sets the parameters of {@link EntityTable#byKeys}. */
    static void setKeys(PreparedStatement statement, int first, EntityTable table, Collection<RecordKey> keys)
            throws SQLException {
        int next = first;
        for (String[] texts : table.keyArrays(keys)) {
            statement.setArray(next++, statement.getConnection().createArrayOf("text", texts));
        }
    }

    /** The same, with the ids that rows have of their own. */
    static void setKeys(
            PreparedStatement statement, int first, EntityTable table, Collection<RecordKey> keys, OwnIds ids)
            throws SQLException {
        int next = first;
        for (String[] texts : table.keyArrays(keys)) {
            for (int i = 0; i < texts.length; i++) {
                texts[i] = ids.instead(texts[i]);
            }
            statement.setArray(next++, statement.getConnection().createArrayOf("text", texts));
        }
    }

    /** The keys by the texts of their columns, as far as these are written as the server writes them. */
    static Map<List<String>, RecordKey> byKeyTexts(EntityTable table, Collection<RecordKey> keys) {
        List<RecordKey> ordered = List.copyOf(keys);
        List<String[]> arrays = table.keyArrays(ordered);
        Map<List<String>, RecordKey> byTexts = new HashMap<>();
        for (int i = 0; i < ordered.size(); i++) {
            List<String> texts = new ArrayList<>();
            for (String[] array : arrays) {
                texts.add(array[i]);
            }
            byTexts.put(texts, ordered.get(i));
        }
        return byTexts;
    }
}
