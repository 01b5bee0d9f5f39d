package dev.changeover.producer.backfill;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Holds all workers of a process together to so many records a second. */
final class Pace {
    private final long nanosPerRecord;
    private long freeAtNanos;

    /** @param maxRecordsPerSecond 0 for no limit */
    Pace(int maxRecordsPerSecond) {
        this.nanosPerRecord = maxRecordsPerSecond == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / maxRecordsPerSecond;
        this.freeAtNanos = System.nanoTime();
    }

    /** How long to wait before so many records may go. */
    synchronized Duration book(int records) {
        long now = System.nanoTime();
        long start = Math.max(now, freeAtNanos);
        freeAtNanos = start + records * nanosPerRecord;
        return Duration.ofNanos(start - now);
    }
}
