package dev.changeover.app.cutover;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.LogException;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.entity.Side;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a switch that nobody carries on: one that was begun by this process before it was killed, at once; one begun by another
 * process, when a side stands still, so that writers wait for it, or when it lasts longer than it can.
 */
public final class Fallback implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);

    /** Longer than the steps between the new epoch and the flip may take together. */
    private static final Duration LONGEST = Serving.LONG_LEASE.plusSeconds(15);

    /** Who switches notices a side that stands still earlier. */
    private static final Duration LONGEST_STALL = Stall.LIMIT.plusMillis(300);

    private static final Duration EVERY = Duration.ofMillis(250);

    private final ControlLog control;
    private final Phases phases;
    private final String name;
    private final Waiting waiting;
    private final Stall stall;
    private long epoch = -1;
    private long epochSinceNanos;

    private @Nullable ScheduledExecutorService timer;

    /** Looks only when it is told to. */
    Fallback(ControlLog control, Phases phases, ProgressTail progress, int partitions, String name, Waiting waiting) {
        this.control = control;
        this.phases = phases;
        this.name = name;
        this.waiting = waiting;
        this.stall = new Stall(progress, partitions, waiting);
    }

    /**
     * To be called before this process can begin a switch itself.
     *
     * @param name of this process, as {@link #by} put it into the records of a switch
     */
    public static Fallback start(
            ControlLog control, Phases phases, ProgressTail progress, int partitions, String name) {
        Fallback fallback = new Fallback(control, phases, progress, partitions, name, Waiting.REAL);
        fallback.begin();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "fallback");
            thread.setDaemon(true);
            return thread;
        });
        fallback.timer = timer;
        timer.scheduleWithFixedDelay(fallback::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
        return fallback;
    }

    /** What this process had begun before it was killed ends now. */
    void begin() {
        ControlState state = control.state();
        if (state.phase().switching() && isBy(state, name)) {
            fallBack(state, "the process that switched was stopped");
        }
    }

    /** Who an operator is that acts by way of the process of that name. */
    public static String by(String operator, String name) {
        return operator + " via " + name;
    }

    private static boolean isBy(ControlState state, String name) {
        return state.phases().get(state.phases().size() - 1).stamp().who().endsWith(" via " + name);
    }

    /** To be called again and again. */
    void look() {
        ControlState state = control.state();
        long now = waiting.nanos();
        if (state.epoch() != epoch) {
            epoch = state.epoch();
            epochSinceNanos = now;
        }
        @Nullable Side slow = stall.find();
        if (state.phase().switching() && slow != null && now - epochSinceNanos > LONGEST_STALL.toNanos()) {
            fallBack(state, "the %s sink does not keep up, and writers wait for it".formatted(slow));
        } else if (state.phase().switching() && now - epochSinceNanos > LONGEST.toNanos()) {
            fallBack(state, "the switch has lasted longer than %d s".formatted(LONGEST.toSeconds()));
        }
    }

    private void fallBack(ControlState state, String why) {
        try {
            Direction direction = Direction.of(state.phase());
            if (phases.step(state, direction.from(), name, "fallback: " + why, null)) {
                LOG.atWarn()
                        .addKeyValue("epoch", state.epoch())
                        .addKeyValue("reason", why)
                        .log("Fell back from a switch of the primary");
            }
        } catch (LogException e) {
            LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Cannot fall back just now");
        }
    }

    @Override
    public void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
