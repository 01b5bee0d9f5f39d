package dev.changeover.verifier.compare;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Kafka Streams' clients, with an eye on how far its consumers have come in {@code changes}.
 *
 * <p>Offsets have holes: the last event's offset plus one never reaches the position of a store that stands behind a
 * transaction marker, and a key that somebody edits there would wait for ever for the log to be read up to it. The consumer's
 * own position passes the markers, and once all that it has handed out is processed, it is where the topology stands.
 */
final class WatchedClients implements KafkaClientSupplier, LogReach {
    private final String changes;
    private final Map<Integer, Reach> reached = new ConcurrentHashMap<>();

    /** @param lastHandedOut offset of the last event handed out since the partition was assigned; -1 if none was */
    private record Reach(long lastHandedOut, long position) {}

    WatchedClients(String changes) {
        this.changes = changes;
    }

    @Override
    public long upTo(int partition, long processed) {
        Reach reach = reached.get(partition);
        return reach == null || processed < reach.lastHandedOut ? processed + 1 : reach.position;
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new Watched(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private final class Watched extends KafkaConsumer<byte[], byte[]> {
        private Set<TopicPartition> assigned = Set.of();

        Watched(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
            Set<TopicPartition> now = new HashSet<>();
            for (TopicPartition partition : assignment()) {
                if (partition.topic().equals(changes)) {
                    now.add(partition);
                    note(partition, records);
                }
            }
            assigned = now;
            return records;
        }

        private void note(TopicPartition partition, ConsumerRecords<byte[], byte[]> records) {
            Reach before = assigned.contains(partition) ? reached.get(partition.partition()) : null;
            long lastHandedOut = before == null ? -1 : before.lastHandedOut;
            for (ConsumerRecord<byte[], byte[]> each : records.records(partition)) {
                lastHandedOut = each.offset();
            }
            try {
                reached.put(partition.partition(), new Reach(lastHandedOut, position(partition, Duration.ZERO)));
            } catch (TimeoutException e) {
                reached.remove(partition.partition()); // not known yet: the partition was only just assigned
            }
        }
    }
}
