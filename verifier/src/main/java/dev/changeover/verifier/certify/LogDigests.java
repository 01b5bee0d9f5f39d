package dev.changeover.verifier.certify;

import dev.changeover.log.Clients;
import dev.changeover.log.LogSettings;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Certificate.BucketState;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What {@code changes} amounts to at a position: for each entity and bucket how many records and the sum of their digests. Each event
 * takes away the digest of its state before and adds that of its state after, so that one pass in any partition's order is enough and
 * no key need be remembered. One thread uses it; it only goes forward.
 */
public final class LogDigests implements AutoCloseable {
    /** Buckets of an entity: a certificate has them all. */
    public static final int BUCKETS = 64;

    private static final Duration POLL = Duration.ofMillis(50);

    private final EventCodec events;
    private final Clients clients;
    private final String changes;
    private final long[] next;
    private final Map<String, Sums> byEntity = new HashMap<>();
    private @Nullable KafkaConsumer<byte[], byte[]> consumer;

    /** Told of each event that is passed. */
    public interface Visitor {
        void event(RecordKey key, int partition, long offset);
    }

    public LogDigests(Migration migration, LogSettings log) {
        this.events = new EventCodec(migration);
        this.clients = new Clients(log);
        this.changes = new Topics(migration.name()).changes();
        this.next = new long[migration.partitions()];
        migration.entities().forEach(entity -> byEntity.put(entity.name(), new Sums()));
    }

    /**
     * Reads on until every event before {@code end} is in, and none at or behind it.
     *
     * @throws IllegalArgumentException if it is further already
     */
    public void advanceTo(Position end, Visitor visitor) throws InterruptedException {
        List<TopicPartition> reading = new ArrayList<>();
        for (int partition = 0; partition < next.length; partition++) {
            if (next[partition] > end.next().get(partition)) {
                throw new IllegalArgumentException(
                        "Cannot go back to %s: it is at %s already".formatted(end, Arrays.toString(next)));
            }
            if (next[partition] < end.next().get(partition)) {
                reading.add(new TopicPartition(changes, partition));
            }
        }
        KafkaConsumer<byte[], byte[]> from = consumer();
        from.assign(reading);
        from.resume(from.paused()); // what was paused at the end of the last time still is
        reading.forEach(partition -> from.seek(partition, next[partition.partition()]));
        while (!from.assignment().isEmpty()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while reading the log");
            }
            for (ConsumerRecord<byte[], byte[]> each : from.poll(POLL)) {
                if (each.offset() < end.next().get(each.partition())) {
                    add(each, visitor);
                }
            }
            for (TopicPartition partition : List.copyOf(from.assignment())) {
                long wanted = end.next().get(partition.partition());
                if (from.position(partition) >= wanted) {
                    next[partition.partition()] = wanted;
                    from.pause(List.of(partition));
                }
            }
            if (from.paused().size() == from.assignment().size()) {
                return;
            }
        }
    }

    private void add(ConsumerRecord<byte[], byte[]> each, Visitor visitor) {
        if (each.headers().lastHeader(Headers.CONTROL) != null) {
            return;
        }
        ChangeEvent event;
        try {
            event = events.read(each.key(), each.value());
        } catch (MalformedEventException e) {
            throw new IllegalStateException(
                    "Invalid event %s-%d@%d: %s"
                            .formatted(each.topic(), each.partition(), each.offset(), e.getMessage()),
                    e);
        }
        Sums sums = byEntity.get(event.key().entity().name());
        if (sums != null) {
            int bucket = Canonical.bucket(event.key(), BUCKETS);
            EntityRecord before = event.before();
            EntityRecord after = event.after();
            if (before != null) {
                sums.add(bucket, -1, sums.digests[bucket].minus(Canonical.digest(before)));
            }
            if (after != null) {
                sums.add(bucket, 1, sums.digests[bucket].plus(Canonical.digest(after)));
            }
        }
        visitor.event(event.key(), each.partition(), each.offset());
    }

    /** How many records of the entity the log amounts to. */
    public long count(Entity entity) {
        return Arrays.stream(sums(entity).counts).sum();
    }

    /** The sum of their digests. */
    public Digest digest(Entity entity) {
        return Arrays.stream(sums(entity).digests).reduce(Digest.ZERO, Digest::plus);
    }

    public List<BucketState> buckets(Entity entity) {
        Sums sums = sums(entity);
        return IntStream.range(0, BUCKETS)
                .mapToObj(bucket -> new BucketState(sums.counts[bucket], sums.digests[bucket]))
                .toList();
    }

    private Sums sums(Entity entity) {
        Sums sums = byEntity.get(entity.name());
        if (sums == null) {
            throw new IllegalArgumentException("Invalid entity %s: it is none of this migration".formatted(entity));
        }
        return sums;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        if (open == null) {
            open = clients.reader("verifier-digests", Clients.Start.NONE);
            consumer = open;
        }
        return open;
    }

    @Override
    public void close() {
        if (consumer != null) {
            consumer.close();
        }
    }

    private static final class Sums {
        private final long[] counts = new long[BUCKETS];
        private final Digest[] digests = new Digest[BUCKETS];

        Sums() {
            Arrays.fill(digests, Digest.ZERO);
        }

        void add(int bucket, int records, Digest sum) {
            counts[bucket] += records;
            digests[bucket] = sum;
        }
    }
}
