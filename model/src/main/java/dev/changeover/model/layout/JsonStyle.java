package dev.changeover.model.layout;

/** How an application writes JSON; what we add to its files looks as if it had written it. */
public enum JsonStyle {
    /** Two blanks of indent, {@code ": "}, only what must be escaped is, a newline at the end. */
    PLAIN("plain"),
    /**
     * PHP's {@code JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE}: four blanks, {@code /} as {@code \/}, U+2028 and U+2029 escaped,
     * no newline at the end; lines with {@code json_encode}'s defaults: all beyond ASCII as {@code \}{@code uXXXX}. An empty
     * map is {@code []}. Timestamps as {@code date('c')} writes them, with a fraction only where there is one.
     */
    PHP("php"),
    /**
     * Python's {@code json.dump(indent=2)}: two blanks of indent, all beyond ASCII as {@code \}{@code uXXXX}, floating point numbers
     * as {@code repr} writes them, no newline at the end; lines with {@code ", "} and {@code ": "}.
     */
    PYTHON("python");

    private final String word;

    JsonStyle(String word) {
        this.word = word;
    }

    /** All styles by what they are called in migration.yaml. */
    public static String[] words() {
        return java.util.Arrays.stream(values()).map(JsonStyle::word).toArray(String[]::new);
    }

    /** @throws IllegalArgumentException if there is none */
    public static JsonStyle of(String word) {
        for (JsonStyle style : values()) {
            if (style.word.equals(word)) {
                return style;
            }
        }
        throw new IllegalArgumentException("Invalid style \"%s\"".formatted(word));
    }

    /** As it is written in migration.yaml. */
    public String word() {
        return word;
    }
}
