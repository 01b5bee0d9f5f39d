package dev.changeover.store.table;

/**
 * Something about a table that does not go with the definition.
 *
 * @param entity its name
 * @param field name of the field, or of the column where it is no field's; empty for the whole table
 * @param what is wrong
 * @param advice what to do
 */
public record Finding(Level level, String entity, String field, String what, String advice) {
    /** How bad it is. */
    public enum Level {
        /** Records would be refused or changed. */
        PROBLEM,
        /** It works, but some records may be refused, or it is slow. */
        HINT
    }

    /** Whether it keeps the migration from being right; a hint does not. */
    public boolean prevents() {
        return level == Level.PROBLEM;
    }

    @Override
    public String toString() {
        return "%s%s: %s. %s".formatted(entity, field.isEmpty() ? "" : "." + field, what, advice);
    }
}
