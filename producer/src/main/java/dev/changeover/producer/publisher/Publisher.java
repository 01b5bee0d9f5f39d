package dev.changeover.producer.publisher;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.Clients;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogException;
import dev.changeover.log.LogLimits;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts writes on the log and says what became of them. Safe for use by several threads; writes of one record by one thread keep
 * their order. No method waits for Kafka, unless the settings say that a full publisher holds its callers up.
 *
 * <p>No future fails: what went wrong is in the result. They are completed in one thread of the publisher, so what hangs on them
 * must return soon.
 */
public final class Publisher implements AutoCloseable {
    /** Kafka's own since 4.0: at hundreds of writes a second each would be a request otherwise, a quarter of a small broker's work. */
    private static final Duration LINGER = Duration.ofMillis(5);

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    /** Headers and the protocol's own bytes, in the reckoning of what an event takes. */
    private static final int OVERHEAD_BYTES = 512;

    /** How long the log has to acknowledge a write, however short its own wait. */
    private static final long MIN_LOG_MILLIS = 5_000;

    /** Silent for so long, and then for so long again: the log is away, and what is sent now would only pile up. */
    private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long SUSPECTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Migration migration;
    private final String writes;
    private final EventCodec codec;
    private final Acknowledging acknowledging;
    private final InstantSource clock;
    private final Room room;
    private final LogPulse pulse = new LogPulse(SILENT_NANOS, SUSPECTED_NANOS, System::nanoTime);
    private final KafkaProducer<byte[], byte[]> producer;
    private final Transactions transactions;
    private final AnswerTail answers;
    private final ProgressTail progress;
    /** What this publisher began for itself and ends with it, the last one first. */
    private final Deque<AutoCloseable> own = new ArrayDeque<>();

    private final AppliedWaits waits = new AppliedWaits();
    private final ScheduledThreadPoolExecutor timers;
    private final ExecutorService completions;
    private final ExecutorService batches;
    private final Set<UnderWay> waiting = ConcurrentHashMap.newKeySet();
    private volatile @Nullable CompletableFuture<Void> publishedFirst;

