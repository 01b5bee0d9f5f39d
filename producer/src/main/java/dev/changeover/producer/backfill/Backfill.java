package dev.changeover.producer.backfill;

import dev.changeover.log.Backoff;
import dev.changeover.log.Barriers;
import dev.changeover.log.LogException;
import dev.changeover.log.LogSettings;
import dev.changeover.log.Outage;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.BackfillResult;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts everything that the legacy store holds on {@code writes} as snapshot reads, once. All that it knows is on the log: what
 * is planned on {@code backfill-tasks}, what is done on {@code backfill-results}; so it may be killed and started again, here
 * or elsewhere, and several processes may work at it.
 *
 * <p>When all chunks are through, a barrier of kind {@code backfill-complete} goes into every partition of {@code writes}. A
 * barrier may be written twice if the process dies in between; it means the same.
 */
public final class Backfill implements AutoCloseable {
    /** Kind and id of the barrier behind which there is nothing of the backfill. */
    public static final String COMPLETE = "backfill-complete";

    private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final long JOIN_MILLIS = 15_000;

    /** Whether this process also plans and closes the backfill, or only helps. */
    private enum Part {
        COORDINATOR,
        HELPER
    }

    private final Migration migration;
    private final LogSettings log;
    private final Topics topics;
    private final Part part;
    private final BackfillClients clients;
    private final Plan plan;
    private final Backoff backoff;
    private final InstantSource clock;
    private final Consumer<BackfillStep> reached;
    private final Ledger ledger;
    private final @Nullable Behind behind;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CompletableFuture<BackfillSummary> completion = new CompletableFuture<>();
    private final KafkaConsumer<byte[], byte[]> follower;
    private final String entity;
    private volatile boolean running = true;
    private volatile BackfillProgress.State state = BackfillProgress.State.PLANNING;
    private volatile String lastError = "";

    private Backfill(
            Migration migration,
            StoreReader legacy,
            LogSettings log,
            ProgressTail progress,
            BackfillSettings settings,
            Part part,
            InstantSource clock,
            RandomGenerator random,
            Consumer<BackfillStep> reached) {
        this.migration = migration;
        this.log = log;
        this.topics = new Topics(migration.name());
        this.part = part;
        this.clients = new BackfillClients(migration, log, settings.instance());
        this.plan = new Plan(migration, legacy, settings.chunkRecords(), clients, reached);
        this.backoff = new Backoff(settings.retryFirst(), settings.retryMax(), random);
        this.clock = clock;
        this.reached = reached;
        this.ledger = new Ledger(migration);
        this.follower = clients.reader("backfill-follower");
        this.entity = settings.entity();
        Pace pace = new Pace(settings.maxRecordsPerSecond());
        this.behind = settings.maxBehind() == 0 ? null : new Behind(migration, clients, progress, settings.maxBehind());
        for (int number = 0; number < settings.workers(); number++) {
            workers.add(new Worker(
                    number,
                    migration,
                    legacy,
                    clients,
                    settings,
                    ledger,
                    pace,
                    behind,
                    clock,
                    random,
                    reached,
                    new Reports()));
        }
    }

    /**
     * Plans what is not planned, publishes what is not published, and ends with the barrier.
     *
     * @param legacy remains the caller's to close, after the backfill, and so {@code progress}, which says how far the others are
     */
    public static Backfill start(
            Migration migration,
            StoreReader legacy,
            LogSettings log,
            ProgressTail progress,
            BackfillSettings settings,
            InstantSource clock) {
        return start(migration, legacy, log, progress, settings, clock, step -> {});
    }

    /** As above; {@code reached} is called at each step, for tests that kill it there. */
    public static Backfill start(
            Migration migration,
            StoreReader legacy,
            LogSettings log,
            ProgressTail progress,
            BackfillSettings settings,
            InstantSource clock,
            Consumer<BackfillStep> reached) {
        return new Backfill(
                        migration,
                        legacy,
                        log,
                        progress,
                        settings,
                        Part.COORDINATOR,
                        clock,
                        RandomGenerator.getDefault(),
                        reached)
                .started();
    }

