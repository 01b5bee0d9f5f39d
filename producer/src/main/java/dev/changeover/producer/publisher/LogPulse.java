package dev.changeover.producer.publisher;

/**
 * Whether the log acknowledges anything. It is stalled when something has been under way for some time and nothing was
 * acknowledged since; when the last of it is given up, the next write finds out whether the log is back.
 */
final class LogPulse {
    private final long limitNanos;
    private int underWay;
    private long lastSignNanos;

    LogPulse(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    synchronized void sent() {
        if (underWay++ == 0) {
            lastSignNanos = System.nanoTime();
        }
    }

    synchronized void acknowledged(boolean really) {
        underWay--;
        if (really) {
            lastSignNanos = System.nanoTime();
        }
    }

    synchronized boolean stalled() {
        return underWay > 0 && System.nanoTime() - lastSignNanos > limitNanos;
    }
}
