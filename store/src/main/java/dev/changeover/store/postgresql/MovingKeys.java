package dev.changeover.store.postgresql;

import java.util.List;
import java.util.stream.Collectors;

/** Unique constraints whose values may move from one record to another: those that do not follow from the key. */
final class MovingKeys {
    private MovingKeys() {}

    /** Only those over plain columns that we fill, with one among them that can be vacated. */
    static List<PgTable.UniqueKey> of(EntityTable table) {
        return table.table().uniqueKeys().stream()
                .filter(PgTable.UniqueKey::plain)
                .filter(key -> table.mapping().columns().containsAll(key.columns()))
                .filter(key -> key.columns().stream().anyMatch(column -> isVacatable(table, column)))
                .toList();
    }

    private static boolean isVacatable(EntityTable table, String name) {
        PgTable.Column column = column(table, name);
        return !table.mapping().isKeyColumn(name)
                && !column.generated()
                && (!column.notNull() || (ColumnType.of(column) == ColumnType.TEXT && fitsPlaceholder(column)));
    }

    private static boolean fitsPlaceholder(PgTable.Column column) {
        return column.maxCharacters() < 0 || column.maxCharacters() >= 32;
    }

    private static PgTable.Column column(EntityTable table, String name) {
        return table.columns().get(table.mapping().columns().indexOf(name));
    }

    /** Rows of the staged keys let go of the value that they will not have any more. */
    static String vacate(EntityTable table, PgTable.UniqueKey key, Staging.Range range) {
        String column = key.columns().stream()
                .filter(name -> isVacatable(table, name))
                .findFirst()
                .orElseThrow();
        // Nobody else has this text, and it stands there until the end of the statement after this one.
        String nothing = column(table, column).notNull()
                ? "md5('changeover' || random()::text || CAST(t.ctid AS text))"
                : "NULL";
        String changed = key.columns().stream()
                .map(name -> "t." + PgTable.quote(name) + " IS DISTINCT FROM " + Staging.value(table, name, "s."))
                .collect(Collectors.joining(" OR "));
        return "UPDATE %s t SET %s = %s FROM %s s WHERE %s AND %s AND (%s)"
                .formatted(
                        table.name(),
                        PgTable.quote(column),
                        nothing,
                        range.stage(),
                        range.condition("s."),
                        sameKeys(table, "t.", "s."),
                        changed);
    }

    /** Numbers of the staged rows whose value a record that is not staged has, or an earlier staged one. */
    static String taken(EntityTable table, PgTable.UniqueKey key, Staging.Range range) {
        return """
                SELECT s.n FROM %1$s s WHERE %2$s AND EXISTS (
                    SELECT FROM %3$s t WHERE %4$s AND NOT EXISTS (SELECT FROM %1$s o WHERE %5$s AND %6$s))
                UNION SELECT s.n FROM %1$s s WHERE %2$s AND EXISTS (
                    SELECT FROM %1$s o WHERE %5$s AND o.n < s.n AND %7$s)
                """.formatted(
                range.stage(),
                range.condition("s."),
                table.name(),
                key.columns().stream()
                        .map(name -> "t." + PgTable.quote(name) + " = " + Staging.value(table, name, "s."))
                        .collect(Collectors.joining(" AND ")),
                range.condition("o."),
                sameKeys(table, "t.", "o."),
                key.columns().stream()
                        .map(name -> Staging.value(table, name, "o.") + " = " + Staging.value(table, name, "s."))
                        .collect(Collectors.joining(" AND ")));
    }

    private static String sameKeys(EntityTable table, String row, String staged) {
        return table.keyColumns().stream()
                .map(name -> row + PgTable.quote(name) + " = " + Staging.value(table, name, staged))
                .collect(Collectors.joining(" AND "));
    }
}
