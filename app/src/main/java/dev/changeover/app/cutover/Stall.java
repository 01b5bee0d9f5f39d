package dev.changeover.app.cutover;

import dev.changeover.log.ProgressTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Notices that one side stands still while the other goes on: while both must have a write before it is acknowledged, writers wait
 * for it. One thread asks it, again and again.
 */
final class Stall {
    /** How long one side may take for what the other one has applied. */
    static final Duration LIMIT = Duration.ofMillis(1_500);

    private final ProgressTail progress;
    private final Waiting waiting;
    private final int partitions;
    private final long[] wanted;
    private final long[] sinceNanos;

    Stall(ProgressTail progress, int partitions, Waiting waiting) {
        this.progress = progress;
        this.waiting = waiting;
        this.partitions = partitions;
        this.wanted = new long[partitions];
        this.sinceNanos = new long[partitions];
    }

    /** The side that stands still; null if none does. */
    @Nullable
    Side find() {
        long now = waiting.nanos();
        for (int partition = 0; partition < partitions; partition++) {
            long legacy = next(Side.LEGACY, partition);
            long target = next(Side.TARGET, partition);
            if (Math.min(legacy, target) >= wanted[partition]) {
                // What was waited for is there: now for what the faster one has meanwhile.
                wanted[partition] = Math.max(legacy, target);
                sinceNanos[partition] = now;
            } else if (now - sinceNanos[partition] > LIMIT.toNanos()) {
                return legacy < target ? Side.LEGACY : Side.TARGET;
            }
        }
        return null;
    }

    private long next(Side side, int partition) {
        return progress.of(side, partition).map(Progress::next).orElse(0L);
    }
}
