package dev.changeover.store.postgresql;

import dev.changeover.model.layout.Derivation;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.ServerErrorMessage;

/** Why a row was refused, in words that name constraint and field, never the value. */
final class Reasons {
    private Reasons() {}

    /** {@code field}, or {@code column x} where it is none's. */
    static String fieldOf(EntityTable table, String column) {
        return table.mapping().derivation(column).orElse(null) instanceof Derivation.FieldValue value
                ? value.field()
                : "column " + column;
    }

    static String of(EntityTable table, SQLException e) {
        ServerErrorMessage message = SqlFault.message(e);
        String state = Objects.requireNonNullElse(e.getSQLState(), "none");
        String constraint = message == null ? null : message.getConstraint();
        String column = message == null ? null : message.getColumn();
        return "%s (%s, SQLState %s). %s"
                .formatted(
                        what(table, state, constraint, column), table.layout().table(), state, advice(state));
    }

    private static String what(EntityTable table, String state, @Nullable String constraint, @Nullable String column) {
        String named = constraint == null ? "" : " " + constraint;
        return switch (state) {
            case "23502" ->
                (column == null ? "a column" : fieldOf(table, column)) + ": null, and the column is NOT NULL";
            case "23503" ->
                "foreign key%s: the record that it refers to is not there, or records still refer to this one"
                        .formatted(named);
            case "23505" -> duplicate(table, constraint);
            case "23514" -> "check constraint%s is violated".formatted(named);
            case "23P01" -> "exclusion constraint%s is violated".formatted(named);
            case "22001" -> "a text is longer than its column";
            case "22003" -> "a number is out of its column's range";
            default ->
                switch (state.substring(0, 2)) {
                    case "23" -> "constraint%s is violated".formatted(named);
                    case "22" -> "a value is none of its column's type";
                    case "54" -> "a value is too large for an index or another limit of the server";
                    default -> "a trigger or function of the database refused it";
                };
        };
    }

    static String duplicate(EntityTable table, @Nullable String constraint) {
        String columns = table.table().uniqueKeys().stream()
                .filter(key -> key.name().equals(constraint))
                .findFirst()
                .map(key -> key.columns().stream()
                        .map(column -> fieldOf(table, column))
                        .toList())
                .map(fields -> String.join(", ", fields) + ": ")
                .orElse("");
        return "%sanother record has this value, and %s allows it once"
                .formatted(columns, constraint == null ? "a unique constraint" : constraint);
    }

    private static String advice(String state) {
        return switch (state) {
            case "23505" -> "Change one of the two records, then retry it.";
            case "54000" -> "Shorten the value, or drop the index, then retry it.";
            default -> "Correct the record or the schema, then retry it.";
        };
    }
}
