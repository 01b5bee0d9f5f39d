package dev.changeover.sink;

import dev.changeover.log.Backoff;
import dev.changeover.log.Clients;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.FencedException;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.Store;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies {@code changes} to one side's store, each event once in effect.
 *
 * <p>Two threads: this one reads and decodes, another one applies, so that the next batch is read while the last one is being
 * applied. At most one batch is being applied and one is being filled. What changes the store's ownership (claim, and giving
 * partitions up) happens only while nothing is being applied.
 *
 * <p>Whatever goes wrong at the store ends alike: what was read is forgotten, the store is claimed again and says where to go on.
 * So a commit whose answer got lost needs no case of its own.
 */
public final class Sink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sink.class);
    private static final Duration QUIET_POLL = Duration.ofMillis(100);
    /** How long a batch that is ready waits for more while the one before is still being applied. */
    private static final Duration BUSY_POLL = Duration.ofMillis(2);

    private static final long COMMIT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOSE_MILLIS = 15_000;

    private final Side side;
    private final Store store;
    private final LogId log;
    private final int maxBatchRows;
    private final int maxBatchBytes;
    private final int maxFences;
    private final Backoff backoff;
    private final Consumer<SinkStep> reached;
    private final ChangesReader reader;
    private final Announcer announcer;
    private final ExecutorService applier;
    private final LongSupplier nanos;
    private final Thread thread;
    private final Map<Integer, Long> applied = new HashMap<>();
    /** Partitions in which the marker to retry has come; what a change waits for may be in another one. */
    private final Set<Integer> retriedIn = new HashSet<>();

    private @Nullable Future<?> applying;
    private @Nullable PendingBatch inFlight;
    private long retryAtNanos;
    private boolean waiting;
    private int fencesInARow;
    private long committedAtNanos;
    private boolean commitDue;

    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong parked = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong fences = new AtomicLong();
    private final AtomicLong decodeNanos = new AtomicLong();
    private final AtomicLong applyNanos = new AtomicLong();
    private volatile Set<Integer> claimed = Set.of();
    private volatile boolean running = true;
    private volatile SinkHealth.State state = SinkHealth.State.STARTING;
    private volatile String words = "joins its group";
    private volatile String lastError = "";
    private volatile Map<Integer, Long> lagByPartition = Map.of();

    /**
     * What a sink works with, all of it its own to close.
     *
     * @param consumer a member of its group
     * @param producer for what it announces
     * @param applier does one task after the other
     * @param nanos a clock that never jumps, as {@link System#nanoTime}
     */
    record Parts(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            Producer<byte[], byte[]> producer,
            ExecutorService applier,
            LongSupplier nanos) {
        static Parts of(Side side, LogSettings logSettings, SinkSettings settings) {
            Clients clients = new Clients(logSettings);
            return new Parts(
                    ChangesReader.consumer(side, clients, settings),
                    clients.producer(side.word() + "-sink-announcer"),
                    Executors.newSingleThreadExecutor(task -> daemon(task, side.word() + "-sink-apply")),
                    System::nanoTime);
        }
    }

    Sink(
            Migration migration,
            Side side,
            Store store,
            Parts parts,
            LogIdentity identity,
            SinkSettings settings,
            InstantSource clock,
            RandomGenerator random,
            Consumer<SinkStep> reached) {
        this.side = side;
        this.store = store;
        this.log = new LogId(identity.clusterId(), identity.topicId(), identity.partitions());
        this.maxBatchRows = settings.maxBatchRows();
        this.maxBatchBytes = settings.maxBatchBytes();
        this.maxFences = settings.maxFences();
        this.backoff = new Backoff(settings.retryFirst(), settings.retryMax(), random);
        this.reached = reached;
        this.nanos = parts.nanos();
        this.reader = new ChangesReader(migration, side, parts.consumer(), this::awaitApplying);
        this.announcer = new Announcer(migration, side, store, parts.producer(), clock, reached);
        this.applier = parts.applier();
        this.thread = daemon(this::run, side.word() + "-sink");
    }

    /**
     * Starts a sink; it runs until it is closed, or until something happens that only people can settle, which {@link #health}
     * tells.
     *
     * @param store opened for writing; remains the caller's to close, after the sink
     */
    public static Sink start(
            Migration migration,
            Side side,
            Store store,
            LogSettings logSettings,
            LogIdentity identity,
            SinkSettings settings,
            InstantSource clock) {
        return start(migration, side, store, logSettings, identity, settings, clock, step -> {});
    }

    /** As above; {@code reached} is called at each step, in the sink's threads, for tests that kill it there. */
    public static Sink start(
            Migration migration,
            Side side,
            Store store,
            LogSettings logSettings,
            LogIdentity identity,
            SinkSettings settings,
            InstantSource clock,
            Consumer<SinkStep> reached) {
        Sink sink = new Sink(
                migration,
                side,
                store,
                Parts.of(side, logSettings, settings),
                identity,
                settings,
                clock,
                RandomGenerator.getDefault(),
                reached);
        sink.thread.start();
        return sink;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void run() {
        try {
            join();
            while (running) {
                step();
            }
        } catch (WakeupException | InterruptException e) {
            if (running) {
                fail(e);
            }
        } catch (FencedInstanceIdException e) {
            fail(new IllegalStateException(
                    "%s: Another process with the same instance name joined the group. Give each process its own data directory"
                            .formatted(side),
                    e));
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            finish();
        }
    }

    /** Before the first {@link #step}. */
    void join() {
        reader.join();
    }

    /** Once through the loop; whatever the store throws leads back to a claim. */
    void step() {
        try {
            if (waiting && nanos.getAsLong() < retryAtNanos) {
                reader.idle(shorter(QUIET_POLL, Duration.ofNanos(retryAtNanos - nanos.getAsLong())));
            } else if (reader.claimNeeded()) {
                claim();
            } else {
                boolean moved = reader.read(busy() && reader.pending().hasRecords() ? BUSY_POLL : QUIET_POLL);
                applyWhatIsDue(moved);
                tellWhereWeAre();
            }
        } catch (StoreUnavailableException e) {
            retryLater(e, "waits for the store");
        } catch (OutcomeUnknownException e) {
            retryLater(e, "asks the store what became of its last batch");
        } catch (FencedException e) {
            giveUp(e);
        } catch (RetriableException e) {
            retryLater(e, "waits for Kafka");
        }
    }

    /** Takes the store over for the partitions that the group gave us, and goes on from where the store is. */
    private void claim() {
        awaitApplying();
        applying = null;
        inFlight = null;
        waiting = false;
        if (reader.assigned().isEmpty()) {
            reader.idle(QUIET_POLL);
            state(SinkHealth.State.STARTING, "has no partitions: other processes have them all");
            return;
        }
        Map<Integer, Long> from = store.claim(log, reader.assigned());
        claimed = Set.copyOf(from.keySet());
        retriedIn.clear();
        reached.accept(SinkStep.AFTER_CLAIM);
        reader.goOn(from, store.positions());
        announcer.announceAll(reader.assigned());
        applied.clear();
        applied.putAll(from);
        commitDue = true;
        state(SinkHealth.State.RUNNING, "applies partitions " + reader.assigned());
        LOG.atInfo().addKeyValue("side", side).addKeyValue("from", from).log("Claimed partitions of the store");
    }

    /**
     * Small batches while there is little to do, large ones when there is much.
     *
     * <p>Kafka's own markers take offsets too. They are passed with the next event, or when nothing comes any more, so that a
     * transaction with one event costs one commit of the store and not two.
     */
    private void applyWhatIsDue(boolean moved) {
        PendingBatch pending = reader.pending();
        boolean full = pending.rows() >= maxBatchRows || pending.bytes() >= maxBatchBytes;
        if (busy() && !full) {
            return;
        }
        settle();
        if (pending.hasRecords() || (pending.moves() && !moved)) {
            PendingBatch batch = reader.take();
            inFlight = batch;
            applying = applier.submit(() -> apply(batch));
            return;
        }
        announcer.oweWhatWasSaidLongAgo(reader.assigned());
        if (announcer.owed()) {
            applying = applier.submit(announcer::sendOwed);
        }
    }

    private boolean busy() {
        Future<?> task = applying;
        return task != null && !task.isDone();
    }

    private void awaitApplying() {
        Future<?> task = applying;
        if (task == null) {
            return;
        }
        try {
            task.get();
        } catch (ExecutionException e) {
            // Told by settle(), or of no importance any more: the store is claimed anew.
            LOG.atDebug().addKeyValue("side", side).log("A batch did not go in: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    /** Waits for the batch that is being applied and throws what went wrong with it. */
    private void settle() {
        Future<?> task = applying;
        PendingBatch batch = inFlight;
        if (task == null) {
            return;
        }
        applying = null;
        inFlight = null;
        try {
            task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
        if (batch != null) {
            applied.putAll(batch.ends());
            commitDue = true;
            backoff.succeeded();
            fencesInARow = 0;
        }
    }

    private void apply(PendingBatch pending) {
        reached.accept(SinkStep.BEFORE_APPLY);
        long began = nanos.getAsLong();
        List<ApplyOutcome> outcomes = store.apply(pending.batch());
        applyNanos.addAndGet(nanos.getAsLong() - began);
        reached.accept(SinkStep.AFTER_APPLY);
        count(pending, outcomes);
        boolean throughAll = false;
        if (!pending.retriesParked().isEmpty()) {
            retryParked();
            retriedIn.addAll(pending.retriesParked());
            throughAll = retriedIn.containsAll(claimed);
        }
        announcer.announce(pending, outcomes);
        if (throughAll) {
            retriedIn.clear();
            announcer.announceOrphans();
        }
    }

    /** The backfill is through, or somebody asked: what still waits now waits for something that is not in the log. */
    private void retryParked() {
        int wentIn = store.retryParked();
        int left = store.parked().size();
        LOG.atInfo()
                .addKeyValue("side", side)
                .addKeyValue("wentIn", wentIn)
                .addKeyValue("stillParked", left)
                .log("Tried once more what was parked or refused");
    }

    private void count(PendingBatch pending, List<ApplyOutcome> outcomes) {
        batches.incrementAndGet();
        events.addAndGet(pending.rows());
        bytes.addAndGet(pending.bytes());
        for (ApplyOutcome outcome : outcomes) {
            if (outcome instanceof ApplyOutcome.Parked) {
                parked.incrementAndGet();
            } else if (outcome instanceof ApplyOutcome.Refused) {
                refused.incrementAndGet();
            }
        }
    }

    private void tellWhereWeAre() {
        long now = nanos.getAsLong();
        if (now - committedAtNanos < COMMIT_EVERY_NANOS) {
            return;
        }
        committedAtNanos = now;
        decodeNanos.set(reader.decodeNanos());
        lagByPartition = reader.lag(applied);
        if (!reader.halted().isEmpty()) {
            lastError = String.join("\n", reader.halted().values());
            state(
                    SinkHealth.State.FAILED,
                    "partitions %s stand still, the others go on"
                            .formatted(reader.halted().keySet()));
        }
        if (commitDue) {
            commitDue = false;
            reader.commit(applied);
        }
    }

    private void retryLater(RuntimeException e, String what) {
        retries.incrementAndGet();
        Duration wait = backoff.next();
        reader.stop();
        waiting = true;
        retryAtNanos = nanos.getAsLong() + wait.toNanos();
        lastError = message(e);
        state(SinkHealth.State.WAITING, what + ": " + message(e));
        LOG.atWarn()
                .addKeyValue("side", side)
                .addKeyValue("retryInMillis", wait.toMillis())
                .log("The sink {}: {}", what, message(e));
    }

    /**
     * Somebody else claimed the store: usually the group moved our partitions while we slept. We ask the group again; if it keeps
     * giving us what another one keeps claiming, two groups write to one store, and only people can say which is right.
     */
    private void giveUp(FencedException e) {
        fences.incrementAndGet();
        if (++fencesInARow >= maxFences) {
            throw new IllegalStateException(
                    ("%s: Another writer took the store %d times in a row: %s. Stop the other pipeline on this store, or"
                                    + " give both the same group.")
                            .formatted(side, fencesInARow, e.getMessage()),
                    e);
        }
        reader.rejoin();
        retryLater(e, "was fenced off and asks the group again");
    }

    private void fail(Throwable e) {
        lastError = message(e);
        state(SinkHealth.State.FAILED, lastError);
        LOG.atError().addKeyValue("side", side).setCause(e).log("The sink stopped; somebody must act");
    }

    private void finish() {
        try {
            awaitApplying();
            applier.shutdown();
            announcer.close();
            reader.commit(applied);
            reader.close();
        } catch (KafkaException e) {
            LOG.atDebug().addKeyValue("side", side).log("While closing: {}", e.getMessage());
        }
        if (state != SinkHealth.State.FAILED) {
            state(SinkHealth.State.STOPPED, "stopped");
        }
    }

    private void state(SinkHealth.State now, String what) {
        state = now;
        words = what;
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static Duration shorter(Duration a, Duration b) {
        Duration shorter = a.compareTo(b) < 0 ? a : b;
        return shorter.isNegative() ? Duration.ZERO : shorter;
    }

    public SinkHealth health() {
        return new SinkHealth(
                state,
                words,
                lastError,
                lagByPartition,
                new SinkHealth.Counters(
                        events.get(),
                        bytes.get(),
                        parked.get(),
                        refused.get(),
                        batches.get(),
                        retries.get(),
                        fences.get(),
                        decodeNanos.get(),
                        applyNanos.get()));
    }

    /** Stops after the batch that is being applied; the store is not closed. */
    @Override
    public void close() {
        running = false;
        reader.wakeUp();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
