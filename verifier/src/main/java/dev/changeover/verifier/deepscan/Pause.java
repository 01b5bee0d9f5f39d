package dev.changeover.verifier.deepscan;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets time pass, unless it is time to stop. */
public interface Pause {
    /** @throws InterruptedException if it is time to stop */
    void pause(Duration duration) throws InterruptedException;

    /** Waits until {@code stop} is counted down. */
    static Pause until(CountDownLatch stop) {
        return duration -> {
            if (stop.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new InterruptedException("stopped");
            }
        };
    }
}
