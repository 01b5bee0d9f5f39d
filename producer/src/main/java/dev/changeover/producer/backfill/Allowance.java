package dev.changeover.producer.backfill;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

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
    /** The same for a rate with all of the way in it that the first ones went: that is too low rather than too high. */
    private static final Duration SHORTEST_WAY = Duration.ofMillis(250);

    /**
     * So much work. Who looks sees what the processor and the sinks said up to half a second ago, so with a second's work there is a fifth of
     * the time nothing to do on two cores. gh-ost lets its replicas lag as long.
     */
    private static final Duration WORTH = Duration.ofMillis(1_500);

    private final int least;
    private final Deque<Sample> samples = new ArrayDeque<>();
    /** Whether any work was done since somebody began to ask. */
    private boolean begun;
    /** When there was first anything to do, since somebody began to ask. */
    private @Nullable Sample waiting;

    private record Sample(long atNanos, long done) {}

    /** @param least always allowed */
    Allowance(int least) {
        this.least = least;
    }

    /**
     * @param done events that are worked off by now
     * @param left those that are still before them
     */
    synchronized long now(long nanos, long done, long left) {
        forgetWhatSaysNothing(nanos, done);
        if (waiting == null && left > 0) {
            waiting = new Sample(nanos, done);
        }
        samples.addLast(new Sample(nanos, done));
        // One that is older stays: without it the rate would be one of a moment.
        while (samples.size() > 2 && nanos - second().atNanos() > RATE_OVER.toNanos()) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        long passed = nanos - first.atNanos();
        if (passed >= SHORTEST.toNanos()) {
            return worth(first, nanos, done);
        }
        return waiting != null && nanos - waiting.atNanos() >= SHORTEST_WAY.toNanos()
                ? worth(waiting, nanos, done)
                : least;
    }

    private long worth(Sample since, long nanos, long done) {
        double worth = (double) (done - since.done()) * WORTH.toNanos() / (nanos - since.atNanos());
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
            waiting = null;
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
