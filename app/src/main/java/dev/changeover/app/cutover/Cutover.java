package dev.changeover.app.cutover;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.LogException;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches the primary, in either direction, while writes and reads go on.
 *
 * <pre>
 * dual-write      1  the verifier reads both stores whole, then again what changed meanwhile; nobody waits
 * cutting-over    2  new epoch: every gateway confirms that it acknowledges a write only when both sides have it
 *                 3  a barrier through writes; the verifier certifies that both sides are equal there
 * cut-over        4  one record on control flips the primary
 *                 5  gateways confirm that; reads wait until all have, or their lease has run out
 * </pre>
 *
 * Only step 4 decides. Whatever goes wrong before it ends in a record that falls back to where it was: compare-and-set, so that of
 * a flip and a fallback only one counts. If this process dies, others fall back ({@link Fallback}).
 */
public final class Cutover {
    /** The kinds of barriers: read everything; read what has changed since. */
    static final String WHOLE = "verify";

    static final String AGAIN = "verify-again";
    static final String AT_BARRIER = "at-barrier";

    private static final Logger LOG = LoggerFactory.getLogger(Cutover.class);
    private static final Duration CERTIFICATE_LIMIT = Duration.ofSeconds(6);
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(4);
    private static final Duration SLICE = Duration.ofMillis(100);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(500);

    private final ControlLog control;
    private final Phases phases;
    private final ProgressTail progress;
    private final Serving serving;
    private final int partitions;
    private final String who;
    private final Waiting waiting;

    /** One step that is done, and how long it took. */
    public record Step(String name, Duration took, String detail) {}

    /**
     * What was done.
     *
     * @param switched false if it was a dry run
     * @param writesLonger how much longer a write takes while both sides acknowledge, as far as the barrier shows
     * @param readsHeld how long reads wait at the flip
     */
    public record Report(
            boolean switched,
            Certificate certificate,
            List<Step> steps,
            Duration writesLonger,
            Duration readsHeld,
            int attempts) {
        public Report {
            steps = List.copyOf(steps);
        }
    }

    /** @param who the operator, and by way of which process */
    public Cutover(
            ControlLog control, Phases phases, ProgressTail progress, Serving serving, int partitions, String who) {
        this(control, phases, progress, serving, partitions, who, Waiting.REAL);
    }

    Cutover(
            ControlLog control,
            Phases phases,
            ProgressTail progress,
            Serving serving,
            int partitions,
            String who,
            Waiting waiting) {
        this.control = control;
        this.phases = phases;
        this.progress = progress;
        this.serving = serving;
        this.partitions = partitions;
        this.who = who;
        this.waiting = waiting;
    }

    /**
     * Switches, or falls back and tries again until {@code timeout} has passed.
     *
     * @param dryRun all but the flip
     * @param told of each step
     * @throws NotSwitchedException if it could not be done; everything is as before then
     */
    public Report run(Direction direction, boolean dryRun, Duration timeout, Consumer<Step> told)
            throws NotSwitchedException, InterruptedException {
        long deadline = waiting.nanos() + timeout.toNanos();
        for (int attempt = 1; ; attempt++) {
            try {
                return new Attempt(direction, dryRun, deadline, told).run(attempt);
            } catch (NotSwitchedException e) {
                if (!e.worthTryingAgain() || waiting.nanos() + BETWEEN_ATTEMPTS.toNanos() > deadline) {
                    throw e;
                }
                LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Fell back; trying again");
                told.accept(new Step("fell back", Duration.ZERO, String.valueOf(e.getMessage())));
                control.await(state -> false, BETWEEN_ATTEMPTS);
            }
        }
    }

    /**
     * Ends the migration: the legacy side is not written any more, and there is no way back.
     *
     * @throws NotSwitchedException if both sides are not certified to be equal, or something else was decided meanwhile
     */
    public Report complete(Duration timeout, Consumer<Step> told) throws NotSwitchedException, InterruptedException {
        long deadline = waiting.nanos() + timeout.toNanos();
        return new Attempt(Direction.ROLLBACK, false, deadline, told).complete();
    }

    /** Processes that may still serve by an older epoch. */
    static long silent(ControlState state, Duration sinceEpoch) {
        return state.gateways().values().stream()
                .filter(gateway -> gateway.epoch() < state.epoch())
                .filter(gateway -> gateway.leaseMillis() > sinceEpoch.toMillis())
                .count();
    }

    /** One try. */
    private final class Attempt {
        private final Direction direction;
        private final boolean dryRun;
        private final long deadline;
        private final Consumer<Step> told;
        private final List<Step> steps = new ArrayList<>();
        private long stepBegan = waiting.nanos();
        private Duration writesLonger = Duration.ZERO;
        private Duration confirmed = Duration.ZERO;
        private final Stall stall = new Stall(progress, partitions, waiting);

