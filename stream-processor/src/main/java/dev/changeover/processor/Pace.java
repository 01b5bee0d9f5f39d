package dev.changeover.processor;

import java.time.Duration;

/**
 * When to commit. What is new should be visible at once; in a backlog nobody waits for the single event, and a commit, which
 * waits for the broker's disk, costs as much as thousands of events. So new events are committed every {@link #QUICK_COMMIT},
 * and those of a backlog when Kafka Streams' own interval has passed.
 *
 * <p>What is new is told by the broker's time stamp against our clock. The two may differ: the smallest difference seen is what
 * an event without delay has.
 */
final class Pace {
    static final Duration QUICK_COMMIT = Duration.ofMillis(15);
    static final Duration BACKLOG_COMMIT = Duration.ofMillis(250);

    private static final long NEW_MILLIS = 500;

    private long smallestDifference = Long.MAX_VALUE;
    private boolean anythingNew;

    /** An event that the broker got at {@code appendedMillis} was processed. */
    void processed(long nowMillis, long appendedMillis) {
        long difference = nowMillis - appendedMillis;
        smallestDifference = Math.min(smallestDifference, difference);
        anythingNew = difference - smallestDifference < NEW_MILLIS;
    }

    /** Whether the last event was new and nobody has asked since. */
    boolean takeNew() {
        boolean taken = anythingNew;
        anythingNew = false;
        return taken;
    }
}
