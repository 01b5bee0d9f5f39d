package dev.changeover.model.layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records as rows of a table.
 *
 * <p>A record must come back from its row exactly as it went in, so what no column of its own can hold stands in the JSON
 * column {@code extra}, under the field's name: unnamed members; fields in {@code inExtra} that are not absent; the
 * explicit {@code null} of a nullable field that may also be absent; and the value of a field whose column would show the
 * same were it absent (its default). Read back: a column that differs from what {@code extra} says wins; a column at its
 * default with no such member in {@code extra} means absent. A derived column that does not hold what the record derives
 * is read as a value of the field it derives from first, so that an edit of it is seen.
 *
 * @param table its name, perhaps with a schema before it
 * @param columns in the order of the definition: explicit ones first, then each field that has a column of its own name
 * @param inExtra names of the fields that live in {@code extra}
 * @param extra the JSON column for what has no column, or null if there is none
 * @param file the SQLite file that the table is in, relative to the side's root; empty where the side is one database
 * @param where columns and the constants that they hold in this entity's rows; rows with others are not its own, and are neither
 *     read nor written
 */
public record TableLayout(
        String table,
        List<Column> columns,
        List<String> inExtra,
        @Nullable String extra,
        String file,
        Map<String, String> where)
        implements Layout {
    public TableLayout(String table, List<Column> columns, List<String> inExtra, @Nullable String extra, String file) {
        this(table, columns, inExtra, extra, file, Map.of());
    }

    public TableLayout(String table, List<Column> columns, List<String> inExtra, @Nullable String extra) {
        this(table, columns, inExtra, extra, "");
    }

    public TableLayout {
        columns = List.copyOf(columns);
        inExtra = List.copyOf(inExtra);
        where = Collections.unmodifiableMap(new LinkedHashMap<>(where));
    }

    /**
     * @param name the column
     * @param value where its value comes from
     */
    public record Column(String name, Derivation value) {}
}
