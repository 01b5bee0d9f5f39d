package dev.changeover.producer.backfill;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many events of a backfill may stand before a live write: what is worked off within a second and a half, as it was in the last ones. On
 * a slow machine a live write need not wait for long then, and on a fast one nobody for the backfill. Safe for use by several threads.
 */
final class Allowance {
    /** However fast they are. */
    static final long MOST = 20_000;

    private static final Duration RATE_OVER = Duration.ofSeconds(3);
    /** Over less than this a rate says nothing: work is done in batches. */
    private static final Duration SHORTEST = Duration.ofMillis(750);

    /**
     * So much work. Who looks sees what the processor and the sinks said up to half a second ago, so with a second's work there is a fifth of
     * the time nothing to do on two cores. gh-ost lets its replicas lag as long.
     */
    private static final Duration WORTH = Duration.ofMillis(1_500);

    private final int least;
    private final Deque<Sample> samples = new ArrayDeque<>();
    /** Whether any work was done since somebody began to ask. */
    private boolean begun;

    private record Sample(long atNanos, long done) {}

    /** @param least always allowed */
    Allowance(int least) {
        this.least = least;
    }

    /** @param done events that are worked off by now */
    synchronized long now(long nanos, long done) {
        forgetWhatSaysNothing(nanos, done);
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
        double worth = (double) (done - first.done()) * WORTH.toNanos() / passed;
        return Math.max(least, Math.min(MOST, (long) worth));
    }

    /**
     * The time before the work began says nothing of how fast it is done, nor does what was before nobody asked for long. But work that has
     * begun and stands still does: a sink that takes seconds for a batch, and is given more because of what it then did at once, takes still
     * longer for the next one.
     */
    private void forgetWhatSaysNothing(long nanos, long done) {
        if (!samples.isEmpty() && nanos - samples.getLast().atNanos() > RATE_OVER.toNanos()) {
            samples.clear();
            begun = false;
        }
        if (!begun && !samples.isEmpty()) {
            begun = done > samples.getFirst().done();
            if (!begun) {
                samples.clear();
            }
        }
    }

    private Sample second() {
        return samples.stream().skip(1).findFirst().orElseThrow();
    }
}
