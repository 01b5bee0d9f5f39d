package dev.changeover.model.entity;

/**
 * One JSON value as compact text: no white space between tokens, members in the order in which they were written,
 * numbers with the very digits that were written ({@code 1.10} stays {@code 1.10}).
 *
 * @param text valid JSON, made by {@code dev.changeover.model.json}; equality is that of the text, comparison between
 *     sides goes through the canonical form
 */
public record JsonText(String text) {
    public static final JsonText NULL = new JsonText("null");
    public static final JsonText EMPTY_OBJECT = new JsonText("{}");

    public JsonText {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("Invalid JSON value: the text is empty");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