    private Publisher(
            Migration migration,
            LogSettings log,
            PublisherSettings settings,
            Acknowledging acknowledging,
            @Nullable ProgressTail progress,
            @Nullable AnswerTail answers,
            InstantSource clock) {
        this.migration = migration;
        this.writes = new Topics(migration.name()).writes();
        this.codec = new EventCodec(migration);
        this.acknowledging = acknowledging;
        this.clock = clock;
        this.room = new Room(settings);
        Clients clients = new Clients(log);
        this.producer = clients.producer("publisher", LINGER);
        this.transactions = new Transactions(
                clients, "changeover.%s.publisher.%s".formatted(migration.name(), settings.instance()));
        this.timers = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "publisher-timers"));
        timers.setRemoveOnCancelPolicy(true);
        this.completions = Executors.newSingleThreadExecutor(task -> daemon(task, "publisher-answers"));
        this.batches = Executors.newSingleThreadExecutor(task -> daemon(task, "publisher-batches"));
        this.answers = answers == null ? own(AnswerTail.start(migration, log)) : answers;
        this.progress = progress == null ? own(ProgressTail.start(migration, log)) : progress;
    }

    private <T extends AutoCloseable> T own(T begun) {
        own.push(begun);
        return begun;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Opens a publisher; it must be closed.
     *
     * @throws LogException if Kafka cannot be reached or the migration's topics are not there
     */
    public static Publisher open(
            Migration migration,
            LogSettings log,
            PublisherSettings settings,
            Acknowledging acknowledging,
            InstantSource clock) {
        Publisher publisher = new Publisher(migration, log, settings, acknowledging, null, null, clock);
        publisher.prepare();
        return publisher;
    }

    /**
     * As above, where several publishers are at work in one process: each tail of its own would ask the broker all the time.
     *
     * @param progress of the same migration on the same log, and so {@code answers}; both remain the caller's to close, after
     *     the publisher
     */
    public static Publisher open(
            Migration migration,
            LogSettings log,
            PublisherSettings settings,
            Acknowledging acknowledging,
            ProgressTail progress,
            AnswerTail answers,
            InstantSource clock) {
        Publisher publisher = new Publisher(migration, log, settings, acknowledging, progress, answers, clock);
        publisher.prepare();
        return publisher;
    }

    /** Whatever would make the first write slow is done before it. */
    private void prepare() {
        try {
            producer.partitionsFor(writes);
        } catch (KafkaException e) {
            close();
            throw new LogException("Cannot write to %s: %s".formatted(writes, e.getMessage()), e);
        }
        own.push(progress.listen(waits::on));
        progress.awaitCaughtUp(START_LIMIT);
        for (Side side : Side.values()) {
            for (int partition = 0; partition < migration.partitions(); partition++) {
                progress.of(side, partition).ifPresent(last -> waits.on(last, List.of()));
            }
        }
    }

    /** Creates or replaces a record; answered when the primary has it, or after 5 s. */
    public CompletableFuture<Published> put(EntityRecord record) {
        return publish(Write.put(record, "publisher", clock));
    }

    /** Creates a record; {@code CONFLICT} if there is one. */
    public CompletableFuture<Published> create(EntityRecord record) {
        return publish(Write.create(record, "publisher", clock));
    }

    /** RFC 7396 merge patch on the latest state; {@code NOT_FOUND} if there is none. */
    public CompletableFuture<Published> patch(RecordKey key, JsonText patch) {
        return publish(Write.patch(key, patch, "publisher", clock));
    }

    /** Deletes a record; also if there is none. */
    public CompletableFuture<Published> delete(RecordKey key) {
        return publish(Write.delete(key, "publisher", clock));
    }

    public CompletableFuture<Published> publish(Write write) {
        byte[] value = codec.write(write.event());
        ProducerRecord<byte[], byte[]> sending = event(write, value);
        long size = size(sending);
        Published no = refusal(size, 1, write.timeout());
        if (no != null) {
            return CompletableFuture.completedFuture(no);
        }
        UnderWay underWay = underWay(write);
        if (underWay.wantsAnswer()) {
            HeaderText.add(sending.headers(), Headers.ANSWER, "1");
        }
        try {
            pulse.sent();
            producer.send(sending, (written, failure) -> {
                pulse.acknowledged(failure == null);
                room.giveBackBytes(size);
                if (failure == null) {
                    underWay.onLog(written.partition(), written.offset());
                } else {
                    underWay.failed(outcome(failure), String.valueOf(failure.getMessage()));
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            // The callback is not called then: it never was in the producer's hands.
            pulse.acknowledged(false);
            room.giveBackBytes(size);
            underWay.failed(
                    e instanceof RecordTooLargeException ? Published.Outcome.INVALID : Published.Outcome.UNAVAILABLE,
                    String.valueOf(e.getMessage()));
        }
        return underWay.result();
    }

    /** All of them on the log, or none; in this order; results in the same order. */
    public CompletableFuture<List<Published>> publishAll(List<Write> all) {
        List<ProducerRecord<byte[], byte[]>> sending = new ArrayList<>(all.size());
        long size = 0;
        for (Write write : all) {
            sending.add(event(write, codec.write(write.event())));
            size += size(sending.get(sending.size() - 1));
        }
        Duration limit =
                all.stream().map(Write::timeout).max(Duration::compareTo).orElse(Duration.ZERO);
        Published no = all.isEmpty() ? null : refusal(largest(sending), size, all.size(), limit);
        if (no != null) {
            return CompletableFuture.completedFuture(
                    all.stream().map(ignored -> no).toList());
        }
        List<UnderWay> underWay = all.stream().map(this::underWay).toList();
        for (int i = 0; i < all.size(); i++) {
            if (underWay.get(i).wantsAnswer()) {
                HeaderText.add(sending.get(i).headers(), Headers.ANSWER, "1");
            }
        }
        long total = size;
        try {
            batches.execute(() -> {
                try {
                    write(sending, underWay);
                } finally {
                    room.giveBackBytes(total);
                }
            });
        } catch (RejectedExecutionException e) {
            room.giveBackBytes(total);
            underWay.forEach(one -> one.failed(Published.Outcome.UNAVAILABLE, "the publisher is closed"));
        }
        List<CompletableFuture<Published>> results =
                underWay.stream().map(UnderWay::result).toList();
        return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new))
                .thenApply(
                        ignored -> results.stream().map(CompletableFuture::join).toList());
    }

    private void write(List<ProducerRecord<byte[], byte[]>> sending, List<UnderWay> underWay) {
        CompletableFuture<Void> first = publishedFirst;
        if (first != null) {
            // They went with the other producer, so their order is kept by waiting only.
            first.exceptionally(ignored -> null).join();
        }
        try {
            List<RecordMetadata> written = transactions.write(sending);
            for (int i = 0; i < written.size(); i++) {
                underWay.get(i).onLog(written.get(i).partition(), written.get(i).offset());
            }
        } catch (Transactions.NothingWrittenException e) {
            underWay.forEach(one -> one.failed(Published.Outcome.UNAVAILABLE, String.valueOf(e.getMessage())));
        } catch (Transactions.InDoubtException e) {
            underWay.forEach(one -> one.failed(Published.Outcome.UNKNOWN, String.valueOf(e.getMessage())));
        }
    }

    /**
     * Puts events on the log that nobody waits for, before whatever is published next to the same partitions: snapshot reads of
     * records that a patch or delete rests on.
     *
     * @return false if they were not all handed over, because too much is under way or the log is away: then what rests on them
     *     must not be published now
     */
    public boolean publishFirst(List<ChangeEvent> events) {
        List<CompletableFuture<Void>> acknowledged = new ArrayList<>(events.size());
        for (ChangeEvent event : events) {
            Write write = Write.of(event);
            ProducerRecord<byte[], byte[]> sending = event(write, codec.write(event));
            long size = size(sending);
            if (pulse.stalled() || !room.take(size, 0, write.timeout())) {
                remember(acknowledged);
                return false;
            }
            CompletableFuture<Void> done = new CompletableFuture<>();
            acknowledged.add(done);
            try {
                pulse.sent();
                producer.send(sending, (ignored, failure) -> {
                    pulse.acknowledged(failure == null);
                    room.giveBackBytes(size);
                    done.complete(null);
                });
            } catch (KafkaException | IllegalStateException e) {
                pulse.acknowledged(false);
                room.giveBackBytes(size);
                done.complete(null);
                remember(acknowledged);
                return false;
            }
        }
        remember(acknowledged);
        return true;
    }

    private void remember(List<CompletableFuture<Void>> acknowledged) {
        if (!acknowledged.isEmpty()) {
            CompletableFuture<Void> before = publishedFirst;
            CompletableFuture<Void> now = CompletableFuture.allOf(acknowledged.toArray(CompletableFuture[]::new));
            publishedFirst = before == null || before.isDone() ? now : CompletableFuture.allOf(before, now);
        }
    }

    /** The sides that acknowledge may have changed: each write that waits asks for them again. */
    public void reconsider() {
        List.copyOf(waiting).forEach(UnderWay::reconsider);
    }

    /** Why it cannot answer writes now; empty if it can. */
    public List<String> unready() {
        List<String> reasons = new ArrayList<>();
        if (!answers.alive()) {
            reasons.add("the answers of the processor are not read any more");
        }
        if (!progress.alive()) {
            reasons.add("the progress of the sinks is not read any more");
        }
        if (pulse.stalled()) {
            reasons.add("Kafka has acknowledged nothing for %d s"
                    .formatted(TimeUnit.NANOSECONDS.toSeconds(SILENT_NANOS + SUSPECTED_NANOS)));
        }
        return reasons;
    }

    private UnderWay underWay(Write write) {
        UnderWay underWay = new UnderWay(write, answers, waits, acknowledging, completions);
        waiting.add(underWay);
        underWay.result().whenComplete((ignoredResult, ignoredFailure) -> {
            waiting.remove(underWay);
            room.giveBackWrites(1);
        });
        long waitMillis = write.timeout().toMillis();
        underWay.timeOutBy(timers.schedule(underWay::timedOut, waitMillis, TimeUnit.MILLISECONDS));
        underWay.timeOutBy(
                timers.schedule(underWay::lost, Math.max(waitMillis, MIN_LOG_MILLIS), TimeUnit.MILLISECONDS));
        return underWay;
    }

    private ProducerRecord<byte[], byte[]> event(Write write, byte[] value) {
        RecordKey key = write.event().key();
        ProducerRecord<byte[], byte[]> sending =
                new ProducerRecord<>(writes, migration.partitionOf(key), null, key.bytes(), value);
        HeaderText.add(sending.headers(), Headers.EVENT_ID, UUID.randomUUID().toString());
        HeaderText.add(sending.headers(), Headers.EPOCH, Long.toString(acknowledging.epoch()));
        addUnlessEmpty(sending, Headers.CONDITION, write.condition());
        addUnlessEmpty(sending, Headers.IDEMPOTENCY_KEY, write.idempotencyKey());
        addUnlessEmpty(sending, Headers.TRACEPARENT, write.traceparent());
        Side readFrom = write.readFrom();
        addUnlessEmpty(sending, Headers.READ_FROM, readFrom == null ? "" : readFrom.word());
        return sending;
    }

    private static void addUnlessEmpty(ProducerRecord<byte[], byte[]> sending, String header, String value) {
        if (!value.isEmpty()) {
            HeaderText.add(sending.headers(), header, value);
        }
    }

    private static long size(ProducerRecord<byte[], byte[]> sending) {
        return (long) sending.key().length + sending.value().length + OVERHEAD_BYTES;
    }

    private static long largest(List<ProducerRecord<byte[], byte[]>> sending) {
        return sending.stream().mapToLong(Publisher::size).max().orElse(0);
    }

    private @Nullable Published refusal(long size, int count, Duration limit) {
        return refusal(size, size, count, limit);
    }

    /** Why it is not even tried, or null if it may be; then the room is taken. */
    private @Nullable Published refusal(long largest, long size, int count, Duration limit) {
        if (largest > LogLimits.MAX_EVENT_BYTES) {
            return Published.notOnLog(
                    Published.Outcome.INVALID,
                    "The event takes %d bytes; at most %d are taken".formatted(largest, LogLimits.MAX_EVENT_BYTES));
        }
        if (pulse.stalled()) {
            return Published.notOnLog(Published.Outcome.UNAVAILABLE, "Kafka has acknowledged nothing for some seconds");
        }
        if (!room.take(size, count, limit)) {
            return Published.notOnLog(Published.Outcome.OVERLOADED, "Too much is under way");
        }
        return null;
    }

    private static Published.Outcome outcome(Exception failure) {
        // Only what the client refuses before it sends is sure; a batch that ran out of time may have arrived.
        return failure instanceof RecordTooLargeException ? Published.Outcome.INVALID : Published.Outcome.UNKNOWN;
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.atWarn().setCause(e).log("While closing a publisher");
        }
    }

    /** What is on its way is sent; what waits for an answer is not waited for. */
    @Override
    public void close() {
        batches.shutdown();
        producer.close(CLOSE_LIMIT);
        try {
            if (batches.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                transactions.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        own.forEach(Publisher::close);
        timers.shutdownNow();
        // What waits is answered now, as if its time had run out.
        List.copyOf(waiting).forEach(UnderWay::timedOut);
        List.copyOf(waiting).forEach(UnderWay::lost);
        completions.shutdown();
    }
}
