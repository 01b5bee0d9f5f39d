package dev.changeover.model.entity;

/** One of the two stores of a migration. */
public enum Side {
    LEGACY("legacy"),
    TARGET("target");

    private final String word;

    Side(String word) {
        this.word = word;
    }

    /** As it is written on topics, in answers and in messages. */
    public String word() {
        return word;
    }

    public Side other() {
        return this == LEGACY ? TARGET : LEGACY;
    }

    /** @throws IllegalArgumentException if {@code word} names no side */
    public static Side of(String word) {
        for (Side side : values()) {
            if (side.word.equals(word)) {
                return side;
            }
        }
        throw new IllegalArgumentException("Invalid side \"%s\": legacy or target".formatted(word));
    }

    @Override
    public String toString() {
        return word;
    }
}
