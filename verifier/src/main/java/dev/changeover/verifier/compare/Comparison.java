package dev.changeover.verifier.compare;

import dev.changeover.log.Clients;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The comparing topology at work. Several processes may run it; Kafka Streams shares the partitions out. */
public final class Comparison implements AutoCloseable {
    /** On {@code observations}: who looked, where it was not an observer: {@code deep-scan}. */
    public static final String SOURCE_HEADER = "co-source";

    private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final Duration ADMIN_LIMIT = Duration.ofSeconds(10);

    private final Migration migration;
    private final LogSettings log;
    private final KafkaStreams streams;
    private final CompareStatus status = new CompareStatus();
    private volatile String fault = "";

    private Comparison(Migration migration, LogSettings log, ComparisonSettings settings) {
        this.migration = migration;
        this.log = log;
        WatchedClients clients = new WatchedClients(new Topics(migration.name()).changes());
        Topology topology = ComparingTopology.of(migration, clients, status);
        this.streams = new KafkaStreams(topology, new StreamsConfig(options(migration, log, settings)), clients);
        streams.setUncaughtExceptionHandler(failure -> {
            LOG.atError().setCause(failure).log("The comparison has failed");
            fault = "the comparison has failed: " + failure.getMessage();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    }

    /** The topics must be there. */
    public static Comparison start(Migration migration, LogSettings log, ComparisonSettings settings) {
        Comparison comparison = new Comparison(migration, log, settings);
        comparison.streams.start();
        return comparison;
    }

    /** The consumer group whose lag on {@code changes} and {@code observations} is this topology's. */
    public static String group(Migration migration) {
        return "changeover." + migration.name() + ".verifier";
    }

    public CompareStatus status() {
        return status;
    }

    public boolean running() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** What is wrong, in words; empty if it works or is about to. */
    public Optional<String> fault() {
        if (!fault.isEmpty()) {
            return Optional.of(fault);
        }
        return streams.state().hasCompletedShutdown() ? Optional.of("the comparison is not running") : Optional.empty();
    }

    /**
     * Deletes the observations that are compared and committed: nobody needs them again.
     *
     * @throws KafkaException if Kafka does not answer
     */
    public void forgetWhatWasCompared() throws InterruptedException {
        String observations = new Topics(migration.name()).observations();
        try (Admin admin = new Clients(log).admin("verifier-housekeeping")) {
            Map<TopicPartition, RecordsToDelete> compared = new HashMap<>();
            admin.listConsumerGroupOffsets(group(migration))
                    .partitionsToOffsetAndMetadata()
                    .get(ADMIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                    .forEach((partition, committed) -> {
                        if (committed != null && partition.topic().equals(observations)) {
                            compared.put(partition, RecordsToDelete.beforeOffset(committed.offset()));
                        }
                    });
            admin.deleteRecords(compared).all().get(ADMIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("Cannot delete compared observations: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> options(Migration migration, LogSettings log, ComparisonSettings settings) {
        Map<String, Object> options = new HashMap<>(new Clients(log).streamsOptions("verifier-" + settings.instance()));
        options.put(StreamsConfig.APPLICATION_ID_CONFIG, group(migration));
        options.put(StreamsConfig.STATE_DIR_CONFIG, settings.directory().toString());
        options.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        options.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
        options.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                settings.commitInterval().toMillis());
        options.put(StreamsConfig.POLL_MS_CONFIG, 50);
        Clients.GATHERING.forEach((name, value) -> options.putIfAbsent(StreamsConfig.consumerPrefix(name), value));
        options.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, settings.cacheBytes());
        options.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        options.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        // Without a name of its own a restarted process would wait for the session of the one that was killed.
        options.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), settings.instance());
        options.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
        options.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2_000);
        options.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return options;
    }

    @Override
    public void close() {
        streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                .withTimeout(CLOSE_LIMIT));
    }
}