        Attempt(Direction direction, boolean dryRun, long deadline, Consumer<Step> told) {
            this.direction = direction;
            this.dryRun = dryRun;
            this.deadline = deadline;
            this.told = told;
        }

        Report run(int number) throws NotSwitchedException, InterruptedException {
            ControlState before = expect(direction.from());
            look(before);
            ControlState both = enter(before);
            Certificate certificate;
            try {
                awaitConfirmations(both);
                certificate = certifyAtBarrier(both);
                if (!dryRun) {
                    flip(both, certificate);
                }
            } catch (NotSwitchedException | InterruptedException | RuntimeException e) {
                fallBack(both, String.valueOf(e.getMessage()));
                if (!switched()) {
                    throw e;
                }
                certificate = latestCertificate(both);
            }
            if (dryRun) {
                fallBack(both, "dry run");
                return new Report(false, certificate, steps, writesLonger, confirmed, number);
            }
            Duration held = awaitSettled();
            return new Report(true, certificate, steps, writesLonger, held, number);
        }

        Report complete() throws NotSwitchedException, InterruptedException {
            ControlState before = expect(Phase.CUT_OVER);
            look(before);
            Certificate certificate = certificate(before, AT_BARRIER, CERTIFICATE_LIMIT);
            done("certified at the barrier", "certificate " + certificate.id());
            if (!phases.step(before, Phase.COMPLETE, who, "complete", certificate.id())) {
                throw new NotSwitchedException("Somebody else has changed the phase meanwhile", false);
            }
            done("complete", "the legacy side is not written any more");
            return new Report(true, certificate, steps, Duration.ZERO, Duration.ZERO, 1);
        }

        private ControlState expect(Phase phase) throws NotSwitchedException {
            ControlState state = control.state();
            if (state.phase() != phase) {
                throw new NotSwitchedException(
                        "Cannot begin in phase %s: it begins in %s".formatted(state.phase(), phase), false);
            }
            return state;
        }

        /** Whatever can be found out before anybody waits for it. */
        private void look(ControlState before) throws NotSwitchedException, InterruptedException {
            Certificate whole = certificate(before, WHOLE, left());
            done(
                    "both stores read whole",
                    "%d records, planted differences found: %d of %d"
                            .formatted(
                                    whole.evidence().scanned(),
                                    whole.evidence().detected(),
                                    whole.evidence().planted()));
            Certificate again = certificate(before, AGAIN, left());
            done(
                    "read again what changed meanwhile",
                    "%d records".formatted(again.evidence().reread()));
        }

        private ControlState enter(ControlState before) throws NotSwitchedException {
            String why = direction.word() + (dryRun ? ", dry run" : "");
            if (!phases.step(before, direction.via(), who, why, null)) {
                throw new NotSwitchedException(
                        "Somebody else has changed the phase meanwhile: it is %s"
                                .formatted(control.state().phase()),
                        false);
            }
            done("new epoch: both sides acknowledge", "");
            return control.state();
        }

        private void awaitConfirmations(ControlState both) throws InterruptedException, NotSwitchedException {
            long began = waiting.nanos();
            ControlState now = awaitWhileBothKeepUp(
                    state -> state.epoch() != both.epoch()
                            || silent(state, Duration.ofNanos(waiting.nanos() - began)) == 0,
                    Serving.LONG_LEASE.plusMillis(100));
            stillOurs(both);
            confirmed = Duration.ofNanos(waiting.nanos() - began);
            done(
                    "gateways have confirmed it",
                    "%d of %d; the lease of the others has run out"
                            .formatted(
                                    now.gateways().values().stream()
                                            .filter(gateway -> gateway.epoch() == both.epoch())
                                            .count(),
                                    now.gateways().size()));
        }

        /** @throws NotSwitchedException if a side stands still: writers wait for it */
        private ControlState awaitWhileBothKeepUp(Predicate<ControlState> condition, Duration limit)
                throws InterruptedException, NotSwitchedException {
            long until = waiting.nanos() + limit.toNanos();
            while (true) {
                ControlState state = control.await(condition, SLICE);
                if (condition.test(state) || waiting.nanos() > until) {
                    return state;
                }
                checkBothKeepUp();
            }
        }

        /** @throws NotSwitchedException if a side stands still: writers and readers wait for it */
        private void checkBothKeepUp() throws NotSwitchedException {
            @Nullable Side slow = stall.find();
            if (slow != null) {
                throw new NotSwitchedException(
                        "The %s sink does not keep up, and writers wait for it".formatted(slow), true);
            }
        }

        private Certificate certifyAtBarrier(ControlState both) throws NotSwitchedException, InterruptedException {
            Certificate certificate = certificate(both, AT_BARRIER, CERTIFICATE_LIMIT);
            done(
                    "certified at the barrier",
                    "%d records were read again, certificate %s"
                            .formatted(certificate.evidence().reread(), certificate.id()));
            return certificate;
        }

