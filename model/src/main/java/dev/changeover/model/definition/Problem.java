package dev.changeover.model.definition;

/**
 * One thing that is wrong in a definition.
 *
 * @param file the file's name
 * @param line from 1
 * @param column from 1, in characters
 * @param message what is wrong and what would be right
 */
public record Problem(String file, int line, int column, String message) {
    /** {@code migration.yaml:14:9: Invalid type "timestmp" of field messages.created_at. Did you mean "timestamp"?} */
    @Override
    public String toString() {
        return file + ":" + line + ":" + column + ": " + message;
    }
}
