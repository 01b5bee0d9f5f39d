package dev.changeover.app.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.MigrationView;
import dev.changeover.app.http.Operations;
import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Verdict;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.producer.gateway.ReadShares;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.explain.Differences;
import dev.changeover.verifier.explain.Three;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads by percentage, and shadow reads. The shares stand on {@code control} as the last entry of the audit with the action
 * {@value #ACTION}: so all gateways have the same ones, they outlive a restart, and it is known who set them.
 *
 * <p>A shadow read never delays or changes an answer: it is made afterwards, in a thread of its own, and left out where too many wait.
 * If the two sides differ, and still do when both have applied what was on the log at that moment, that is a difference; otherwise one side
 * was only behind.
 */
final class SharedReads implements ReadShares, AutoCloseable {
    private static final String ACTION = "reads";
    private static final Logger LOG = LoggerFactory.getLogger(SharedReads.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MOST_WAITING = 200;
    private static final int MOST_EXAMPLES = 20;
    private static final int SHARES = 1_000_000;
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private final Migration migration;
    private final ControlLog control;
    private final Phases phases;
    private final ProgressTail progress;
    private final Map<Side, StoreReader> stores;
    private final InstantSource clock;
    private final ThreadPoolExecutor thread;
    private final AtomicLong fromTarget = new AtomicLong();
    private final AtomicLong targetBehind = new AtomicLong();
    private final AtomicLong equal = new AtomicLong();
    private final AtomicLong behind = new AtomicLong();
    private final AtomicLong different = new AtomicLong();
    private final AtomicLong unreadable = new AtomicLong();
    private final AtomicLong leftOut = new AtomicLong();
    private final Deque<ObjectNode> examples = new ArrayDeque<>();
    private volatile Known known = new Known(-1, ReadSettings.NONE);

    /** The settings, and how many entries the audit had when they were read. */
    private record Known(long entries, ReadSettings settings) {}

    SharedReads(
            Migration migration,
            ControlLog control,
            Phases phases,
            ProgressTail progress,
            Map<Side, StoreReader> stores,
            InstantSource clock) {
        this.migration = migration;
        this.control = control;
        this.phases = phases;
        this.progress = progress;
        this.stores = Map.copyOf(stores);
        this.clock = clock;
        this.thread =
                new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread named = new Thread(task, "shadow-reads");
                    named.setDaemon(true);
                    return named;
                });
        thread.allowCoreThreadTimeOut(true);
    }

    private ReadSettings settings() {
        Known last = known;
        List<ControlRecord.AuditEntry> audit = control.state().audit();
        if (last.entries() != audit.size() || audit.size() >= ControlState.MAX_AUDIT) {
            last = new Known(audit.size(), settings(audit));
            known = last;
        }
        return last.settings();
    }

    private static ReadSettings settings(List<ControlRecord.AuditEntry> audit) {
        for (int i = audit.size() - 1; i >= 0; i--) {
            if (audit.get(i).action().equals(ACTION)) {
                return ReadSettings.of(parsed(audit.get(i).detail()));
            }
        }
        return ReadSettings.NONE;
    }

    private static JsonNode parsed(JsonText text) {
        try {
            return MAPPER.readTree(text.text());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Invalid entry of the audit: " + text, e);
        }
    }

    @Override
    public boolean fromTarget(RecordKey key) {
        double percent = settings().targetPercent(key.entity());
        ControlState state = control.state();
        if (percent == 0
                || state.phase() != Phase.DUAL_WRITE
                || Canonical.bucket(key, SHARES) >= percent / 100 * SHARES) {
            return false;
        }
        int partition = migration.partitionOf(key);
        if (writesNext(Side.TARGET, partition) < writesNext(Side.LEGACY, partition)) {
            targetBehind.incrementAndGet();
            return false;
        }
        fromTarget.incrementAndGet();
        return true;
    }

    private long writesNext(Side side, int partition) {
        return progress.of(side, partition).map(Progress::writesNext).orElse(0L);
    }

    @Override
    public void served(RecordKey key) {
        double percent = settings().shadowPercent(key.entity());
        Phase phase = control.state().phase();
        if (percent == 0
                || (phase != Phase.DUAL_WRITE && phase != Phase.CUT_OVER)
                || ThreadLocalRandom.current().nextDouble(100) >= percent) {
            return;
        }
        try {
            thread.execute(() -> compare(key));
        } catch (RejectedExecutionException e) {
            leftOut.incrementAndGet();
        }
    }

    private void compare(RecordKey key) {
        try {
            if (same(three(key))) {
                equal.incrementAndGet();
                return;
            }
            int partition = migration.partitionOf(key);
            long reached = Math.max(writesNext(Side.LEGACY, partition), writesNext(Side.TARGET, partition));
            progress.await(
                    () -> writesNext(Side.LEGACY, partition) >= reached
                            && writesNext(Side.TARGET, partition) >= reached,
                    SETTLE);
            Three again = three(key);
            if (same(again)) {
                behind.incrementAndGet();
            } else {
                differ(key, again);
            }
        } catch (StoreUnavailableException e) {
            unreadable.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            unreadable.incrementAndGet();
            LOG.atWarn().setCause(e).addKeyValue("key", key.label()).log("A shadow read has failed");
        }
    }

    private Three three(RecordKey key) {
        Reading legacy = reading(key, Side.LEGACY);
        Reading target = reading(key, Side.TARGET);
        return new Three(
                legacy.found().get(key),
                null,
                null,
                target.found().get(key),
                legacy.faults().getOrDefault(key, ""),
                target.faults().getOrDefault(key, ""));
    }

    private Reading reading(RecordKey key, Side side) {
        StoreReader store = stores.get(side);
        if (store == null) {
            throw new StoreUnavailableException("This process does not read the %s side".formatted(side));
        }
        return store.read(key.entity(), List.of(key));
    }

    private static boolean same(Three three) {
        EntityRecord legacy = three.legacy();
        EntityRecord target = three.target();
        if (!three.legacyFault().isEmpty() || !three.targetFault().isEmpty()) {
            return false;
        }
        if (legacy == null || target == null) {
            return legacy == null && target == null;
        }
        return Canonical.digest(legacy).equals(Canonical.digest(target));
    }

    private void differ(RecordKey key, Three three) {
        different.incrementAndGet();
        Side primary = control.state().primary();
        Side wrong = primary.other();
        EntityRecord there = three.on(wrong);
        Verdict.Kind kind = there == null
                ? Verdict.Kind.MISSING
                : three.on(primary) == null ? Verdict.Kind.EXTRA : Verdict.Kind.MISMATCH;
        ObjectNode example = MigrationView.mismatch(new Verdict(
                key,
                kind,
                wrong,
                migration.partitionOf(key),
                -1,
                clock.millis(),
                "shadow-read",
                Differences.of(key.entity(), three, wrong, kind, Differences.Logged.NEVER)));
        synchronized (examples) {
            examples.addLast(example);
            if (examples.size() > MOST_EXAMPLES) {
                examples.removeFirst();
            }
        }
    }

    /** What is set, and what came of it in this process. */
    ObjectNode toJson() {
        ObjectNode json = settings().toJson();
        json.put("served_from_target", fromTarget.get());
        json.put("target_behind", targetBehind.get());
        ObjectNode shadows = json.putObject("shadow_reads");
        counts().forEach((outcome, count) -> shadows.put(outcome, count.get()));
        synchronized (examples) {
            json.putArray("examples").addAll(examples);
        }
        return json;
    }

    /** Shadow reads by what came of them. */
    Map<String, AtomicLong> counts() {
        return Map.of(
                "equal", equal,
                "behind", behind,
                "different", different,
                "unreadable", unreadable,
                "left_out", leftOut);
    }

    /**
     * Sets the shares; without {@code target} and {@code shadow} only says what they are.
     *
     * @throws Problem if an option is invalid, or there is nothing to be shared any more
     */
    Operations.Work work(JsonNode options) {
        ReadSettings wanted = settings().with(migration, options);
        if (control.state().phase() == Phase.COMPLETE) {
            throw Problem.refused("The migration is complete: all reads are the target's");
        }
        return operation -> {
            if (options.hasNonNull("target") || options.hasNonNull("shadow")) {
                phases.audit(
                        options.path("who").asText("operator"),
                        options.path("why").asText(""),
                        ACTION,
                        new JsonText(wanted.toJson().toString()));
            }
            return toJson();
        };
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
