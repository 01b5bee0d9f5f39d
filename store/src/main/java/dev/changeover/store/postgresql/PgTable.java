package dev.changeover.store.postgresql;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table as the catalog has it.
 *
 * @param name quoted, with its schema
 * @param deferrable whether one of its constraints may be checked at the end of a transaction
 */
record PgTable(
        long oid,
        String name,
        Map<String, Column> columns,
        List<UniqueKey> uniqueKeys,
        List<ForeignKey> foreignKeys,
        boolean deferrable) {
    /**
     * @param type its base type's name: {@code int4}
     * @param sqlType the type as it is written in SQL, without length
     * @param modifier {@code pg_attribute.atttypmod}, -1 for none
     * @param valued whether it gets a value where none is given
     */
    record Column(
            String name,
            String type,
            String sqlType,
            int modifier,
            boolean notNull,
            boolean valued,
            boolean generated,
            boolean identityAlways) {
        /** The most characters of a {@code varchar(n)} or {@code char(n)}; -1 for any. */
        int maxCharacters() {
            return modifier >= 4 && (type.equals("varchar") || type.equals("bpchar")) ? modifier - 4 : -1;
        }

        /** Digits of a {@code numeric(p,s)}; -1 for any. */
        int precision() {
            return modifier >= 4 && type.equals("numeric") ? ((modifier - 4) >> 16) & 0xFFFF : -1;
        }

        /** Digits after the point of a {@code numeric(p,s)}; -1 for any. */
        int scale() {
            return precision() < 0 ? -1 : (((modifier - 4) & 0x7FF) ^ 1024) - 1024;
        }
    }

    /** @param plain whether it is over columns only, over all rows, and checked at once: then it can be a conflict target */
    record UniqueKey(String name, boolean primary, List<String> columns, boolean plain) {}

    record ForeignKey(
            String name,
            List<String> columns,
            long parentOid,
            String parentTable,
            List<String> parentColumns,
            boolean indexed) {}

    private static final String FIND = "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"
            + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.oid = pg_catalog.to_regclass(?) AND c.relkind IN ('r', 'p')";

    private static final String COLUMNS = """
            SELECT a.attname, coalesce(b.typname, t.typname), pg_catalog.format_type(a.atttypid, NULL),
                   CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END, a.attnotnull OR t.typnotnull,
                   a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', a.attidentity = 'a'
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
            WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """;

    private static final String UNIQUE_KEYS = """
            SELECT x.relname, i.indisprimary,
                   ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                         WHERE k.place <= i.indnkeyatts ORDER BY k.place),
                   i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = ?::oid AND i.indisunique AND i.indisvalid
            ORDER BY i.indisprimary DESC, x.relname
            """;

    private static final String FOREIGN_KEYS = """
            SELECT c.conname,
                   ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place),
                   c.confrelid::bigint, n.nspname, p.relname,
                   ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(number, place)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.place),
                   EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
                           AND (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1] @> c.conkey)
            FROM pg_catalog.pg_constraint c
            JOIN pg_catalog.pg_class p ON p.oid = c.confrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
            WHERE c.conrelid = ?::oid AND c.contype = 'f' ORDER BY c.conname
            """;

    private static final String DEFERRABLE = """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = ?::oid AND condeferrable)
                OR EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = ?::oid AND tgdeferrable)
            """;

    /** The table of that name, perhaps with a schema before it, otherwise along the search path. */
    static Optional<PgTable> find(Connection connection, String table) throws SQLException {
        String quoted = String.join(
                ".",
                java.util.Arrays.stream(table.split("\\.", 2))
                        .map(PgTable::quote)
                        .toList());
        try (PreparedStatement find = connection.prepareStatement(FIND)) {
            find.setString(1, quoted);
            ResultSet row = find.executeQuery();
            if (!row.next()) {
                return Optional.empty();
            }
            long oid = row.getLong(1);
            String name = quote(row.getString(2)) + "." + quote(row.getString(3));
            return Optional.of(new PgTable(
                    oid,
                    name,
                    columns(connection, oid),
                    uniqueKeys(connection, oid),
                    foreignKeys(connection, oid),
                    deferrable(connection, oid)));
        }
    }

    /** An identifier as SQL has it, whatever it is made of. */
    static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Nullable
    Column column(String columnName) {
        return columns.get(columnName);
    }

    private static Map<String, Column> columns(Connection connection, long oid) throws SQLException {
        Map<String, Column> columns = new LinkedHashMap<>();
        try (PreparedStatement select = connection.prepareStatement(COLUMNS)) {
            select.setLong(1, oid);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                columns.put(
                        row.getString(1),
                        new Column(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getInt(4),
                                row.getBoolean(5),
                                row.getBoolean(6),
                                row.getBoolean(7),
                                row.getBoolean(8)));
            }
        }
        return columns;
    }

    private static List<UniqueKey> uniqueKeys(Connection connection, long oid) throws SQLException {
        List<UniqueKey> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(UNIQUE_KEYS)) {
            select.setLong(1, oid);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                keys.add(new UniqueKey(
                        row.getString(1), row.getBoolean(2), strings(row.getArray(3)), row.getBoolean(4)));
            }
        }
        return keys;
    }

    private static List<ForeignKey> foreignKeys(Connection connection, long oid) throws SQLException {
        List<ForeignKey> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(FOREIGN_KEYS)) {
            select.setLong(1, oid);
            ResultSet row = select.executeQuery();
            while (row.next()) {
                keys.add(new ForeignKey(
                        row.getString(1),
                        strings(row.getArray(2)),
                        row.getLong(3),
                        quote(row.getString(4)) + "." + quote(row.getString(5)),
                        strings(row.getArray(6)),
                        row.getBoolean(7)));
            }
        }
        return keys;
    }

    private static boolean deferrable(Connection connection, long oid) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(DEFERRABLE)) {
            select.setLong(1, oid);
            select.setLong(2, oid);
            ResultSet row = select.executeQuery();
            row.next();
            return row.getBoolean(1);
        }
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
