package dev.changeover.store.postgresql;

import dev.changeover.model.json.InvalidValueException;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * A temporary table beside each table, into which rows go by binary COPY before they are upserted from there: in a batch of
 * thousands this is as fast as COPY into the table itself. Rows are numbered; a transaction's end empties it.
 */
final class Staging {
    /** The number of a row: from 0 in each transaction, never twice. */
    static final String NUMBER = "n";

    /** Rows {@code from} to {@code to}, exclusive, of a table's staging table. */
    record Range(String stage, int from, int to) {
        String condition(String alias) {
            return "%sn >= %d AND %sn < %d".formatted(alias, from, alias, to);
        }
    }

    private final BinaryRows rows = new BinaryRows();
    private final Map<String, String> stages = new LinkedHashMap<>();
    private final List<EntityTable> tables;
    private final Map<PGConnection, Boolean> prepared = new WeakHashMap<>();
    private int number;
    private OwnIds ids = OwnIds.NONE;

    Staging(Collection<EntityTable> tables) {
        this.tables = List.copyOf(tables);
        for (EntityTable table : this.tables) {
            stages.put(table.entity().name(), "changeover_stage_" + stages.size());
        }
    }

    /** Before a transaction: creates the temporary tables once for each connection. */
    void prepare(Connection connection) throws SQLException {
        number = 0;
        PGConnection server = connection.unwrap(PGConnection.class);
        if (prepared.containsKey(server)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            for (EntityTable table : tables) {
                List<String> columns = new ArrayList<>(List.of(NUMBER + " integer"));
                for (int i = 0; i < table.columns().size(); i++) {
                    columns.add("c" + i + " " + stageType(table, i));
                }
                statement.execute("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s) ON COMMIT DELETE ROWS"
                        .formatted(stages.get(table.entity().name()), String.join(", ", columns)));
            }
        }
        prepared.put(server, true);
    }

    private static String stageType(EntityTable table, int column) {
        return table.types().get(column) == ColumnType.OTHER
                ? "text"
                : table.columns().get(column).sqlType();
    }

    /** The staged columns, as the table's own types. */
    static List<String> values(EntityTable table, String alias) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            String column = alias + "c" + i;
            values.add(
                    table.types().get(i) == ColumnType.OTHER
                            ? "CAST(" + column + " AS " + table.columns().get(i).sqlType() + ")"
                            : column);
        }
        return values;
    }

    /** A staged column, as the table's own type. */
    static String value(EntityTable table, String column, String alias) {
        return values(table, alias).get(table.mapping().columns().indexOf(column));
    }

    /** Sends the items' rows. An item whose row has a value that its column cannot hold is settled as refused and left out. */
    Range stage(Connection connection, EntityTable table, List<Item> items, List<Item> staged) throws SQLException {
        String stage = "pg_temp." + stages.get(table.entity().name());
        int first = number;
        copy(connection, "COPY " + stage + " FROM STDIN (FORMAT binary)", table, items, staged, Numbering.NUMBERED);
        return new Range(stage, first, number);
    }

    /** The ids that rows have of their own, from now on. */
    void useIds(OwnIds now) {
        this.ids = now;
    }

    /** Sends the items' rows straight into their table, which must not have any of them. */
    void insert(Connection connection, EntityTable table, List<Item> items) throws SQLException {
        String sql = "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(table.name(), table.columnList(""));
        copy(connection, sql, table, items, new ArrayList<>(items.size()), Numbering.PLAIN);
    }

    private enum Numbering {
        NUMBERED,
        PLAIN
    }

    private void copy(
            Connection connection,
            String sql,
            EntityTable table,
            List<Item> items,
            List<Item> sent,
            Numbering numbering)
            throws SQLException {
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
        try {
            rows.begin();
            for (Item item : items) {
                if (put(item, table, numbering)) {
                    sent.add(item);
                    rows.flush(copy);
                }
            }
            rows.end(copy);
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private boolean put(Item item, EntityTable table, Numbering numbering) {
        int mark = rows.mark();
        @Nullable Object[] row = table.mapping().row(item.after());
        if (numbering == Numbering.NUMBERED) {
            rows.int16(row.length + 1);
            rows.int32(4);
            rows.int32(number);
        } else {
            rows.int16(row.length);
        }
        for (int i = 0; i < row.length; i++) {
            Object value = ids.instead(row[i]);
            if (value == null) {
                rows.nullValue();
                continue;
            }
            try {
                table.types().get(i).put(value, table.columns().get(i), rows);
            } catch (InvalidValueException e) {
                rows.reset(mark);
                item.settle(new ApplyOutcome.Refused("%s: %s. Widen the column or correct the record, then retry it."
                        .formatted(Reasons.fieldOf(table, table.columns().get(i).name()), e.getMessage())));
                return false;
            }
        }
        if (numbering == Numbering.NUMBERED) {
            number++;
        }
        return true;
    }
}
