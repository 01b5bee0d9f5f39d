package dev.changeover.log;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next try: twice as long each time, up to a limit, spread so that many do not come at once. Not safe for use by several threads. */
public final class Backoff {
    private static final int MAX_DOUBLINGS = 30;

    private final Duration first;
    private final Duration max;
    private final RandomGenerator random;
    private int failures;

    /**
     * @param first the first wait is half to all of it; it doubles with each failure
     * @param max the longest wait
     */
    public Backoff(Duration first, Duration max, RandomGenerator random) {
        this.first = first;
        this.max = max;
        this.random = random;
    }

    /** The wait after one more failure: half to all of what is due. */
    public Duration next() {
        long due = Math.min(max.toMillis(), first.toMillis() << Math.min(failures++, MAX_DOUBLINGS));
        return Duration.ofMillis(Math.max(1, due / 2 + random.nextLong(due / 2 + 1)));
    }

    public void succeeded() {
        failures = 0;
    }
}
