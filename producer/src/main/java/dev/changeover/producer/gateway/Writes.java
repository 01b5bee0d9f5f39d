package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** How the gateway puts writes on the log and learns what became of them. Safe for use by several threads. */
public interface Writes {
    /** How far a write must have come before it is answered. */
    enum Wait {
        PUBLISHED,
        PRIMARY,
        BOTH
    }

    /** What became of a write. */
    enum Outcome {
        /** On the log, and accepted or not yet looked at. */
        ACCEPTED,
        /** The same write came before; its answer is given again. */
        DUPLICATE,
        INVALID,
        NOT_FOUND,
        CONFLICT,
        KEY_REUSED,
        /** Accepted, but a store would not take it. */
        REFUSED,
        /** The outcome is not known: it may be on the log or not. */
        UNKNOWN,
        /** Surely not on the log: too much is under way. */
        OVERLOADED,
        /** Surely not on the log: it cannot be reached. */
        UNAVAILABLE
    }

    /**
     * One write.
     *
     * @param createOnly refused with {@code CONFLICT} if the record exists
     * @param idempotencyKey empty for none
     * @param traceparent W3C trace context, which goes with the write to both sides; empty for none
     * @param until how far it must have come before it is answered
     * @param timeout how long to wait for it to be applied
     */
    record Request(
            ChangeEvent event,
            boolean createOnly,
            String idempotencyKey,
            String traceparent,
            Wait until,
            Duration timeout) {}

    /**
     * What became of it.
     *
     * @param partition of {@code writes}, -1 if it is not there
     * @param offset in it; for a duplicate that of the first one
     * @param reason what was wrong, and what to do; empty if nothing
     * @param applied the sides that have it
     * @param inTime whether the wait was fulfilled; false if it ran out
     */
    record Result(int partition, long offset, Outcome outcome, String reason, Set<Side> applied, boolean inTime) {}

    /** Never fails: what went wrong is in the result. */
    CompletableFuture<Result> write(Request request);

    /** All or nothing on the log, in this order; results in the same order. */
    CompletableFuture<List<Result>> writeAll(List<Request> requests);

    /**
     * Puts snapshot reads on the log before what is written next, in the same partitions.
     *
     * @return false if that was not even tried for all of them: what rests on them must not be written now
     */
    boolean publishFirst(List<ChangeEvent> snapshots);
}
