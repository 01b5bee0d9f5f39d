package dev.changeover.log;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which Kafka, and how to talk to it.
 *
 * @param bootstrapServers {@code host:port}, several separated by commas
 * @param clientProperties client options by their Kafka names behind {@code kafka.}, {@code kafka.producer.} or {@code
 *     kafka.consumer.}; what correctness rests on is set by us whatever stands here
 * @param embedded whether it is the one broker in the data directory, which must flush each write because it has no replicas
 */
public record LogSettings(String bootstrapServers, Map<String, String> clientProperties, boolean embedded) {
    static final String PREFIX = "kafka.";
    static final String PRODUCER_PREFIX = "kafka.producer.";
    static final String CONSUMER_PREFIX = "kafka.consumer.";

    public LogSettings {
        clientProperties = Collections.unmodifiableMap(new TreeMap<>(clientProperties));
        if (bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("Missing bootstrap servers of Kafka: host:port");
        }
        for (String name : clientProperties.keySet()) {
            if (!name.startsWith(PREFIX)) {
                throw new IllegalArgumentException(
                        "Invalid Kafka client option \"%s\": its name begins with %s".formatted(name, PREFIX));
            }
        }
    }

    /** The one broker on this machine. */
    public static LogSettings embedded(String bootstrapServers) {
        return new LogSettings(bootstrapServers, Map.of(), true);
    }

    /** A cluster that others run. */
    public static LogSettings cluster(String bootstrapServers) {
        return new LogSettings(bootstrapServers, Map.of(), false);
    }

    /** Option names only: their values may be passwords. */
    @Override
    public String toString() {
        return "LogSettings[%s, %s%s]"
                .formatted(bootstrapServers, clientProperties.keySet(), embedded ? ", embedded" : "");
    }
}