    /** Helps another process with its backfill: publishes chunks, neither plans nor ends it. */
    public static Backfill help(
            Migration migration,
            StoreReader legacy,
            LogSettings log,
            ProgressTail progress,
            BackfillSettings settings,
            InstantSource clock) {
        return new Backfill(
                        migration,
                        legacy,
                        log,
                        progress,
                        settings,
                        Part.HELPER,
                        clock,
                        RandomGenerator.getDefault(),
                        step -> {})
                .started();
    }

    private Backfill started() {
        start(this::run, "backfill");
        for (int number = 0; number < workers.size(); number++) {
            start(workers.get(number), "backfill-worker-" + number);
        }
        return this;
    }

    private void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void run() {
        try {
            throughOutages(this::follow); // of what was planned before
            throughOutages(this::planIt);
            throughOutages(this::follow);
            throughOutages(this::awaitAllDone);
            if (onlyOne()) {
                completeOne();
                return;
            }
            throughOutages(this::sendBarrier);
            throughOutages(this::awaitBarrier);
        } catch (WakeupException | InterruptException e) {
            if (running) {
                fail(e);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            follower.close(CloseOptions.timeout(CLOSE_LIMIT));
            workers.forEach(Worker::stop);
            if (!running) {
                completion.completeExceptionally(
                        new IllegalStateException("The backfill was stopped; started again it goes on"));
            }
        }
    }

    /**
     * Kafka that does not answer is waited for at each step, as the workers do: all that was published is there, and nobody
     * would start the backfill again at night. Each step looks first at what is on the log.
     */
    private void throughOutages(Runnable step) {
        while (running) {
            try {
                step.run();
                if (state == BackfillProgress.State.WAITING) {
                    state = BackfillProgress.State.PUBLISHING;
                }
                backoff.succeeded();
                return;
            } catch (KafkaException | LogException e) {
                if (!Outage.isBehind(e)) {
                    throw e;
                }
                Duration wait = backoff.next();
                LOG.atWarn()
                        .addKeyValue("retryInMillis", wait.toMillis())
                        .log("The backfill waits for Kafka: {}", e.getMessage());
                LOG.atDebug().setCause(e).log("Cause");
                waits("Cannot reach Kafka: " + e.getMessage());
                pause(wait);
            }
        }
    }

    private void planIt() {
        while (running && part == Part.COORDINATOR) {
            try {
                plan.ensure(entity);
                state = BackfillProgress.State.PUBLISHING;
                return;
            } catch (StoreUnavailableException e) {
                waits("Cannot read the legacy store: " + e.getMessage());
                pause(backoff.next());
            }
        }
    }

    private void follow() {
        List<TopicPartition> partitions = new ArrayList<>(Plan.partitions(follower, topics.backfillTasks()));
        partitions.addAll(Plan.partitions(follower, topics.backfillResults()));
        follower.assign(partitions); // a second time it changes nothing
        Map<TopicPartition, Long> ends = follower.endOffsets(partitions);
        while (running && ends.entrySet().stream().anyMatch(end -> follower.position(end.getKey()) < end.getValue())) {
            read(false);
        }
    }

    private void read(boolean live) {
        for (ConsumerRecord<byte[], byte[]> read : follower.poll(POLL)) {
            if (read.topic().equals(topics.backfillTasks())) {
                ledger.add(Wire.backfillTask(read.value()));
            } else {
                ledger.add(Wire.backfillResult(read.value()), live);
            }
        }
    }

    private void awaitAllDone() {
        while (running && !(entity.isEmpty() ? ledger.allDone() : ledger.done(entity))) {
            read(true);
            if (ledger.planned() && state == BackfillProgress.State.PLANNING) {
                state = BackfillProgress.State.PUBLISHING;
            }
        }
    }

    /** Whether others are still to come after the entity that was asked for. */
    private boolean onlyOne() {
        return running && !entity.isEmpty() && !ledger.allDone();
    }

    private void completeOne() {
        BackfillProgress.OfEntity figures = ledger.byEntity().getOrDefault(entity, BackfillProgress.OfEntity.NOTHING);
        state = BackfillProgress.State.COMPLETE;
        LOG.atInfo()
                .addKeyValue("entity", entity)
                .addKeyValue("published", figures.published())
                .addKeyValue("bad", figures.bad())
                .log("The backfill of one entity is complete; others are left");
        completion.complete(new BackfillSummary(
                figures.published(),
                figures.bad(),
                new Position(Collections.nCopies(migration.partitions(), 0L)),
                false));
    }

    private void sendBarrier() {
        follow(); // the note may have arrived when nobody could say so
        if (!running || part == Part.HELPER || ledger.barrier().isPresent()) {
            return;
        }
        try (Barriers barriers = new Barriers(migration, log);
                KafkaProducer<byte[], byte[]> notes = clients.notes()) {
            Position at = barriers.send(new Barrier(COMPLETE, COMPLETE));
            reached.accept(BackfillStep.AFTER_BARRIER);
            BackfillProgress.OfEntity total = ledger.byEntity().values().stream()
                    .reduce(BackfillProgress.OfEntity.NOTHING, BackfillProgress.OfEntity::plus);
            BackfillResult note = new BackfillResult(
                    Ledger.BARRIER,
                    "",
                    total.published(),
                    total.bad(),
                    clock.millis(),
                    new String(Wire.write(at), StandardCharsets.UTF_8));
            notes.send(new ProducerRecord<>(
                            topics.backfillResults(), note.taskId().getBytes(StandardCharsets.UTF_8), Wire.write(note)))
                    .get(SEND_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new LogException("Cannot note that the backfill is complete: " + e.getMessage(), e);
        }
    }

    private void awaitBarrier() {
        while (running && ledger.barrier().isEmpty()) {
            read(true);
        }
        ledger.barrier().ifPresent(note -> {
            state = BackfillProgress.State.COMPLETE;
            BackfillSummary summary = new BackfillSummary(
                    note.published(), note.bad(), Wire.position(note.where().getBytes(StandardCharsets.UTF_8)), true);
            LOG.atInfo()
                    .addKeyValue("published", summary.published())
                    .addKeyValue("bad", summary.bad())
                    .log("The backfill is complete");
            completion.complete(summary);
        });
    }

    /** Done when the barrier is on the log; fails if it cannot go on by itself. */
    public CompletableFuture<BackfillSummary> completion() {
        return completion;
    }

    public BackfillProgress progress() {
        return new BackfillProgress(state, ledger.byEntity(), ledger.recordsPerSecond(), ledger.timeLeft(), lastError);
    }

    private void waits(String reason) {
        lastError = reason;
        state = BackfillProgress.State.WAITING;
    }

    private void fail(Throwable e) {
        lastError = e.getMessage() == null ? e.toString() : e.getMessage();
        state = BackfillProgress.State.FAILED;
        LOG.atError().setCause(e).log("The backfill stopped; somebody must act, then it can be started again");
        completion.completeExceptionally(e);
    }

    private synchronized void pause(Duration wait) {
        try {
            long until = System.nanoTime() + wait.toNanos();
            for (long left = wait.toMillis(); running && left > 0; left = (until - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    /** Stops in the middle of whatever it does; started again, it goes on from there. */
    @Override
    public void close() {
        synchronized (this) {
            running = false;
            notifyAll();
        }
        follower.wakeup();
        workers.forEach(Worker::stop);
        if (behind != null) {
            behind.close();
        }
        for (Thread thread : threads) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
    }

    private final class Reports implements Worker.Listener {
        @Override
        public void waits(String reason) {
            Backfill.this.waits(reason);
        }

        @Override
        public void goesOn() {
            if (state == BackfillProgress.State.WAITING) {
                state = BackfillProgress.State.PUBLISHING;
            }
        }

        @Override
        public void failed(Throwable failure) {
            fail(failure);
            running = false;
            follower.wakeup();
            workers.forEach(Worker::stop);
        }
    }
}
