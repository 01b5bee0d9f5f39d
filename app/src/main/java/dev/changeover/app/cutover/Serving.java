package dev.changeover.app.cutover;

import dev.changeover.log.AwakeLimit;
import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.LogException;
import dev.changeover.log.Waiting;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.producer.gateway.GatewayState.Served;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.producer.publisher.Acknowledging;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process may serve, and which sides must have a write before it is acknowledged here.
 *
 * <p>A process serves reads in an epoch only if
 *
 * <ul>
 *   <li>it has <b>confirmed</b> that epoch on {@code control} and read its own confirmation back;
 *   <li>its <b>lease</b> holds: not longer ago than that it knew that it had read all of {@code control}. A process that slept
 *       through a switch wakes without one. The lease is {@link #LONG_LEASE} while nothing is being switched, so that a broker that is
 *       away for a moment stops no reads, and {@link #LEASE} from the moment that the process has confirmed a switch;
 *   <li>if the epoch has brought another primary: each process that had confirmed the epoch before has confirmed this one or its
 *       lease has run out, so that nobody serves from the old primary any more.
 * </ul>
 *
 * Reads that come in between wait. A write is acknowledged by the primary alone only when all this holds and no switch is under
 * way; otherwise by both sides. So a write that one process acknowledges while another one is about to switch is on both.
 *
 * <p>The same goes for reads. What was read from the primary is shown only if this process still serves that epoch; and while a switch
 * is under way, when the other side has it too. So whatever anybody was told or shown before the flip is on the new primary already,
 * and nobody has to wait for its sink, which may have died meanwhile.
 */
public final class Serving implements Acknowledging, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

    /** The lease while a switch is under way: so long reads may have to wait at the flip for a process that is silent. */
    static final Duration LEASE = Duration.ofMillis(1_500);

    /** The lease otherwise: so long a switch waits, before its barrier, for a process that is silent. Nobody else waits for that. */
    static final Duration LONG_LEASE = Duration.ofSeconds(10);

    private static final Duration RENEW = Duration.ofMillis(250);
    private static final Duration END_LIMIT = Duration.ofSeconds(1);
    /** A switch holds reads for less than 3 s; so long they are held only if Kafka does not answer. */
    private static final Duration HOLD_LIMIT = Duration.ofSeconds(10);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final long NEVER = -1;

    private final ControlLog control;
    private final Phases phases;
    private final String name;
    private final Applied applied;
    private final Thread thread;
    private final AutoCloseable listening;
    private final Waiting time;
    private final Executor answers;
    private final Queue<Asked> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<Shown> showing = new ConcurrentLinkedQueue<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Object woken = new Object();
    private final Object opened = new Object();
    /** When this process learnt of the epoch that holds, by {@code time}. */
    private volatile long epochSinceNanos;

    private volatile long freshAtNanos;
    private volatile boolean fresh;
    private volatile long openEpoch = NEVER;
    private volatile boolean closing;
    private long confirmedEpoch = NEVER;
    private boolean signalled;
    private Set<Side> acknowledged;

    /** What a side has of the log. */
    public interface Applied {
        /** Whether {@code side} has all events before these offsets of {@code changes}, by partition. */
        boolean has(Side side, Map<Integer, Long> positions);
    }

    /** A read that waits. */
    private static final class Asked {
        private final CompletableFuture<Served> answer = new CompletableFuture<>();
    }

    /** What was read, and waits until it may be shown. */
    private static final class Shown {
        private final Served from;
        private final Map<Integer, Long> positions;
        private final CompletableFuture<Boolean> answer = new CompletableFuture<>();

        Shown(Served from, Map<Integer, Long> positions) {
            this.from = from;
            this.positions = Map.copyOf(positions);
        }
    }

    /** Takes steps only when it is told to. */
    Serving(ControlLog control, Phases phases, String name, Applied applied, Waiting time, Executor answers) {
        this.control = control;
        this.phases = phases;
        this.name = name;
        this.applied = applied;
        this.time = time;
        this.answers = answers;
        this.epochSinceNanos = time.nanos();
        this.acknowledged = sides();
        this.thread = new Thread(this::run, "serving");
        thread.setDaemon(true);
        this.listening = control.listen((before, after) -> {
            if (before.epoch() != after.epoch()) {
                epochSinceNanos = time.nanos();
            }
            wake();
        });
    }

    /**
     * Begins to confirm and to renew.
     *
     * @param name of this process, the same after a restart
     */
    public static Serving start(ControlLog control, Phases phases, String name, Applied applied) {
        Serving serving = new Serving(control, phases, name, applied, Waiting.REAL, ForkJoinPool.commonPool());
        serving.thread.start();
        return serving;
    }

    /** The primary, as soon as this process may serve from it; fails with {@link Problem} 503 if that takes too long. */
    public CompletableFuture<Served> served() {
        ControlState state = control.state();
        if (mayServe(state)) {
            return CompletableFuture.completedFuture(new Served(state.primary(), state.epoch()));
        }
        Asked asked = new Asked();
        waiting.add(asked);
        wake();
        return AwakeLimit.on(asked.answer, HOLD_LIMIT).exceptionally(late -> {
            waiting.remove(asked);
            throw Problem.unavailable(
                    "This gateway cannot make sure in time which side is the primary: Kafka does not answer, or the switch takes too long");
        });
    }

    /**
     * Whether what was read from the primary may be shown, as soon as that is known.
     *
     * @param from what {@link #served} had said before it was read
     * @param positions of the store when it was read, in the partitions that what was read can have come from
     * @return false if it must be read anew: something was decided meanwhile; fails with {@link Problem} 503 if neither becomes known
     */
    public CompletableFuture<Boolean> mayShow(Served from, Map<Integer, Long> positions) {
        Shown shown = new Shown(from, positions);
        if (!decided(shown)) {
            showing.add(shown);
            progressed(); // it may have come in between
        }
        return AwakeLimit.on(shown.answer, HOLD_LIMIT).exceptionally(late -> {
            showing.remove(shown);
            throw Problem.unavailable("The switch of the primary takes too long");
        });
    }

    private boolean decided(Shown shown) {
        ControlState state = control.state();
        if (state.epoch() != shown.from.epoch() || !mayServe(state)) {
            shown.answer.completeAsync(() -> false, answers);
        } else if (shows(state) || applied.has(state.primary().other(), shown.positions)) {
            shown.answer.completeAsync(() -> true, answers);
        } else {
            return false;
        }
        return true;
    }

    /** Whether reads are shown as they are, and need not be on the other side too. */
    static boolean shows(ControlState state) {
        return !state.phase().switching();
    }

    /** To be called when a side has applied something; returns at once. */
    public void progressed() {
        showing.removeIf(this::decided);
    }

    /** Whether reads are served at once. */
    public boolean open() {
        return mayServe(control.state());
    }

    /** Waits until reads are served; false if they are not within {@code limit}. */
    public boolean awaitOpen(Duration limit) throws InterruptedException {
        long until = time.nanos() + limit.toNanos();
        wake();
        synchronized (opened) {
            while (!open()) {
                long left = until - time.nanos();
                if (left <= 0) {
                    return false;
                }
                time.await(opened, Duration.ofNanos(left));
            }
            return true;
        }
    }

    /** Called whenever {@link #sides()} may have become fewer, in a thread that must not wait. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public Set<Side> sides() {
        ControlState state = control.state();
        if (state.phase() == Phase.COMPLETE) {
            return Set.of(Side.TARGET);
        }
        return sides(state, mayServe(state));
    }

    /** The sides that must have a write before a process acknowledges it that serves reads, or does not. */
    static Set<Side> sides(ControlState state, boolean serves) {
        return serves && !state.phase().switching() ? Set.of(state.primary()) : Set.of(Side.LEGACY, Side.TARGET);
    }

    @Override
    public Set<Side> all() {
        return control.state().phase() == Phase.COMPLETE ? Set.of(Side.TARGET) : Set.of(Side.LEGACY, Side.TARGET);
    }

    @Override
    public long epoch() {
        return control.state().epoch();
    }

    /** Whether everybody who confirmed the epoch before has confirmed this one, or may not serve any more. */
    static boolean settled(ControlState state, String but, Duration sinceEpoch) {
        return state.gateways().values().stream()
                .filter(other -> !other.gateway().equals(but))
                .filter(other -> other.epoch() == state.epoch() - 1)
                .noneMatch(other -> other.leaseMillis() > sinceEpoch.toMillis());
    }

    private boolean mayServe(ControlState state) {
        return openEpoch == state.epoch()
                && fresh
                && time.nanos() - freshAtNanos < lease(state).toNanos();
    }

    static Duration lease(ControlState state) {
        return state.phase().switching() ? LEASE : LONG_LEASE;
    }

    private void run() {
        while (!closing) {
            try {
                step();
            } catch (InterruptedException e) {
                return;
            }
            pause();
        }
    }

    /** Renews the lease, confirms what is to be confirmed, and answers who waits for that. */
    void step() throws InterruptedException {
        try {
            renew();
            if (confirmed()) {
                openIfSettled();
            }
        } catch (LogException e) {
            LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Cannot confirm the epoch just now");
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("Cannot find out what may be served");
        }
        answer();
        progressed();
        Set<Side> now = sides();
        if (!now.equals(acknowledged)) {
            listeners.forEach(Runnable::run);
            acknowledged = now;
        }
    }

    private void renew() throws InterruptedException {
        long asked = time.nanos();
        if (control.alive() && control.awaitEnd(END_LIMIT)) {
            freshAtNanos = asked;
            fresh = true;
        }
    }

    private boolean confirmed() {
        ControlState state = control.state();
        if (confirmedEpoch != state.epoch()
                && phases.confirm(state, name, lease(state).toMillis())) {
            confirmedEpoch = state.epoch();
        }
        return confirmedEpoch == control.state().epoch();
    }

    private void openIfSettled() {
        ControlState state = control.state();
        if (openEpoch == state.epoch()) {
            return;
        }
        if (bringsNewPrimary(state)) {
            Duration since = Duration.ofNanos(time.nanos() - epochSinceNanos);
            if (!settled(state, name, since)) {
                return;
            }
        }
        if (confirmedEpoch == state.epoch()) {
            openEpoch = state.epoch();
        }
    }

    static boolean bringsNewPrimary(ControlState state) {
        List<ControlRecord.PhaseChange> phases = state.phases();
        return phases.size() > 1
                && phases.get(phases.size() - 2).primary()
                        != phases.get(phases.size() - 1).primary();
    }

    private void answer() {
        ControlState state = control.state();
        if (!mayServe(state)) {
            return;
        }
        synchronized (opened) {
            opened.notifyAll();
        }
        Served served = new Served(state.primary(), state.epoch());
        for (Asked next = waiting.poll(); next != null; next = waiting.poll()) {
            next.answer.complete(served);
        }
    }

    private void wake() {
        synchronized (woken) {
            signalled = true;
            woken.notifyAll();
        }
    }

    private void pause() {
        long until = System.nanoTime() + RENEW.toNanos();
        synchronized (woken) {
            try {
                for (long left = RENEW.toMillis(); !signalled && !closing && left > 0; left = millisUntil(until)) {
                    woken.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                closing = true;
            }
            signalled = false;
        }
    }

    private static long millisUntil(long nanos) {
        return (nanos - System.nanoTime()) / 1_000_000;
    }

    /** Tells the others not to wait for this process. */
    @Override
    public void close() {
        closing = true;
        wake();
        try {
            listening.close();
            thread.join(CLOSE_LIMIT.toMillis());
            openEpoch = NEVER;
            Thread leaving = new Thread(this::leave, "serving-leave");
            leaving.setDaemon(true);
            leaving.start();
            leaving.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("Cannot stop listening", e);
        }
    }

    private void leave() {
        try {
            phases.confirm(control.state(), name, 0);
        } catch (LogException e) {
            LOG.atInfo()
                    .addKeyValue("reason", e.getMessage())
                    .log("Stopped without saying so: others wait for the lease");
        }
    }
}
