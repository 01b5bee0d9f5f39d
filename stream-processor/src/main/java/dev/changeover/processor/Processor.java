package dev.changeover.processor;

import dev.changeover.log.Clients;
import dev.changeover.log.LogException;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.LogSettings;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The role between {@code writes} and {@code changes}: one instance of a Kafka Streams application that may run several times.
 * Exactly once, over any crash.
 */
public final class Processor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Processor.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(8);

    /** How many threads that died are replaced before the role gives up; each that lives on for long costs none. */
    private static final int MAX_REPLACED_THREADS = 20;

    /** What it is doing. */
    public enum State {
        /** Joining the group, or reading its state back from the log. */
        STARTING,
        RUNNING,
        /** Partitions are moving between instances. */
        REBALANCING,
        STOPPED,
        /** It gave up; the log says why, and it must be started anew. */
        FAILED
    }

    private final KafkaStreams streams;
    private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger replaced = new AtomicInteger();
    private final Object changed = new Object();
    private volatile State state = State.STARTING;
    private volatile String reason = "";

    private Processor(Migration migration, List<RecordCheck> checks, LogIdentity log, Properties options) {
        this.streams =
                new KafkaStreams(WritesTopology.of(migration, checks, log.clusterId() + "/" + log.topicId()), options);
        streams.setStateListener((now, before) -> enter(stateOf(now)));
        streams.setUncaughtExceptionHandler(this::threadDied);
    }

    /**
     * Starts to process; the topics must be there.
     *
     * @param checks what one side could take and the other not
     * @throws LogException if the topics are not there or Kafka cannot be reached
     */
    public static Processor start(
            Migration migration, LogSettings log, ProcessorSettings settings, List<RecordCheck> checks) {
        LogIdentity identity = TopicSetup.find(migration, log)
                .orElseThrow(() -> new LogException(
                        "Cannot start the processor: the topics of %s are not there yet".formatted(migration.name())));
        Processor processor = new Processor(migration, checks, identity, options(migration, log, settings));
        processor.streams.start();
        return processor;
    }

    /** What it is doing now. */
    public State state() {
        return state;
    }

    /** Why it failed; empty if it did not. */
    public String reason() {
        return reason;
    }

    /** Each new state, in a thread of Kafka Streams: the listener must return at once. */
    public AutoCloseable listen(Consumer<State> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /**
     * Waits until it runs.
     *
     * @return whether it did within {@code limit}
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitRunning(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (changed) {
            while (state != State.RUNNING) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0 || state == State.FAILED) {
                    return false;
                }
                changed.wait(left);
            }
            return true;
        }
    }

    /** Commits, leaves the group and stops. */
    @Override
    public void close() {
        // Who stays in the group without living is waited for at the next start until the session has timed out.
        boolean closed =
                streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(CLOSE_LIMIT));
        if (!closed) {
            LOG.atWarn().addKeyValue("limit", CLOSE_LIMIT).log("The processor did not stop in time");
        }
        enter(State.STOPPED);
    }

    private static Properties options(Migration migration, LogSettings log, ProcessorSettings settings) {
        String application = new Topics(migration.name()).processorGroup();
        Properties options = new Properties();
        options.putAll(new Clients(log).streamsOptions(application + "-" + settings.instanceId()));
        options.putAll(Map.<String, Object>of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                application,
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                settings.threads(),
                StreamsConfig.STATE_DIR_CONFIG,
                settings.stateDir().toString(),
                StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
                BoundedRocksDb.class,
                StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                1024L * 1024,
                // For what is new the processor asks for commits itself, see Pace.
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                Pace.BACKLOG_COMMIT.toMillis(),
                StreamsConfig.POLL_MS_CONFIG,
                5L,
                StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
                2_000));
        // One topic, so no record waits for those of another; without this Kafka Streams looks before each whether it
        // should.
        options.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        options.putAll(Map.<String, Object>of(
                // Static members keep their partitions over a restart; otherwise it waits for the old session to time
                // out.
                StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
                settings.instanceId(),
                StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                10_000,
                StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG),
                "earliest",
                StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG),
                8 * 1024 * 1024,
                StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
                2_000,
                StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG),
                128 * 1024,
                // A commit flushes: until then batches fill, and what it flushes is one request.
                StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG),
                100,
                // Two requests under way could overtake each other at the start of a transaction (KAFKA-18202).
                StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION),
                1,
                // The first send of a transaction is told to come again while the last one is still being finished: at
                // once.
                StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG),
                5,
                // A deletion with a hundred thousand children is one transaction.
                StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
                30_000));
        return options;
    }

    private StreamThreadExceptionResponse threadDied(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof StreamsException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        boolean hopeless = cause instanceof LogException || replaced.incrementAndGet() > MAX_REPLACED_THREADS;
        if (hopeless) {
            reason = String.valueOf(cause.getMessage());
            LOG.atError().setCause(failure).log("The processor stops");
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.atWarn().setCause(failure).log("A thread of the processor died and is replaced");
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private void enter(State next) {
        synchronized (changed) {
            if (state == State.FAILED && next == State.STOPPED) {
                return;
            }
            state = next;
            changed.notifyAll();
        }
        listeners.forEach(listener -> listener.accept(next));
    }

    private State stateOf(KafkaStreams.State now) {
        return switch (now) {
            case CREATED -> State.STARTING;
            case REBALANCING -> state == State.STARTING ? State.STARTING : State.REBALANCING;
            case RUNNING -> State.RUNNING;
            case PENDING_SHUTDOWN, NOT_RUNNING -> reason.isEmpty() ? State.STOPPED : State.FAILED;
            case PENDING_ERROR, ERROR -> State.FAILED;
        };
    }
}
