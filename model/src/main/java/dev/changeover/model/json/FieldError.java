package dev.changeover.model.json;

/**
 * What is wrong with one field.
 *
 * @param field its name; with a JSON pointer after it for a place inside a JSON field; empty for the whole record
 * @param message what is wrong and what would be right
 */
public record FieldError(String field, String message) {
    @Override
    public String toString() {
        return field.isEmpty() ? message : field + ": " + message;
    }
}
