package dev.changeover.app.cutover;

/**
 * One condition of the gate.
 *
 * @param figure what was measured; {@code unknown} if it could not be
 * @param reason why it is closed and what to do; empty if it is open
 */
public record Condition(String name, boolean open, String figure, String reason) {
    static Condition of(String name, boolean open, String figure, String reason) {
        return new Condition(name, open, figure, open ? "" : reason);
    }

    static Condition unknown(String name, String reason) {
        return new Condition(name, false, "unknown", reason);
    }
}
