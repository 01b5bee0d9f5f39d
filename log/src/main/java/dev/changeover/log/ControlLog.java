package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The {@code control} topic as a compare-and-set register: everybody reads all of it and applies the rule of {@link
 * ControlState}; who appends reads their own record back to see whether it counted. Safe for use by several threads.
 */
public final class ControlLog implements AutoCloseable {
    /** How long a record of ours may take from sending to being read back. */
    public static final Duration READ_BACK_LIMIT = Duration.ofSeconds(20);

    private static final Duration CATCH_UP_LIMIT = Duration.ofSeconds(60);

    /** Whether an appended record counted. */
    public enum Outcome {
        /** It counted: the state has it. */
        WON,
        /** Somebody else was faster: read the state and decide anew. */
        LOST
    }

    private final String topic;
    private final byte[] key;
    private final Producer<byte[], byte[]> producer;
    private final Map<String, CompletableFuture<Outcome>> sent = new LinkedHashMap<>();
    private final List<BiConsumer<ControlState, ControlState>> listeners = new CopyOnWriteArrayList<>();
    private final Waiting waiting;
    private final Tail tail;
    private final End end;
    private final Object read = new Object();
    /** Offset of the next record to read; guarded by {@link #read}. */
    private long next;

    private volatile ControlState state = ControlState.START;

    /** Where {@code control} ends now. */
    interface End {
        /** @throws LogException if that cannot be found out within {@code limit} */
        long read(Duration limit) throws InterruptedException;

        void close();
    }

    /**
     * @param producer from now on ours
     * @param end from now on ours
     * @param following starts to hand each record of {@code control} to who is given to it
     */
    ControlLog(
            Migration migration,
            Producer<byte[], byte[]> producer,
            End end,
            Waiting waiting,
            Function<TopicTail.Handler, Tail> following) {
        this.topic = new Topics(migration.name()).control();
        this.key = migration.name().getBytes(StandardCharsets.UTF_8);
        this.producer = producer;
        this.end = end;
        this.waiting = waiting;
        try {
            this.tail = following.apply(this::handle);
        } catch (RuntimeException e) {
            end.close();
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /**
     * Reads all of {@code control}, then follows it.
     *
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    public static ControlLog open(Migration migration, LogSettings settings) {
        Clients clients = new Clients(settings);
        String topic = new Topics(migration.name()).control();
        ControlLog log = new ControlLog(
                migration,
                clients.producer("control-writer"),
                end(topic, clients.admin("control-end")),
                Waiting.REAL,
                handler -> TopicTail.start(clients, topic, "control-tail", Clients.Start.EARLIEST, handler));
        try {
            log.tail.awaitCaughtUp(CATCH_UP_LIMIT);
            return log;
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private static End end(String topic, Admin admin) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return new End() {
            @Override
            public long read(Duration limit) throws InterruptedException {
                try {
                    return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                            .partitionResult(partition)
                            .get(limit.toMillis(), TimeUnit.MILLISECONDS)
                            .offset();
                } catch (ExecutionException | TimeoutException e) {
                    throw new LogException("Cannot find out where control ends: " + e.getMessage(), e);
                }
            }

            @Override
            public void close() {
                admin.close(Duration.ZERO);
            }
        };
    }

    /** What holds as far as this process has read. */
    public ControlState state() {
        return state;
    }

    /** Whether it still follows the topic; if not, its state is old and nothing may be decided by it. */
    public boolean alive() {
        return tail.alive();
    }

    /**
     * Appends a record and waits until it is read back.
     *
     * @throws LogException if that did not happen in time: it may still come to count
     */
    public Outcome append(ControlRecord next) {
        CompletableFuture<Outcome> readBack = new CompletableFuture<>();
        String id = next.stamp().id();
        synchronized (sent) {
            sent.put(id, readBack);
        }
        try {
            long deadline = waiting.nanos() + READ_BACK_LIMIT.toNanos();
            producer.send(new ProducerRecord<>(topic, 0, key, Wire.write(next)))
                    .get(READ_BACK_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            return outcome(readBack, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while writing to control; it may still come to count", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new LogException(
                    "Cannot write to control: %s; it may still come to count".formatted(cause.getMessage()), e);
        } catch (TimeoutException e) {
            throw new LogException(
                    "Cannot read back from control within %d s what was written; it may still come to count"
                            .formatted(READ_BACK_LIMIT.toSeconds()),
                    e);
        } finally {
            synchronized (sent) {
                sent.remove(id);
            }
        }
    }

    private Outcome outcome(CompletableFuture<Outcome> readBack, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        synchronized (read) {
            while (!readBack.isDone()) {
                long left = deadline - waiting.nanos();
                if (left <= 0) {
                    throw new TimeoutException();
                }
                waiting.await(read, Duration.ofNanos(left));
            }
        }
        return readBack.get();
    }

    /**
     * Waits until everything has been read that was on the topic when this was called: the state is then at least as new as
     * that moment.
     *
     * @return false if that could not be found out within {@code limit}; the state may be old then
     */
    public boolean awaitEnd(Duration limit) throws InterruptedException {
        long deadline = waiting.nanos() + limit.toNanos();
        long upTo;
        try {
            upTo = end.read(limit);
        } catch (LogException e) {
            return false;
        }
        synchronized (read) {
            while (next < upTo) {
                long left = deadline - waiting.nanos();
                if (left <= 0) {
                    return false;
                }
                waiting.await(read, Duration.ofNanos(left));
            }
            return true;
        }
    }

    /** Waits until a state is read for which {@code condition} holds; the state then, whether or not it came to hold in time. */
    public ControlState await(Predicate<ControlState> condition, Duration limit) throws InterruptedException {
        long deadline = waiting.nanos() + limit.toNanos();
        synchronized (read) {
            while (!condition.test(state)) {
                long left = deadline - waiting.nanos();
                if (left <= 0) {
                    break;
                }
                waiting.await(read, Duration.ofNanos(left));
            }
            return state;
        }
    }

    /** Called with the state before and after each record that counts, in the tail's thread: it must return at once. */
    public AutoCloseable listen(BiConsumer<ControlState, ControlState> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void handle(ConsumerRecord<byte[], byte[]> found) {
        try {
            apply(found);
        } finally {
            synchronized (read) {
                next = found.offset() + 1;
                read.notifyAll();
            }
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> found) {
        ControlRecord record = Wire.control(found.value());
        ControlState before = state;
        boolean counts = before.counts(record);
        ControlState after = before.apply(record);
        state = after;
        CompletableFuture<Outcome> readBack;
        synchronized (sent) {
            readBack = sent.get(record.stamp().id());
        }
        if (readBack != null) {
            readBack.complete(counts ? Outcome.WON : Outcome.LOST);
            synchronized (read) {
                read.notifyAll(); // who wrote it need not wait for those who listen
            }
        }
        if (counts) {
            listeners.forEach(listener -> listener.accept(before, after));
        }
    }

    @Override
    public void close() {
        producer.close(LogLimits.CLOSE_TIMEOUT);
        tail.close();
        end.close();
    }
}
