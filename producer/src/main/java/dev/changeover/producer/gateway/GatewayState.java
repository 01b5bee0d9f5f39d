package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Side;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What a gateway must know of the migration at each moment; safe for use by several threads. */
public interface GatewayState {
    /** The side that reads are served from and that acknowledges writes. */
    Side primary();

    long epoch();

    /**
     * The primary, as soon as it is certain that nobody serves reads from another one; at once if nothing is being switched. A read
     * that comes after it sees everything that was acknowledged before.
     *
     * @return fails with {@link Problem} 503 if it does not become certain in time: this process may have missed a switch
     */
    CompletableFuture<Served> served();

    /**
     * Whether what was read from the primary may be shown, as soon as that is known: while the primary is being switched, when the other
     * side has it too.
     *
     * @param from what {@link #served} had said before it was read
     * @param positions of the store when it was read, offset of the next event to apply by partition, in the partitions that what was
     *     read can have come from
     * @return false if it must be read anew, because something was decided meanwhile; fails with {@link Problem} 503 if it does not
     *     become known in time
     */
    CompletableFuture<Boolean> mayShow(Served from, Map<Integer, Long> positions);

    /** The primary, and the epoch in which it is that. */
    record Served(Side primary, long epoch) {}

    /** Whether records of the legacy store may be unknown to the processor: before and while a backfill runs. */
    boolean backfillMayRun();

    /** Which reads the target serves before it is the primary. */
    default ReadShares shares() {
        return ReadShares.NONE;
    }

    /** Why it is not ready to serve; empty if it is. */
    List<String> unready();
}
