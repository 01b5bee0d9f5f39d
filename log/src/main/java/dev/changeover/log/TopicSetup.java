package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes a migration's topics what they must be, and refuses those that can no longer become it. */
public final class TopicSetup {
    /** Replicas of a topic on a cluster, and how many of them must have a write before it is acknowledged. */
    private static final int REPLICAS = 3;

    private static final int MIN_IN_SYNC = 2;

    private static final String FOR_EVER = "-1";
    private static final Map<String, String> KEPT_FOR_EVER = new TreeMap<>(Map.of(
            TopicConfig.RETENTION_MS_CONFIG, FOR_EVER,
            TopicConfig.RETENTION_BYTES_CONFIG, FOR_EVER,
            TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE));
    private static final String A_DAY = Long.toString(TimeUnit.DAYS.toMillis(1));

    private final Migration migration;
    private final LogSettings settings;
    private final List<String> warnings = new ArrayList<>();

    private TopicSetup(Migration migration, LogSettings settings) {
        this.migration = migration;
        this.settings = settings;
    }

    /**
     * A log that is ready.
     *
     * @param warnings what it promises less than it should, in words for the operator; usually empty
     */
    public record Ready(LogIdentity identity, List<String> warnings) {
        public Ready {
            warnings = List.copyOf(warnings);
        }
    }

    private record Wanted(String name, int partitions, Map<String, String> config) {}

    /**
     * Creates the topics that are missing, sets right the options of those that are there, and says which log it is. Several
     * processes may do it at once.
     *
     * @throws LogException if Kafka cannot be reached, or a topic has another number of partitions
     */
    public static Ready ensure(Migration migration, LogSettings settings) {
        try (Admin admin = new Clients(settings).admin("changeover-setup")) {
            return new TopicSetup(migration, settings).ensure(admin);
        }
    }

    /**
     * Which log it is, without touching it; empty if {@code changes} is not there yet.
     *
     * @throws LogException if Kafka cannot be reached
     */
    public static Optional<LogIdentity> find(Migration migration, LogSettings settings) {
        try (Admin admin = new Clients(settings).admin("changeover-identity")) {
            return new TopicSetup(migration, settings).identity(admin);
        }
    }

    /**
     * Which options of {@code changes} let the broker forget events, in words for the operator; empty if it keeps all of them. An
     * event that was forgotten leaves no trace: what is rebuilt from such a log is only as whole as the log.
     *
     * @throws LogException if Kafka cannot be reached
     */
    public static List<String> forgets(Migration migration, LogSettings settings) {
        String changes = new Topics(migration.name()).changes();
        try (Admin admin = new Clients(settings).admin("changeover-retention")) {
            Config found = present(
                    await(admin.describeConfigs(List.of(resource(changes))).all()), resource(changes));
            List<String> words = new ArrayList<>();
            for (Map.Entry<String, String> option : KEPT_FOR_EVER.entrySet()) {
                ConfigEntry entry = found.get(option.getKey());
                if (entry == null || !option.getValue().equals(entry.value())) {
                    words.add("Topic %s has %s=%s: events may be gone that nothing else has. Set it to %s."
                            .formatted(
                                    changes, option.getKey(), entry == null ? "" : entry.value(), option.getValue()));
                }
            }
            return words;
        }
    }

    private Ready ensure(Admin admin) {
        short replicas = replicas(admin);
        List<Wanted> wanted = wanted(replicas);
        create(admin, wanted, replicas);
        Map<String, TopicDescription> found =
                describe(admin, wanted.stream().map(Wanted::name).toList());
        for (Wanted topic : wanted) {
            checkPartitions(topic, present(found, topic.name()).partitions().size());
        }
        correct(admin, wanted);
        awaitServed(admin, wanted);
        LogIdentity identity = identity(admin)
                .orElseThrow(
                        () -> new LogException("Cannot find topic %s, which was just there: somebody deletes topics"
                                .formatted(new Topics(migration.name()).changes())));
        return new Ready(identity, warnings);
    }

