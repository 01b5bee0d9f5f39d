package dev.changeover.processor;

import java.time.Duration;

/**
 * When to commit. What is new should be visible soon; in a backlog nobody waits for the single event, and a commit, which waits
 * for the broker's disk, costs as much as thousands of events. So what is new is committed as soon as there is nothing more to
 * process, at the latest after {@link #LONGEST_GATHERING}; a backlog when Kafka Streams' own interval, {@link #BACKLOG_COMMIT},
 * has passed.
 *
 * <p>"Nothing more" and not "after some milliseconds": on a busy machine a few milliseconds may be over after a handful of events,
 * and where commits then take longer than the events come in, a queue grows that no commit takes up.
 *
 * <p>What is new is told by the broker's time stamp against our clock. The two may differ: the smallest difference seen is what
 * an event without delay has.
 *
 * <p>One for each stream thread, as a commit is of all the thread's partitions together. Not safe for use by several threads.
 */
final class Pace {
    /** How often to look whether there is nothing more. */
    static final Duration TICK = Duration.ofMillis(2);

    static final Duration LONGEST_GATHERING = Duration.ofMillis(40);
    static final Duration BACKLOG_COMMIT = Duration.ofMillis(250);

    private static final long NEW_MILLIS = 2_000;
    private static final long NONE = Long.MIN_VALUE;

    private long smallestDifference = Long.MAX_VALUE;
    private long gatheringSince = NONE;
    private long lastTick = NONE;
    private boolean processedSinceTick;

    /** An event that the broker got at {@code appendedMillis} was processed. */
    void processed(long nowMillis, long appendedMillis) {
        long difference = nowMillis - appendedMillis;
        smallestDifference = Math.min(smallestDifference, difference);
        processedSinceTick = true;
        if (gatheringSince == NONE && difference - smallestDifference < NEW_MILLIS) {
            gatheringSince = nowMillis;
        }
    }

    /**
     * At each tick of each partition: whether a commit is due. Who is told so asks for it, and the next events are gathered anew.
     */
    boolean tick(long nowMillis) {
        if (lastTick != NONE && nowMillis - lastTick < TICK.toMillis()) {
            return false; // another partition's tick of the same round: nothing could be processed in between
        }
        lastTick = nowMillis;
        boolean more = processedSinceTick;
        processedSinceTick = false;
        if (gatheringSince == NONE || (more && nowMillis - gatheringSince < LONGEST_GATHERING.toMillis())) {
            return false;
        }
        gatheringSince = NONE;
        return true;
    }
}
