package dev.changeover.model.event;

/** What happened to a record, by Debezium's letters. */
public enum Op {
    /** A full state whose earlier one is unknown or none. */
    CREATE("c"),
    /** A full state that follows a known one. On {@code writes} it may carry a merge patch instead of the state. */
    UPDATE("u"),
    DELETE("d"),
    /** A snapshot read: put-if-absent. It loses to any live change of the same key. */
    SNAPSHOT("r");

    private final String letter;

    Op(String letter) {
        this.letter = letter;
    }

    public String letter() {
        return letter;
    }

    /** @throws IllegalArgumentException if it is none of them */
    public static Op of(String letter) {
        for (Op op : values()) {
            if (op.letter.equals(letter)) {
                return op;
            }
        }
        throw new IllegalArgumentException("Invalid op \"%s\": c, u, d or r".formatted(letter));
    }
}
