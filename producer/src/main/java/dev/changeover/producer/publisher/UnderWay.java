package dev.changeover.producer.publisher;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Answer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One write on its way: sent, then answered by the processor, then passed by the sides it waits for. Whatever comes first of
 * its answer and its time-out settles it; what comes after is ignored. Called from the threads of the clients and tails.
 */
final class UnderWay {
    private final Write write;
    private final AnswerTail answers;
    private final AppliedWaits waits;
    private final Acknowledging acknowledging;
    private final Executor completions;
    private final CompletableFuture<Published> result = new CompletableFuture<>();
    private final Map<Side, CompletableFuture<Optional<Unapplied>>> waiting = new EnumMap<>(Side.class);
    private final Set<Side> applied = EnumSet.noneOf(Side.class);
    /** Why a side does not have it although it has passed it. */
    private final Map<Side, Unapplied> unapplied = new EnumMap<>(Side.class);

    private int partition = -1;
    private long offset = -1;
    private Published.Outcome outcome = Published.Outcome.ACCEPTED;
    private @Nullable CompletableFuture<Answer> answer;
    private final List<Future<?>> timers = new ArrayList<>(2);
    private boolean waitRanOut;
    private boolean settled;

    UnderWay(Write write, AnswerTail answers, AppliedWaits waits, Acknowledging acknowledging, Executor completions) {
        this.write = write;
        this.answers = answers;
        this.waits = waits;
        this.acknowledging = acknowledging;
        this.completions = completions;
    }

    CompletableFuture<Published> result() {
        return result;
    }

    /** Whether the processor is asked to answer it. */
    boolean wantsAnswer() {
        return write.until() != Wait.PUBLISHED || write.dependsOnState();
    }

    synchronized void timeOutBy(Future<?> task) {
        if (settled) {
            task.cancel(false);
        } else {
            timers.add(task);
        }
    }

    void onLog(int itsPartition, long itsOffset) {
        CompletableFuture<Answer> asked;
        synchronized (this) {
            partition = itsPartition;
            offset = itsOffset;
            if (settled) {
                return;
            }
            if (!wantsAnswer() || waitRanOut) {
                settle(Published.Outcome.ACCEPTED, "", !wantsAnswer());
                return;
            }
            try {
                asked = answers.of(itsPartition, itsOffset);
            } catch (IllegalStateException e) {
                settle(Published.Outcome.ACCEPTED, String.valueOf(e.getMessage()), false);
                return;
            }
            answer = asked;
        }
        asked.whenComplete((given, ignoredCancelled) -> {
            if (given != null) {
                onAnswer(given);
            }
        });
    }

    private void onAnswer(Answer given) {
        synchronized (this) {
            if (settled) {
                return;
            }
            outcome = outcome(given.outcome());
            offset = given.firstOffset();
            boolean accepted = outcome == Published.Outcome.ACCEPTED || outcome == Published.Outcome.DUPLICATE;
            if (!accepted || write.until() == Wait.PUBLISHED) {
                settle(outcome, given.reason(), true);
                return;
            }
        }
        waitForSides();
    }

    private static Published.Outcome outcome(Answer.Outcome given) {
        return switch (given) {
            case ACCEPTED -> Published.Outcome.ACCEPTED;
            case DUPLICATE -> Published.Outcome.DUPLICATE;
            case BEATEN -> Published.Outcome.BEATEN;
            case INVALID -> Published.Outcome.INVALID;
            case NOT_FOUND -> Published.Outcome.NOT_FOUND;
            case CONFLICT -> Published.Outcome.CONFLICT;
            case KEY_REUSED -> Published.Outcome.KEY_REUSED;
        };
    }

    /**
     * The sides are asked for again each time one is done: when a cutover begins while a write waits for the primary, it must
     * wait for both, as it may be read from the other side by the time its caller has the answer.
     */
    private void waitForSides() {
        for (Side side : sides()) {
            CompletableFuture<Optional<Unapplied>> passed = null;
            synchronized (this) {
                if (!settled && !waiting.containsKey(side)) {
                    passed = waits.passed(
                            side, partition, offset, write.event().key().text());
                    waiting.put(side, passed);
                }
            }
            if (passed != null) {
                passed.whenComplete((why, ignoredCancelled) -> {
                    if (why != null) {
                        onPassed(side, why);
                    }
                });
            }
        }
    }

    private Set<Side> sides() {
        return write.until() == Wait.BOTH ? acknowledging.all() : acknowledging.sides();
    }

    private void onPassed(Side side, Optional<Unapplied> why) {
        synchronized (this) {
            if (settled) {
                return;
            }
            why.ifPresentOrElse(reason -> unapplied.put(side, reason), () -> applied.add(side));
            settleIfDone();
            if (settled) {
                return;
            }
        }
        waitForSides();
    }

    /** The sides that it waits for may have changed. */
    void reconsider() {
        synchronized (this) {
            if (settled || waiting.isEmpty()) {
                return;
            }
            settleIfDone();
            if (settled) {
                return;
            }
        }
        waitForSides();
    }

    /**
     * While the primary is being switched both sides are waited for, and what one of them does not take is not answered yet: if the
     * switch is given up, as it is then, the write is refused only if its primary refuses it.
     */
    private void settleIfDone() {
        Set<Side> sides = sides();
        if (applied.containsAll(sides)) {
            settle(outcome, "", true);
            return;
        }
        if (write.until() != Wait.BOTH && sides.size() > 1) {
            return;
        }
        for (Side side : sides) {
            Unapplied why = unapplied.get(side);
            if (why != null) {
                settle(
                        why.kind() == Unapplied.Kind.PARKED ? Published.Outcome.PARKED : Published.Outcome.REFUSED,
                        "%s: %s".formatted(side, why.reason()),
                        true);
                return;
            }
        }
    }

    /** It could not be sent, or it is not known whether it was. */
    synchronized void failed(Published.Outcome how, String reason) {
        if (!settled) {
            settle(how, reason, true);
        }
    }

    /**
     * The wait ran out. What is on its way to the log is answered when it is there, soon: until then all that could be said is that
     * it is not known.
     */
    synchronized void timedOut() {
        if (settled) {
            return;
        }
        if (partition < 0) {
            waitRanOut = true;
        } else {
            settle(outcome, "", false);
        }
    }

    /** The log has not acknowledged it in time either. */
    synchronized void lost() {
        if (!settled && partition < 0) {
            settle(Published.Outcome.UNKNOWN, "the log has not acknowledged it in time", false);
        }
    }

    private void settle(Published.Outcome how, String reason, boolean inTime) {
        settled = true;
        Published published = new Published(partition, offset, how, reason, applied, inTime);
        timers.forEach(timer -> timer.cancel(false));
        // Not in this thread: it may be one on which all other writes wait.
        completions.execute(() -> {
            cancelWaits();
            result.complete(published);
        });
    }

    private void cancelWaits() {
        CompletableFuture<Answer> asked;
        Map<Side, CompletableFuture<Optional<Unapplied>>> left;
        synchronized (this) {
            asked = answer;
            left = new EnumMap<>(waiting);
        }
        if (asked != null) {
            asked.cancel(false);
        }
        left.values().forEach(passed -> passed.cancel(false));
    }
}
