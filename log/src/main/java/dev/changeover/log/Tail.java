package dev.changeover.log;

import java.time.Duration;

/** Follows a topic and hands each of its records, in order, to somebody. */
interface Tail extends AutoCloseable {
    /**
     * Waits until everything that was on the topic at the start has been handled.
     *
     * @throws LogException if it is not within {@code limit}
     */
    void awaitCaughtUp(Duration limit);

    /** Whether it still follows the topic. */
    boolean alive();

    @Override
    void close();
}