        private void flip(ControlState both, Certificate certificate) throws NotSwitchedException {
            if (!phases.step(both, direction.to(), who, direction.word(), certificate.id())) {
                throw new NotSwitchedException("Somebody fell back meanwhile", true);
            }
            done("primary switched", "to " + direction.to().primary());
        }

        private Duration awaitSettled() throws InterruptedException {
            long began = waiting.nanos();
            serving.awaitOpen(SETTLE_LIMIT);
            Duration held = Duration.ofNanos(waiting.nanos() - began);
            done("gateways have confirmed it, reads go on", "");
            return held;
        }

        /** Asks the verifier, wherever it runs, and waits for its certificate. */
        private Certificate certificate(ControlState now, String kind, Duration limit)
                throws NotSwitchedException, InterruptedException {
            Barrier barrier = new Barrier(UUID.randomUUID().toString(), kind);
            if (!phases.request(now, barrier, who)) {
                throw new NotSwitchedException("Somebody else has changed the phase meanwhile", false);
            }
            long asked = waiting.nanos();
            if (kind.equals(AT_BARRIER)) {
                measure(barrier);
            }
            Duration rest = limit.minus(Duration.ofNanos(waiting.nanos() - asked));
            Predicate<ControlState> answered = state -> find(state, barrier) != null || state.epoch() != now.epoch();
            ControlState after = kind.equals(AT_BARRIER) && now.phase().switching()
                    ? awaitWhileBothKeepUp(answered, rest)
                    : control.await(answered, rest);
            @Nullable Certificate found = find(after, barrier);
            if (found == null) {
                stillOurs(now);
                throw new NotSwitchedException(
                        "There was no certificate within %.1f s: is a verifier running, and do both sinks keep up?"
                                .formatted(limit.toMillis() / 1000.0),
                        true);
            }
            if (!found.equal()) {
                throw new NotSwitchedException(
                        "Both sides are not certified to be equal: " + String.join("; ", found.reasons()),
                        found.evidence().findings() == 0);
            }
            return found;
        }

        /** How much later than the old primary the other side has what was written before the barrier. */
        private void measure(Barrier barrier) throws InterruptedException, NotSwitchedException {
            ControlState state = control.await(now -> now.barrier(barrier.id()).isPresent(), Stall.LIMIT);
            Position changes = state.barrier(barrier.id())
                    .map(reached -> reached.changes())
                    .orElse(null);
            if (changes == null) {
                return;
            }
            Side old = direction.from().primary();
            awaitPassed(old, changes);
            long atOld = waiting.nanos();
            awaitPassed(old.other(), changes);
            writesLonger = Duration.ofNanos(waiting.nanos() - atOld);
        }

        private void awaitPassed(Side side, Position barrier) throws InterruptedException, NotSwitchedException {
            long until = waiting.nanos() + Stall.LIMIT.toNanos();
            while (!progress.await(() -> passed(side, barrier), SLICE) && waiting.nanos() < until) {
                checkBothKeepUp();
            }
        }

        private boolean passed(Side side, Position barrier) {
            for (int partition = 0; partition < partitions; partition++) {
                long offset = barrier.next().get(partition);
                if (progress.of(side, partition)
                        .map(last -> last.next() < offset)
                        .orElse(offset > 0)) {
                    return false;
                }
            }
            return true;
        }

        private @Nullable Certificate find(ControlState state, Barrier barrier) {
            return state.certificates().stream()
                    .filter(certificate -> certificate.barrierId().equals(barrier.id()))
                    .findFirst()
                    .orElse(null);
        }

        private Certificate latestCertificate(ControlState both) {
            List<Certificate> all = control.state().certificates();
            if (all.isEmpty()) {
                throw new IllegalStateException("There is no certificate of epoch " + both.epoch());
            }
            return all.get(all.size() - 1);
        }

        private void stillOurs(ControlState ours) throws NotSwitchedException {
            ControlState now = control.state();
            if (now.epoch() != ours.epoch()) {
                throw new NotSwitchedException(
                        "Somebody else has changed the phase to %s".formatted(now.phase()), false);
            }
        }

        /** Back to where it was, unless something was decided since; not knowing is not enough, so it is read what counts. */
        private void fallBack(ControlState both, String why) throws InterruptedException {
            try {
                phases.step(both, direction.from(), who, "fallback: " + why, null);
            } catch (LogException e) {
                LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Cannot fall back just now: others will");
                control.awaitEnd(CERTIFICATE_LIMIT);
            }
        }

        private boolean switched() {
            return control.state().phase() == direction.to() && !dryRun;
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(0, deadline - waiting.nanos()));
        }

        private void done(String name, String detail) {
            long now = waiting.nanos();
            Step step = new Step(name, Duration.ofNanos(now - stepBegan), detail);
            stepBegan = now;
            steps.add(step);
            told.accept(step);
        }
    }
}
