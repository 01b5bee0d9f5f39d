package dev.changeover.store.table;

/** One name for two things: a column that points to a table which has a column of this name itself, that it does not point to. */
public final class TwoMeanings {
    private TwoMeanings() {}

    /**
     * @param table that refers to {@code parent}
     * @param type of {@code column} in {@code table}
     * @param pointed the column of {@code parent} that it points to
     * @param typeThere of the column of the same name in {@code parent}
     */
    public static Finding of(
            String entity, String table, String column, String type, String parent, String pointed, String typeThere) {
        return new Finding(
                Finding.Level.HINT,
                entity,
                column,
                "%1$s.%2$s (%3$s) points to %4$s.%5$s, and %4$s.%2$s (%6$s) is something else of the same name"
                        .formatted(table, column, type, parent, pointed, typeThere),
                "Never join the two by their name: %1$s.%2$s goes with %3$s.%4$s"
                        .formatted(table, column, parent, pointed));
    }
}
