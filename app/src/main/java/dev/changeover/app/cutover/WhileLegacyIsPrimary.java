package dev.changeover.app.cutover;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Phase;
import dev.changeover.producer.capture.LegacyCapture;
import java.time.Duration;

/**
 * When what the application writes into its own files is kept: from the backfill to the flip, and again after a rollback. After the flip
 * a little longer, for what was written just before it.
 */
public final class WhileLegacyIsPrimary implements LegacyCapture.When, AutoCloseable {
    private static final Duration LAST_WRITES = Duration.ofSeconds(3);

    /** The last snapshot reads are on the log when the phase ends, and some time later in the stores. */
    private static final Duration BACKFILL_APPLIED = Duration.ofMinutes(1);

    private final ControlLog control;
    private final AutoCloseable listening;
    private volatile long flippedAtNanos = System.nanoTime() - LAST_WRITES.toNanos();

    private volatile long backfilledAtNanos = System.nanoTime() - BACKFILL_APPLIED.toNanos();

    /** @param flippedBack run when the legacy side has become the primary again */
    public WhileLegacyIsPrimary(ControlLog control, Runnable flippedBack) {
        this.control = control;
        this.listening = control.listen((before, after) -> {
            if (before.phase() == Phase.BACKFILLING && after.phase() == Phase.DUAL_WRITE) {
                backfilledAtNanos = System.nanoTime();
            }
            if (before.primary() == Side.LEGACY && after.primary() == Side.TARGET) {
                flippedAtNanos = System.nanoTime();
            } else if (before.primary() == Side.TARGET && after.primary() == Side.LEGACY) {
                flippedBack.run();
            }
        });
    }

    @Override
    public boolean noting() {
        ControlState state = control.state();
        boolean justFlipped = System.nanoTime() - flippedAtNanos < LAST_WRITES.toNanos();
        return state.phase() != Phase.COMPLETE && (state.primary() == Side.LEGACY || justFlipped);
    }

    @Override
    public boolean active() {
        return control.state().phase() != Phase.PLANNED && noting();
    }

    @Override
    public boolean backfilling() {
        return control.state().phase() == Phase.BACKFILLING
                || System.nanoTime() - backfilledAtNanos < BACKFILL_APPLIED.toNanos();
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (Exception e) {
            throw new IllegalStateException("Cannot stop listening", e);
        }
    }
}
