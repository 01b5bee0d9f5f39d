package dev.changeover.producer.backfill;

import dev.changeover.log.Backoff;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.BackfillResult;
import dev.changeover.model.topic.BackfillTask;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes chunks. A chunk is in one transaction: its records, the dead letters of its bad ones, its result, and the offset of its
 * task. So it is done once, whoever dies when.
 *
 * <p>A transaction costs the broker as much as hundreds of records. So several chunks go in one, as far as they are worked off
 * soon: a live write waits for all of them. On a slow machine each chunk goes by itself.
 *
 * <p>While a transaction is open, readers of {@code writes} see nothing that comes after its first record, live writes too.
 * So chunks are read first and the transaction is begun when all is at hand; only a chunk that is larger than the buffer is read
 * inside of it.
 */
final class Worker implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration EARLY_POLL = Duration.ofMillis(20);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    /** How often to look whether the processor and the sinks have caught up: each look asks the broker, which has its work to do. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** Who waits for them so long says so. */
    private static final Duration LONG_WAIT = Duration.ofSeconds(5);
    /** The part of what may stand before a live write that one transaction may be. */
    private static final int SHARE = 5;
    /** Records after which a transaction takes no further chunk, however fast they are worked off. */
    private static final long MOST_TOGETHER = Allowance.MOST / SHARE;

    private final int number;
    private final Migration migration;
    private final Topics topics;
    private final Scans legacy;
    private final BackfillClients clients;
    private final ChunkEvents events;
    private final Ledger ledger;
    private final Pace pace;
    private final @Nullable Behind behind;
    private final Backoff backoff;
    private final int bufferBytes;
    private final int maxRecordsPerSecond;
    private final InstantSource clock;
    private final Consumer<BackfillStep> reached;
    private final Listener listener;
    private final KafkaConsumer<byte[], byte[]> consumer;
    /** Partitions whose next task has to wait for others. */
    private final Map<TopicPartition, BackfillTask> early = new HashMap<>();
    /** Since when there are such, or when that was last said. */
    private long earlySince;

    private @Nullable KafkaProducer<byte[], byte[]> producer;
    private Gathered gathered = new Gathered();
    private int rebalances;
    private boolean holding;
    private volatile boolean running = true;

    /** Told in the worker's thread. */
    interface Listener {
        void waits(String reason);

        void goesOn();

        void failed(Throwable failure);
    }

    Worker(
            int number,
            Migration migration,
            StoreReader legacy,
            BackfillClients clients,
            BackfillSettings settings,
            Ledger ledger,
            Pace pace,
            @Nullable Behind behind,
            InstantSource clock,
            RandomGenerator random,
            Consumer<BackfillStep> reached,
            Listener listener) {
        this.number = number;
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.legacy = legacy.scans();
        this.clients = clients;
        this.events = new ChunkEvents(migration, clock, random);
        this.ledger = ledger;
        this.pace = pace;
        this.behind = behind;
        this.backoff = new Backoff(settings.retryFirst(), settings.retryMax(), random);
        this.bufferBytes = settings.bufferBytes();
        this.maxRecordsPerSecond = settings.maxRecordsPerSecond();
        this.clock = clock;
        this.reached = reached;
        this.listener = listener;
        this.consumer = clients.tasks(number);
    }

    @Override
    public void run() {
        try {
            prepare();
            consumer.subscribe(List.of(topics.backfillTasks()), new Rebalances());
            while (running) {
                ConsumerRecords<byte[], byte[]> tasks = consumer.poll(patience());
                for (ConsumerRecord<byte[], byte[]> task : tasks) {
                    attempt(() -> publish(task, Wire.backfillTask(task.value())));
                }
                if (tasks.isEmpty()) {
                    attempt(this::commit);
                }
                takeUpWhatWasEarly();
            }
        } catch (WakeupException | InterruptException e) {
            if (running) {
                listener.failed(e);
            }
        } catch (RuntimeException | Error e) {
            listener.failed(e);
        } finally {
            close();
        }
    }

    /** Ends at once what this worker left open when it was killed: everything behind it on {@code writes} waits for that. */
    private void prepare() {
        while (running) {
            try {
                open();
                return;
            } catch (RetriableException e) {
                listener.waits("Cannot reach Kafka: " + e.getMessage());
                throwAway();
            }
        }
    }

    private Duration patience() {
        if (!gathered.isEmpty()) {
            return Duration.ZERO;
        }
        return early.isEmpty() ? POLL : EARLY_POLL;
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (StoreUnavailableException e) {
            again(e, "Cannot read the legacy store: " + e.getMessage());
        } catch (AuthenticationException | AuthorizationException | WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            again(e, "Cannot publish: " + e.getMessage());
        }
    }

    private void publish(ConsumerRecord<byte[], byte[]> read, BackfillTask task) {
        if (Ledger.isNote(task)) {
            return;
        }
        if (!ledger.parentsAreThrough(task)) {
            TopicPartition partition = new TopicPartition(read.topic(), read.partition());
            consumer.seek(partition, read.offset());
            consumer.pause(List.of(partition));
            earlySince = early.isEmpty() ? System.nanoTime() : earlySince;
            early.put(partition, task);
            return;
        }
        if (gathered.isEmpty()) {
            gathered = new Gathered();
        }
        Entered chunk = new Entered(read, task);
        if (!read(chunk)) {
            return;
        }
        gathered.add(chunk);
        if (chunk.begun || gathered.records >= together()) {
            commit();
        }
    }

    /** @return false if this and what was gathered is somebody else's now, or will be given to us again */
    private boolean read(Entered chunk) {
        BackfillTask task = chunk.task;
        try (RecordStream records =
                legacy.scan(migration.entity(task.entity()), new Chunk(task.from(), task.to(), task.records()))) {
            while (records.hasNext()) {
                chunk.add(events.of(task, records.next()));
                if (gathered.bytes + chunk.bytes >= bufferBytes) {
                    if (!commit()) {
                        return false;
                    }
                    if (chunk.bytes >= bufferBytes) {
                        chunk.send();
                    }
                }
            }
            return true;
        } catch (StoreUnavailableException e) {
            if (!chunk.begun) {
                commit(); // what is whole does not wait for this one
            }
            throw e;
        }
    }

    /** How many records one transaction takes before it takes no further chunk. */
    private long together() {
        long worth = behind == null ? MOST_TOGETHER : behind.allowed() / SHARE;
        long rate = maxRecordsPerSecond == 0 ? MOST_TOGETHER : maxRecordsPerSecond / SHARE;
        return Math.min(MOST_TOGETHER, Math.min(worth, rate));
    }

    /**
     * Publishes what was gathered, if anything was.
     *
     * @return false if it is somebody else's now, or will be given to us again
     */
    private boolean commit() {
        if (gathered.isEmpty()) {
            return true;
        }
        Gathered whole = gathered;
        gathered = new Gathered();
        if (!whole.begun) {
            letOthersCatchUp();
            hold(pace.book((int) whole.records));
            if (!running) {
                return false;
            }
            if (rebalances != whole.rebalancesBefore) {
                goBack();
                return false;
            }
        } else {
            pace.book((int) whole.records);
        }
        whole.commit();
        reached.accept(BackfillStep.AFTER_CHUNK_COMMIT);
        backoff.succeeded();
        listener.goesOn();
        return true;
    }

    private void takeUpWhatWasEarly() {
        List<TopicPartition> due = early.entrySet().stream()
                .filter(each -> ledger.parentsAreThrough(each.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        early.keySet().removeAll(due);
        consumer.resume(due);
        if (!early.isEmpty() && System.nanoTime() - earlySince > LONG_WAIT.toNanos()) {
            earlySince = System.nanoTime();
            LOG.atInfo()
                    .addKeyValue("worker", number)
                    .addKeyValue(
                            "entities",
                            early.values().stream()
                                    .map(BackfillTask::entity)
                                    .distinct()
                                    .sorted()
                                    .collect(Collectors.joining(", ")))
                    .log("Chunks wait until what they refer to is published");
        }
    }

    /** A chunk on its way. */
    private final class Entered {
        private final ConsumerRecord<byte[], byte[]> read;
        private final BackfillTask task;
        private final List<ProducerRecord<byte[], byte[]>> buffered = new ArrayList<>();
        private long bytes;
        private long published;
        private long bad;
        private boolean begun;

        Entered(ConsumerRecord<byte[], byte[]> read, BackfillTask task) {
            this.read = read;
            this.task = task;
        }

        void add(ProducerRecord<byte[], byte[]> made) {
            buffered.add(made);
            bytes += made.value().length;
            if (events.isBad(made)) {
                bad++;
            } else {
                published++;
            }
        }

        /** Only of one that goes by itself. */
        void send() {
            KafkaProducer<byte[], byte[]> open = open();
            if (!begun) {
                open.beginTransaction();
                begun = true;
            }
            buffered.forEach(open::send);
            buffered.clear();
            bytes = 0;
        }
    }

    /** Whole chunks that go in one transaction. */
    private final class Gathered {
        private final List<Entered> chunks = new ArrayList<>();
        private final int rebalancesBefore = rebalances;
        private long bytes;
        private long records;
        private boolean begun;

        void add(Entered chunk) {
            chunks.add(chunk);
            bytes += chunk.bytes;
            records += chunk.published + chunk.bad;
            begun |= chunk.begun;
        }

        boolean isEmpty() {
            return chunks.isEmpty();
        }

        void commit() {
            KafkaProducer<byte[], byte[]> open = open();
            if (!begun) {
                open.beginTransaction();
            }
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (Entered chunk : chunks) {
                BackfillTask task = chunk.task;
                chunk.buffered.forEach(open::send);
                BackfillResult result = new BackfillResult(
                        task.id(),
                        task.entity(),
                        chunk.published,
                        chunk.bad,
                        clock.millis(),
                        task.from() + " to " + task.to());
                open.send(new ProducerRecord<>(
                        topics.backfillResults(), task.id().getBytes(StandardCharsets.UTF_8), Wire.write(result)));
                // a partition's tasks come in their order
                next.put(
                        new TopicPartition(chunk.read.topic(), chunk.read.partition()),
                        new OffsetAndMetadata(chunk.read.offset() + 1));
            }
            open.sendOffsetsToTransaction(next, consumer.groupMetadata());
            open.flush();
            reached.accept(BackfillStep.BEFORE_CHUNK_COMMIT);
            open.commitTransaction();
        }
    }

    private KafkaProducer<byte[], byte[]> open() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open == null) {
            open = clients.worker(number);
            producer = open;
            open.initTransactions();
        }
        return open;
    }

    /**
     * After any failure the producer is thrown away: the next one with its id ends what is open, or completes what was being
     * committed. Then the group's offset says whether the task was done.
     */
    private void again(RuntimeException e, String reason) {
        gathered = new Gathered();
        Duration wait = backoff.next();
        LOG.atWarn()
                .addKeyValue("worker", number)
                .addKeyValue("retryInMillis", wait.toMillis())
                .log("A chunk was not published, it is tried again: {}", reason);
        LOG.atDebug().setCause(e).log("Cause");
        listener.waits(reason);
        throwAway();
        hold(wait);
        while (running) {
            try {
                open();
                goBack();
                return;
            } catch (RetriableException stillAway) {
                listener.waits("Cannot reach Kafka: " + stillAway.getMessage());
                throwAway();
                hold(backoff.next());
            }
        }
    }

    private void goBack() {
        // What an early one waits for may be among what is done again, before it in its own partition.
        early.clear();
        consumer.resume(consumer.assignment());
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment());
        for (TopicPartition partition : consumer.assignment()) {
            OffsetAndMetadata at = committed.get(partition);
            if (at == null) {
                consumer.seekToBeginning(List.of(partition));
            } else {
                consumer.seek(partition, at.offset());
            }
        }
    }

    private void letOthersCatchUp() {
        if (behind != null) {
            long began = System.nanoTime();
            while (running && behind.tooMany()) {
                hold(LOOK_AGAIN);
                if (System.nanoTime() - began > LONG_WAIT.toNanos()) {
                    listener.waits("The processor or a sink is more than %d events behind".formatted(behind.allowed()));
                    behind.passOverAborted();
                    began = System.nanoTime();
                }
            }
        }
    }

    /** Waits, and stays in the group meanwhile. */
    private void hold(Duration wait) {
        long until = System.nanoTime() + wait.toNanos();
        holding = true;
        consumer.pause(consumer.assignment());
        try {
            for (long left = wait.toNanos(); running && left > 0; left = until - System.nanoTime()) {
                consumer.poll(Duration.ofNanos(Math.min(left, POLL.toNanos())));
            }
        } finally {
            holding = false;
            Set<TopicPartition> going = new HashSet<>(consumer.assignment());
            going.removeAll(early.keySet());
            consumer.resume(going);
        }
    }

    private void throwAway() {
        KafkaProducer<byte[], byte[]> old = producer;
        producer = null;
        if (old != null) {
            old.close(Duration.ZERO);
        }
    }

    /** To be called from any thread. */
    void stop() {
        running = false;
        consumer.wakeup();
    }

    private void close() {
        throwAway();
        try {
            consumer.close(CloseOptions.timeout(CLOSE_LIMIT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        } catch (KafkaException e) {
            LOG.atDebug().addKeyValue("worker", number).log("While closing: {}", e.getMessage());
        }
    }

    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            rebalances++;
            early.keySet().removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            rebalances++;
            if (holding) {
                consumer.pause(consumer.assignment());
            }
        }
    }
}
