package dev.changeover.verifier.observe;

import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.StoreReader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks again and again at what is known to differ, on both sides. What was parked and has gone in, and what somebody has set
 * right by hand, is never touched by the log again: without another look it would stay open for ever.
 */
public final class Rechecks implements AutoCloseable {
    /** Keys looked at in one round; of more, the next ones in the next round. */
    private static final int MOST_VERDICTS = 500;

    private final VerdictTail verdicts;
    private final StoreReader legacy;
    private final StoreReader target;
    private final Observations observations;
    private final Duration every;
    private final AtomicLong emitted = new AtomicLong();
    private final ObserverThread thread;
    private String last = "";

    private Rechecks(
            VerdictTail verdicts, StoreReader legacy, StoreReader target, Observations observations, Duration every) {
        this.verdicts = verdicts;
        this.legacy = legacy;
        this.target = target;
        this.observations = observations;
        this.every = every;
        this.thread = new ObserverThread("verifier-rechecks", this::step, () -> {});
    }

    public static Rechecks start(
            VerdictTail verdicts, StoreReader legacy, StoreReader target, Observations observations, Duration every) {
        Rechecks rechecks = new Rechecks(verdicts, legacy, target, observations, every);
        rechecks.thread.start();
        return rechecks;
    }

    public Optional<String> fault() {
        return thread.fault();
    }

    private void step() throws InterruptedException {
        if (thread.pause(every)) {
            return;
        }
        List<Verdict> open = verdicts.open(verdict -> verdict.place().compareTo(last) > 0, MOST_VERDICTS);
        last = open.size() < MOST_VERDICTS ? "" : open.get(open.size() - 1).place();
        List<RecordKey> due = open.stream().map(Verdict::key).distinct().toList();
        for (Side side : Side.values()) {
            List<RecordKey> there =
                    due.stream().filter(key -> lives(key.entity(), side)).toList();
            observations.look(side, side == Side.LEGACY ? legacy : target, there, Observations.Writer.OURS);
            emitted.addAndGet(there.size());
        }
    }

    private static boolean lives(Entity entity, Side side) {
        return entity.on(side).isPresent();
    }

    @Override
    public void close() {
        thread.close();
    }
}
