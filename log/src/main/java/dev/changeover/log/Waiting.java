package dev.changeover.log;

import java.time.Duration;

/** How those wait who wait for something that others do, and by which clock. */
public interface Waiting {
    /** The clock that never jumps. */
    long nanos();

    /**
     * Waits until {@code lock}, which the caller holds, is notified, at most for {@code limit}; what is waited for has to be looked at again
     * afterwards.
     */
    void await(Object lock, Duration limit) throws InterruptedException;

    /** As threads wait. */
    Waiting REAL = new Waiting() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
        public void await(Object lock, Duration limit) throws InterruptedException {
            lock.wait(Math.max(1, limit.toMillis()));
        }
    };
}
