package dev.changeover.processor;

import java.time.Duration;

/**
 * When to commit. What is new should be visible soon; in a backlog nobody waits for the single event, and a commit, which waits
 * for the broker's disk, costs as much as thousands of events. So what is new is committed as soon as there is nothing more to
 * process, at the latest after {@link #LONGEST_GATHERING}; a backlog when Kafka Streams' own interval, {@link #BACKLOG_COMMIT},
 * has passed.
 *
 * <p>Nobody waits for a single one of the backfill's snapshot reads either, new as they are: they are committed as a backlog is,
 * or with what is new beside them.
 *
 * <p>"Nothing more" and not "after some milliseconds": on a busy machine a few milliseconds may be over after a handful of events,
 * and where commits then take longer than the events come in, a queue grows that no commit takes up.
 *
 * <p>To look whether there is nothing more takes ticks, and Kafka Streams, which processes more and more records between two looks
 * at its clocks, begins at one record again whenever something ticks. So there are ticks only while something new is gathered.
 *
 * <p>What is new is told by the broker's time stamp against our clock. The two may differ: the smallest difference seen is what
 * an event without delay has.
 *
 * <p>One for each stream thread, as a commit is of all the thread's partitions together. Not safe for use by several threads.
 */
final class Pace {
    /** How often to look whether there is nothing more, while something new is gathered. */
    static final Duration TICK = Duration.ofMillis(3);

    static final Duration LONGEST_GATHERING = Duration.ofMillis(40);
    static final Duration BACKLOG_COMMIT = Duration.ofMillis(250);

    private static final long NEW_MILLIS = 2_000;
    private static final int NONE = -1;

    private long smallestDifference = Long.MAX_VALUE;
    private long gatheringSince;
    private boolean gathering;
    private boolean processedSinceTick;
    private int home = NONE;

    /** An event was processed that nobody waits for: a commit waits for more of them, but not on their account. */
    void processedInBulk() {
        processedSinceTick = true;
    }

    /**
     * An event that the broker got at {@code appendedMillis} was processed.
     *
     * @return whether it is the first of something new: then the caller sees to the ticks, until one says that a commit is due
     */
    boolean processed(long nowMillis, long appendedMillis) {
        long difference = nowMillis - appendedMillis;
        smallestDifference = Math.min(smallestDifference, difference);
        processedSinceTick = true;
        if (gathering || difference - smallestDifference >= NEW_MILLIS) {
            return false;
        }
        gathering = true;
        gatheringSince = nowMillis;
        processedSinceTick = false; // by itself it is no reason to wait for more
        return true;
    }

    /** Whether a commit is due. Who is told so asks for it and ends the ticks; the next events are gathered anew. */
    boolean tick(long nowMillis) {
        boolean more = processedSinceTick;
        processedSinceTick = false;
        if (more && nowMillis - gatheringSince < LONGEST_GATHERING.toMillis()) {
            return false;
        }
        gathering = false;
        return true;
    }

    /**
     * Where to send what may be in any partition: one for the whole thread, as a commit ends the transaction in each partition that
     * it wrote to. It stays the thread's own: two who write to one partition wait for each other's transactions.
     *
     * @param mine a partition that this thread processes
     */
    int home(int mine) {
        if (home == NONE) {
            home = mine;
        }
        return home;
    }

    /** The thread does not process {@code partition} any more. */
    void left(int partition) {
        if (home == partition) {
            home = NONE;
        }
    }

    /** The ticks have ended without a commit: what was gathered is committed, or undone, otherwise. */
    void ended() {
        gathering = false;
    }
}
