package dev.changeover.app.cutover;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.model.topic.Phase;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what others write into the target is to be kept: from the flip until the migration is complete. After a rollback a little
 * longer: until all has been seen that was committed before it.
 */
public final class AfterCutover implements BooleanSupplier, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AfterCutover.class);
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(5);

    private final ControlLog control;
    private final AutoCloseable listening;
    private final Seen seen;
    private volatile boolean rolledBack;

    /** Waits until everything has been seen that others have written until now; false if that takes too long. */
    public interface Seen {
        boolean await(Duration limit) throws InterruptedException;
    }

    public AfterCutover(ControlLog control, Seen seen) {
        this.control = control;
        this.seen = seen;
        this.listening = control.listen((before, after) -> {
            if (before.phase() == Phase.ROLLING_BACK && after.phase() == Phase.DUAL_WRITE) {
                rolledBack = true;
                Thread last = new Thread(this::awaitLast, "after-rollback");
                last.setDaemon(true);
                last.start();
            }
        });
    }

    @Override
    public boolean getAsBoolean() {
        ControlState state = control.state();
        return state.phase() == Phase.CUT_OVER
                || state.phase() == Phase.ROLLING_BACK
                || (state.phase() == Phase.DUAL_WRITE && rolledBack);
    }

    private void awaitLast() {
        try {
            seen.await(SEEN_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StoreUnavailableException e) {
            LOG.atWarn()
                    .addKeyValue("reason", e.getMessage())
                    .log("It is not known whether others wrote into the target just before the rollback");
        } finally {
            rolledBack = false;
        }
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
