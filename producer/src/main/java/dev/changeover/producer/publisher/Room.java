package dev.changeover.producer.publisher;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What may be under way at once: so many bytes to the log, so many writes waiting. */
final class Room {
    private final int maxBytes;
    private final boolean blocking;
    private final Semaphore bytes;
    private final Semaphore writes;

    Room(PublisherSettings settings) {
        this.maxBytes = settings.maxInFlightBytes();
        this.blocking = settings.whenFull() == PublisherSettings.WhenFull.BLOCK;
        this.bytes = new Semaphore(maxBytes);
        this.writes = new Semaphore(settings.maxWaiting());
    }

    /** Whether there was room; if so, both must be given back. */
    boolean take(long size, int count, Duration limit) {
        try {
            if (!acquire(writes, count, limit)) {
                return false;
            }
            if (!acquire(bytes, clamped(size), limit)) {
                writes.release(count);
                return false;
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean acquire(Semaphore semaphore, int permits, Duration limit) throws InterruptedException {
        return blocking
                ? semaphore.tryAcquire(permits, limit.toMillis(), TimeUnit.MILLISECONDS)
                : semaphore.tryAcquire(permits);
    }

    void giveBackBytes(long size) {
        bytes.release(clamped(size));
    }

    void giveBackWrites(int count) {
        writes.release(count);
    }

    /** What is larger than all the room goes alone. */
    private int clamped(long size) {
        return (int) Math.min(size, maxBytes);
    }
}
