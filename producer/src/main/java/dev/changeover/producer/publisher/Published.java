package dev.changeover.producer.publisher;

import dev.changeover.model.entity.Side;
import java.util.Set;

/**
 * What became of a write.
 *
 * @param partition of {@code writes}; -1 if it is not known to be there
 * @param offset in it; for a duplicate that of the first one; -1 if it is not known to be there
 * @param reason what was wrong and what to do; empty if nothing
 * @param applied the sides that have it
 * @param inTime whether the wait was fulfilled; false if it ran out
 */
public record Published(int partition, long offset, Outcome outcome, String reason, Set<Side> applied, boolean inTime) {
    public Published {
        applied = Set.copyOf(applied);
    }

    /** From the best to the worst. */
    public enum Outcome {
        /** On the log, and accepted or not yet looked at. */
        ACCEPTED,
        /** The same write came before; its answer is given again. */
        DUPLICATE,
        /** A snapshot read that a live change was faster than. */
        BEATEN,
        /** Accepted, but in a store it waits for another record. */
        PARKED,
        /** Against the entity's definition. */
        INVALID,
        /** Patch of a record that is not there. */
        NOT_FOUND,
        /** Create of a record that is there, or the state is not the expected one. */
        CONFLICT,
        /** The same idempotency key with another body. */
        KEY_REUSED,
        /** Accepted, but a store would not take it; it is a dead letter now. */
        REFUSED,
        /** Not known: it may be on the log or not. Repeat it with its idempotency key. */
        UNKNOWN,
        /** Surely not on the log: too much is under way. */
        OVERLOADED,
        /** Surely not on the log: it cannot be reached. */
        UNAVAILABLE
    }

    static Published notOnLog(Outcome outcome, String reason) {
        return new Published(-1, -1, outcome, reason, Set.of(), true);
    }
}
