package dev.changeover.producer.backfill;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * How many events of a backfill may stand before a live write: what is worked off within a second, as it was in the last ones. On
 * a slow machine a live write need not wait for long then, and on a fast one nobody for the backfill. Safe for use by several threads.
 */
final class Allowance {
    /** However fast they are. */
    static final long MOST = 20_000;

    private static final Duration RATE_OVER = Duration.ofSeconds(3);
    /** Over less than this a rate says nothing: work is done in batches. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final int least;
    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long atNanos, long done) {}

    /** @param least always allowed */
    Allowance(int least) {
        this.least = least;
    }

    /** @param done events that are worked off by now */
    synchronized long now(long nanos, long done) {
        samples.addLast(new Sample(nanos, done));
        // One that is older stays: without it the rate would be one of a moment.
        while (samples.size() > 2 && nanos - second().atNanos() > RATE_OVER.toNanos()) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        long passed = nanos - first.atNanos();
        if (passed < SHORTEST.toNanos()) {
            return least;
        }
        double perSecond = (double) (done - first.done()) * TimeUnit.SECONDS.toNanos(1) / passed;
        return Math.max(least, Math.min(MOST, (long) perSecond));
    }

    private Sample second() {
        return samples.stream().skip(1).findFirst().orElseThrow();
    }
}
