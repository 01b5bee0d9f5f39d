package dev.changeover.model.topic;

import dev.changeover.model.entity.Side;

/**
 * Where a migration stands.
 *
 * <pre>
 * planned ──► backfilling ──► dual-write ──► cutting-over ──► cut-over ──► complete
 *                                 ▲ ▲            │             │   ▲
 *                                 │ └─ fallback ─┘             ▼   │ fallback
 *                                 └─────────────────────── rolling-back
 * </pre>
 */
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

    /** The side that is the primary in this phase: it changes with the step into {@code cut-over} and out of {@code rolling-back}. */
    public Side primary() {
        return switch (this) {
            case PLANNED, BACKFILLING, DUAL_WRITE, CUTTING_OVER -> Side.LEGACY;
            case CUT_OVER, ROLLING_BACK, COMPLETE -> Side.TARGET;
        };
    }

    /** Whether the primary is about to be switched: until that is settled, either way, both sides acknowledge. */
    public boolean switching() {
        return this == CUTTING_OVER || this == ROLLING_BACK;
    }

    /** Whether both sides are complete and go on being written: from the end of the backfill until the migration is complete. */
    public boolean bothWritten() {
        return switch (this) {
            case PLANNED, BACKFILLING, COMPLETE -> false;
            case DUAL_WRITE, CUTTING_OVER, CUT_OVER, ROLLING_BACK -> true;
        };
    }

    /** Whether {@code next} may follow this phase. */
    public boolean mayBecome(Phase next) {
        return switch (this) {
            case PLANNED -> next == BACKFILLING;
            case BACKFILLING -> next == DUAL_WRITE;
            case DUAL_WRITE -> next == CUTTING_OVER;
            case CUTTING_OVER -> next == CUT_OVER || next == DUAL_WRITE;
            case CUT_OVER -> next == ROLLING_BACK || next == COMPLETE;
            case ROLLING_BACK -> next == DUAL_WRITE || next == CUT_OVER;
            case COMPLETE -> false;
        };
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
