package dev.changeover.producer.publisher;

import java.util.function.LongSupplier;

/**
 * Whether the log acknowledges anything. It is stalled when something has been under way for some time and nothing was
 * acknowledged since; when the last of it is given up, the next write finds out whether the log is back.
 *
 * <p>A process that sleeps, or a machine that stands still, acknowledges nothing either, and what came meanwhile is read only after
 * the first writes. So silence alone is a suspicion, and stalled is what stays silent while it is suspected.
 */
final class LogPulse {
    private final long silentNanos;
    private final long suspectedNanos;
    private final LongSupplier nanos;
    private int underWay;
    private long lastSign;
    private boolean suspected;
    private long suspectedSince;

    /**
     * @param silentNanos without an acknowledgement, until it is suspected
     * @param suspectedNanos from the first look that suspects it until it is taken for stalled
     */
    LogPulse(long silentNanos, long suspectedNanos, LongSupplier nanos) {
        this.silentNanos = silentNanos;
        this.suspectedNanos = suspectedNanos;
        this.nanos = nanos;
    }

    synchronized void sent() {
        if (underWay++ == 0) {
            sign();
        }
    }

    synchronized void acknowledged(boolean really) {
        underWay--;
        if (really) {
            sign();
        }
    }

    private void sign() {
        lastSign = nanos.getAsLong();
        suspected = false;
    }

    synchronized boolean stalled() {
        long now = nanos.getAsLong();
        if (underWay == 0 || now - lastSign <= silentNanos) {
            return false;
        }
        if (!suspected) {
            suspected = true;
            suspectedSince = now;
        }
        return now - suspectedSince > suspectedNanos;
    }
}
