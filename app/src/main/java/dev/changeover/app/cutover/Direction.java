package dev.changeover.app.cutover;

import dev.changeover.model.topic.Phase;

/** A switch of the primary. */
public enum Direction {
    CUTOVER("cutover", Phase.DUAL_WRITE, Phase.CUTTING_OVER, Phase.CUT_OVER),
    ROLLBACK("rollback", Phase.CUT_OVER, Phase.ROLLING_BACK, Phase.DUAL_WRITE);

    private final String word;
    private final Phase from;
    private final Phase via;
    private final Phase to;

    Direction(String word, Phase from, Phase via, Phase to) {
        this.word = word;
        this.from = from;
        this.via = via;
        this.to = to;
    }

    /** The switch that is under way in {@code phase}. */
    static Direction of(Phase phase) {
        return phase == Phase.ROLLING_BACK ? ROLLBACK : CUTOVER;
    }

    public String word() {
        return word;
    }

    public Phase from() {
        return from;
    }

    /** While both sides acknowledge. */
    public Phase via() {
        return via;
    }

    public Phase to() {
        return to;
    }
}
