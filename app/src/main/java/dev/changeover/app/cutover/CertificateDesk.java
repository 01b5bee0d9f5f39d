package dev.changeover.app.cutover;

import dev.changeover.log.Barriers;
import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.LogException;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.verifier.certify.Certifier;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where there is a verifier: answers the requests for certificates that stand on {@code control}, whichever process they come from. If
 * there are several verifiers, the first answer to a request counts.
 */
public final class CertificateDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateDesk.class);
    private static final Duration BARRIER_LIMIT = Duration.ofSeconds(30);
    private static final Duration SHORT_BARRIER_LIMIT = Duration.ofSeconds(4);
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final ControlLog control;
    private final Phases phases;
    private final Crossing crossing;
    private final Looking looking;
    private final String name;
    private final Thread thread;
    private final AutoCloseable listening;
    private final Object woken = new Object();
    private volatile boolean closing;
    private String answered = "";
    private boolean signalled;

    /** Brings a barrier through the log. */
    interface Crossing {
        /** @throws LogException if it is not through within {@code limit} */
        Barriers.Reached sendThrough(Barrier barrier, Duration limit);
    }

    /** Looks at both sides, as {@link Certifier} does. */
    interface Looking extends AutoCloseable {
        Certificate whole(Barriers.Reached at) throws InterruptedException;

        Certificate since(Barriers.Reached at) throws InterruptedException;

        Certificate unsure(Barriers.Reached at, String reason);

        @Override
        void close();
    }

    /** What a step has come to. */
    enum Step {
        ANSWERED,
        NOBODY_ASKS,
        TO_BE_TRIED_AGAIN
    }

    /** Answers only when it is told to. */
    CertificateDesk(ControlLog control, Phases phases, Crossing crossing, Looking looking, String name) {
        this.control = control;
        this.phases = phases;
        this.crossing = crossing;
        this.looking = looking;
        this.name = name;
        this.listening = control.listen((before, after) -> wake());
        this.thread = new Thread(this::run, "certificates");
        thread.setDaemon(true);
    }

    /** The certifier becomes the desk's to close; the barriers are the caller's. */
    public static CertificateDesk start(
            ControlLog control, Phases phases, Barriers barriers, Certifier certifier, String name) {
        CertificateDesk desk = new CertificateDesk(control, phases, barriers::sendThrough, by(certifier), name);
        desk.thread.start();
        return desk;
    }

    private static Looking by(Certifier certifier) {
        return new Looking() {
            @Override
            public Certificate whole(Barriers.Reached at) throws InterruptedException {
                return certifier.whole(at);
            }

            @Override
            public Certificate since(Barriers.Reached at) throws InterruptedException {
                return certifier.since(at);
            }

            @Override
            public Certificate unsure(Barriers.Reached at, String reason) {
                return certifier.unsure(at, reason);
            }

            @Override
            public void close() {
                certifier.close();
            }
        };
    }

    private void run() {
        while (!closing) {
            try {
                switch (step()) {
                    case ANSWERED -> {}
                    case NOBODY_ASKS -> pause(IDLE);
                    case TO_BE_TRIED_AGAIN -> pauseBeforeAnother();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Answers one request, if there is one. */
    Step step() throws InterruptedException {
        try {
            return answerOne(control.state()) ? Step.ANSWERED : Step.NOBODY_ASKS;
        } catch (LogException e) {
            LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Cannot issue a certificate just now");
            answered = ""; // who asked waits for it: once more, if it still does
            return Step.TO_BE_TRIED_AGAIN;
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("Cannot issue a certificate");
            return Step.ANSWERED;
        }
    }

    /** @return false if nobody waits for anything */
    private boolean answerOne(ControlState state) throws InterruptedException {
        Optional<Barrier> wanted = state.requests().stream()
                .map(ControlRecord.BarrierRequest::barrier)
                .filter(barrier -> !barrier.id().equals(answered))
                .reduce((first, second) -> second);
        if (wanted.isPresent()) {
            answered = wanted.get().id();
            answer(state, wanted.get());
            return true;
        }
        Optional<ControlRecord.BarrierReached> leftOver = leftOver(state);
        if (leftOver.isPresent()) {
            Barrier barrier = leftOver.get().barrier();
            answered = barrier.id();
            certify(
                    state,
                    barrier,
                    new Barriers.Reached(
                            barrier, leftOver.get().writes(), leftOver.get().changes()));
            return true;
        }
        return false;
    }

    /** The last one, if this verifier had begun with it when it was killed. */
    private Optional<ControlRecord.BarrierReached> leftOver(ControlState state) {
        return state.barriers().stream()
                .filter(reached -> reached.stamp().baseEpoch() == state.epoch())
                .reduce((first, second) -> second)
                .filter(reached -> reached.stamp().who().equals(name))
                .filter(reached -> !reached.barrier().id().equals(answered))
                .filter(reached -> state.certificates().stream()
                        .noneMatch(certificate ->
                                certificate.barrierId().equals(reached.barrier().id())));
    }

    private void pauseBeforeAnother() {
        try {
            pause(BETWEEN_ATTEMPTS);
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    private void pause(Duration limit) throws InterruptedException {
        long until = System.nanoTime() + limit.toNanos();
        synchronized (woken) {
            for (long left = limit.toMillis();
                    !signalled && !closing && left > 0;
                    left = (until - System.nanoTime()) / 1_000_000) {
                woken.wait(left);
            }
            signalled = false;
        }
    }

    private void answer(ControlState state, Barrier barrier) throws InterruptedException {
        boolean everything = barrier.kind().equals(Cutover.WHOLE);
        Barriers.Reached reached = crossing.sendThrough(barrier, everything ? BARRIER_LIMIT : SHORT_BARRIER_LIMIT);
        if (!phases.reached(state, barrier, reached.writes(), reached.changes(), name)) {
            return; // a new epoch: nobody waits for it any more
        }
        certify(state, barrier, reached);
    }

    private void certify(ControlState state, Barrier barrier, Barriers.Reached reached) throws InterruptedException {
        Certificate certificate = certificate(barrier.kind().equals(Cutover.WHOLE), reached);
        phases.certify(state, certificate, name);
        LOG.atInfo()
                .addKeyValue("barrier", barrier.id())
                .addKeyValue("kind", barrier.kind())
                .addKeyValue("equal", certificate.equal())
                .addKeyValue("reasons", certificate.reasons())
                .log("Certificate issued");
    }

    private Certificate certificate(boolean everything, Barriers.Reached reached) throws InterruptedException {
        try {
            return everything ? looking.whole(reached) : looking.since(reached);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("Looking at both sides has failed");
            return looking.unsure(reached, "Internal error: " + e);
        }
    }

    private void wake() {
        synchronized (woken) {
            signalled = true;
            woken.notifyAll();
        }
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            listening.close();
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("Cannot stop listening", e);
        }
        if (!thread.isAlive()) {
            looking.close();
        }
    }
}
