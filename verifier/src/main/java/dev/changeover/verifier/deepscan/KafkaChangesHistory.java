package dev.changeover.verifier.deepscan;

import dev.changeover.log.Clients;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads {@code changes}, from its beginning if nothing else is said, and looks at nothing but the keys that it follows. */
public final class KafkaChangesHistory implements ChangesHistory {
    private static final Duration POLL = Duration.ofMillis(50);

    private final Migration migration;
    private final LogSettings log;
    private final @Nullable Position from;

    public KafkaChangesHistory(Migration migration, LogSettings log) {
        this(migration, log, null);
    }

    private KafkaChangesHistory(Migration migration, LogSettings log, @Nullable Position from) {
        this.migration = migration;
        this.log = log;
        this.from = from;
    }

    /** As if the log began at {@code position}: for keys that have an event behind it, or of which only that is asked. */
    public KafkaChangesHistory since(Position position) {
        return new KafkaChangesHistory(migration, log, position);
    }

    @Override
    public Follower follow(Set<RecordKey> keys) {
        return new KafkaFollower(keys);
    }

    private final class KafkaFollower implements Follower {
        private final Map<ByteBuffer, RecordKey> keys = new HashMap<>();
        private final Map<RecordKey, Logged> last = new HashMap<>();
        private final EventCodec events = new EventCodec(migration);
        private final List<TopicPartition> partitions;
        private final KafkaConsumer<byte[], byte[]> consumer;

        KafkaFollower(Set<RecordKey> followed) {
            Set<Integer> theirs = new TreeSet<>();
            for (RecordKey key : followed) {
                keys.put(ByteBuffer.wrap(key.bytes()), key);
                theirs.add(migration.partitionOf(key));
            }
            String changes = new Topics(migration.name()).changes();
            this.partitions = theirs.stream()
                    .map(partition -> new TopicPartition(changes, partition))
                    .toList();
            this.consumer = new Clients(log).reader("verifier-history", Clients.Start.EARLIEST);
            consumer.assign(partitions);
            if (from == null) {
                consumer.seekToBeginning(partitions);
            } else {
                partitions.forEach(
                        partition -> consumer.seek(partition, from.next().get(partition.partition())));
            }
        }

        @Override
        public Map<RecordKey, Logged> catchUp() throws InterruptedException {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while reading the log");
                }
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                    RecordKey key = keys.get(ByteBuffer.wrap(each.key()));
                    if (key != null && each.headers().lastHeader(Headers.CONTROL) == null) {
                        last.put(key, logged(each));
                    }
                }
            }
            return Map.copyOf(last);
        }

        private Logged logged(ConsumerRecord<byte[], byte[]> each) {
            try {
                ChangeEvent event = events.read(each.key(), each.value());
                return new Logged(
                        each.offset(),
                        event.after(),
                        event.before(),
                        HeaderText.number(each.headers(), Headers.WRITE_OFFSET, -1));
            } catch (MalformedEventException e) {
                throw new IllegalStateException(
                        "Invalid event %s-%d@%d: %s"
                                .formatted(each.topic(), each.partition(), each.offset(), e.getMessage()),
                        e);
            }
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