    /**
     * Waits until each partition's leader answers for it. A topic exists before its leader has taken it up, and a producer that
     * writes in between can lose its first batch for good: that batch is turned away, the one behind it is taken, and from then on
     * the first one is out of order (KAFKA-15591).
     */
    private static void awaitServed(Admin admin, List<Wanted> wanted) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (Wanted topic : wanted) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                asked.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
            }
        }
        await(admin.listOffsets(asked).all());
    }

    private short replicas(Admin admin) {
        if (settings.embedded()) {
            return 1;
        }
        int brokers = await(admin.describeCluster().nodes()).size();
        if (brokers < REPLICAS) {
            warnings.add(
                    ("The cluster at %s has %d broker(s): topics get %d replica(s) instead of %d, so an acknowledged write"
                                    + " can be lost with a disk. Add brokers before migrating what matters.")
                            .formatted(settings.bootstrapServers(), brokers, brokers, REPLICAS));
        }
        return (short) Math.max(1, Math.min(REPLICAS, brokers));
    }

    private List<Wanted> wanted(short replicas) {
        Topics topics = new Topics(migration.name());
        int partitions = migration.partitions();
        Map<String, String> base = new TreeMap<>();
        // The clients' clocks must not decide what expires: one time stamp from the future would.
        base.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
        base.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(LogLimits.MAX_BATCH_BYTES));
        if (!settings.embedded()) {
            base.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(Math.min(MIN_IN_SYNC, replicas)));
        }
        Map<String, String> kept = new TreeMap<>(base);
        kept.putAll(KEPT_FOR_EVER);
        // A single broker has no replica that survives a power cut: what it acknowledges must be on its disk.
        Map<String, String> durable =
                settings.embedded() ? with(kept, TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, "1") : kept;
        Map<String, String> forADay = with(kept, TopicConfig.RETENTION_MS_CONFIG, A_DAY);
        // Small segments: only closed ones are compacted, and these topics are read from their beginning at each start.
        Map<String, String> compacted =
                with(base, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        compacted.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(32 * 1024 * 1024));
        compacted.put(TopicConfig.SEGMENT_MS_CONFIG, Long.toString(TimeUnit.MINUTES.toMillis(10)));
        compacted.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.2");
        return List.of(
                new Wanted(topics.writes(), partitions, durable),
                new Wanted(topics.changes(), partitions, durable),
                new Wanted(topics.deadLetters(), partitions, kept),
                new Wanted(topics.progress(), 1, compacted),
                new Wanted(topics.observations(), partitions, kept),
                new Wanted(topics.verdicts(), partitions, compacted),
                new Wanted(topics.control(), 1, durable),
                new Wanted(topics.answers(), partitions, forADay),
                new Wanted(topics.backfillTasks(), 4, kept),
                new Wanted(topics.backfillResults(), 1, compacted));
    }

    private static Map<String, String> with(Map<String, String> config, String name, String value) {
        Map<String, String> changed = new TreeMap<>(config);
        changed.put(name, value);
        return changed;
    }

    private static void create(Admin admin, List<Wanted> wanted, short replicas) {
        List<NewTopic> topics = wanted.stream()
                .map(topic -> new NewTopic(topic.name(), topic.partitions(), replicas).configs(topic.config()))
                .toList();
        for (KafkaFuture<Void> created : admin.createTopics(topics).values().values()) {
            try {
                await(created);
            } catch (LogException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static void checkPartitions(Wanted topic, int partitions) {
        if (partitions != topic.partitions()) {
            throw new LogException(
                    ("Cannot use topic %s: it has %d partitions and the definition says %d. Records would change"
                                    + " their partition and with it their order. Set it back, or begin with a new migration name.")
                            .formatted(topic.name(), partitions, topic.partitions()));
        }
    }

    /** Sets options that somebody changed back to what the log's promises rest on. */
    private void correct(Admin admin, List<Wanted> wanted) {
        List<ConfigResource> resources =
                wanted.stream().map(topic -> resource(topic.name())).toList();
        Map<ConfigResource, Config> found =
                await(admin.describeConfigs(resources).all());
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (Wanted topic : wanted) {
            Config config = present(found, resource(topic.name()));
            topic.config().forEach((name, value) -> {
                ConfigEntry entry = config.get(name);
                if (entry == null || !value.equals(entry.value())) {
                    warnings.add("Topic %s had %s=%s; it is set back to %s."
                            .formatted(topic.name(), name, entry == null ? "" : entry.value(), value));
                    changes.computeIfAbsent(resource(topic.name()), ignored -> new ArrayList<>())
                            .add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
                }
            });
        }
        if (!changes.isEmpty()) {
            await(admin.incrementalAlterConfigs(changes).all());
        }
    }

    /** A topic that was just created is known to the controller first and to the brokers a moment later. */
    private static Map<String, TopicDescription> describe(Admin admin, List<String> topics) {
        long deadline = System.nanoTime() + LogLimits.ADMIN_TIMEOUT.toNanos();
        while (true) {
            try {
                return await(admin.describeTopics(topics).allTopicNames());
            } catch (LogException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    private static <K, V> V present(Map<K, V> answers, K asked) {
        return Objects.requireNonNull(answers.get(asked), () -> "Missing in Kafka's answer: " + asked);
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private Optional<LogIdentity> identity(Admin admin) {
        String changes = new Topics(migration.name()).changes();
        String clusterId = await(admin.describeCluster().clusterId());
        try {
            TopicDescription description =
                    present(await(admin.describeTopics(List.of(changes)).allTopicNames()), changes);
            return Optional.of(new LogIdentity(
                    clusterId,
                    description.topicId().toString(),
                    description.partitions().size()));
        } catch (LogException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get(LogLimits.ADMIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while waiting for Kafka", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new LogException("Cannot set up the topics: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new LogException(
                    "Cannot reach Kafka within %d s: check the bootstrap servers and that the broker runs"
                            .formatted(LogLimits.ADMIN_TIMEOUT.toSeconds()),
                    e);
        }
    }
}
