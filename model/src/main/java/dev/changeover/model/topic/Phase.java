package dev.changeover.model.topic;

/** Where a migration stands. */
public enum Phase {
    PLANNED("planned"),
    BACKFILLING("backfilling"),
    DUAL_WRITE("dual-write"),
    CUTTING_OVER("cutting-over"),
    CUT_OVER("cut-over"),
    ROLLING_BACK("rolling-back"),
    COMPLETE("complete");

    private final String word;

    Phase(String word) {
        this.word = word;
    }

    /** As it is written on topics and in answers. */
    public String word() {
        return word;
    }

    /** @throws IllegalArgumentException if {@code word} names no phase */
    public static Phase of(String word) {
        for (Phase phase : values()) {
            if (phase.word.equals(word)) {
                return phase;
            }
        }
        throw new IllegalArgumentException("Invalid phase \"%s\"".formatted(word));
    }

    @Override
    public String toString() {
        return word;
    }
}
