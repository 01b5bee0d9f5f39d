package dev.changeover.log;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes Kafka clients that speak bytes. What correctness rests on is set here and cannot be overridden: acks, idempotence,
 * isolation, commits, where a reader starts. What only changes speed is a default that the operator's options override.
 */
public final class Clients {
    /** What a consumer does where it has no offset to go on from. */
    public enum Start {
        /** Stop: the position belongs to somebody else, and a log without it is another log. */
        NONE("none"),
        /** At the beginning. */
        EARLIEST("earliest"),
        /** At the end. */
        LATEST("latest");

        private final String word;

        Start(String word) {
            this.word = word;
        }
    }

    /** Options of consumers that nobody waits for: how much to gather, and for how long at most. */
    public static final Map<String, Object> GATHERING =
            Map.of(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 64 * 1024, ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);

    private final LogSettings settings;

    public Clients(LogSettings settings) {
        this.settings = settings;
    }

    /** Idempotent, {@code acks=all}: what is acknowledged is on the log once. Each record goes at once. */
    public KafkaProducer<byte[], byte[]> producer(String clientId) {
        return producer(clientId, Duration.ZERO);
    }

    /** The same for many records that come one by one: what comes within {@code linger} is one request, and much less work for the broker. */
    public KafkaProducer<byte[], byte[]> producer(String clientId, Duration linger) {
        return new KafkaProducer<>(
                producerOptions(clientId, linger), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * A producer whose sends become visible together; a second one with the same id fences it. {@code initTransactions} is
     * the caller's.
     */
    public KafkaProducer<byte[], byte[]> transactionalProducer(String clientId, String transactionalId) {
        Map<String, Object> options = producerOptions(clientId, Duration.ZERO);
        options.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        return new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** A {@code read_committed} reader without a group: partitions are assigned and offsets sought by the caller. */
    public KafkaConsumer<byte[], byte[]> reader(String clientId, Start start) {
        return new KafkaConsumer<>(
                consumerOptions(clientId, start), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A {@code read_committed} member of {@code group}, which commits itself when it wants to. */
    public KafkaConsumer<byte[], byte[]> member(String clientId, String group, Start start) {
        Map<String, Object> options = consumerOptions(clientId, start);
        options.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        return new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A member that keeps its partitions over a restart within the session time-out of 10 s. */
    public KafkaConsumer<byte[], byte[]> staticMember(String clientId, String group, String instanceId, Start start) {
        Map<String, Object> options = consumerOptions(clientId, start);
        options.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        options.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instanceId);
        return new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * As {@link #staticMember}, for whom nobody waits: what comes in little by little is fetched together, at most {@link
     * #GATHERING} later. That spares the broker a request for each event.
     */
    public KafkaConsumer<byte[], byte[]> gatheringMember(
            String clientId, String group, String instanceId, Start start) {
        Map<String, Object> options = consumerOptions(clientId, start);
        Map<String, Object> operators = operators(LogSettings.CONSUMER_PREFIX, "");
        GATHERING.forEach((name, value) -> {
            if (!operators.containsKey(name)) {
                options.put(name, value);
            }
        });
        options.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        options.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instanceId);
        return new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    public Admin admin(String clientId) {
        Map<String, Object> options = common(clientId);
        options.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) LogLimits.ADMIN_TIMEOUT.toMillis());
        return Admin.create(options);
    }

    /** What a Kafka Streams application needs to reach this log, the operator's own options included; the rest is its own. */
    public Map<String, Object> streamsOptions(String clientId) {
        Map<String, Object> options = common(clientId);
        options.putAll(operators(LogSettings.PRODUCER_PREFIX, "producer."));
        options.putAll(operators(LogSettings.CONSUMER_PREFIX, "consumer."));
        options.put("producer." + ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LogLimits.MAX_REQUEST_BYTES);
        options.put("producer." + ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        options.put("topic.max.message.bytes", Integer.toString(LogLimits.MAX_BATCH_BYTES));
        options.put("replication.factor", settings.embedded() ? 1 : -1);
        return options;
    }

    Map<String, Object> producerOptions(String clientId, Duration linger) {
        Map<String, Object> options = common(clientId);
        options.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        options.put(ProducerConfig.LINGER_MS_CONFIG, (int) linger.toMillis());
        options.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
        options.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        options.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        options.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
        options.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 30_000);
        options.putAll(operators(LogSettings.PRODUCER_PREFIX, ""));
        options.put(ProducerConfig.ACKS_CONFIG, "all");
        options.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        options.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        options.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
        options.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LogLimits.MAX_REQUEST_BYTES);
        return options;
    }

    Map<String, Object> consumerOptions(String clientId, Start start) {
        Map<String, Object> options = common(clientId);
        options.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 * 1024 * 1024);
        options.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 2 * 1024 * 1024);
        options.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
        options.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        options.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        options.putAll(operators(LogSettings.CONSUMER_PREFIX, ""));
        options.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        options.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        options.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, start.word);
        options.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return options;
    }

    private Map<String, Object> common(String clientId) {
        Map<String, Object> options = new HashMap<>();
        settings.clientProperties().forEach((name, value) -> {
            if (!name.startsWith(LogSettings.PRODUCER_PREFIX) && !name.startsWith(LogSettings.CONSUMER_PREFIX)) {
                options.put(name.substring(LogSettings.PREFIX.length()), value);
            }
        });
        options.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        options.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
        // A broker that comes back is found within a second, not after the default's ten.
        options.putIfAbsent(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
        return options;
    }

    private Map<String, Object> operators(String prefix, String newPrefix) {
        Map<String, Object> options = new HashMap<>();
        settings.clientProperties().forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                options.put(newPrefix + name.substring(prefix.length()), value);
            }
        });
        return options;
    }
}
