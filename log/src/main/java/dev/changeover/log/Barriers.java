package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes barriers. They go into {@code writes} and reach {@code changes} through the processor: put into {@code changes} itself
 * they would overtake writes that were acknowledged and still wait before the processor.
 */
public final class Barriers implements AutoCloseable {
    private static final Duration SEND_LIMIT = Duration.ofSeconds(30);
    private static final long NOT_YET = -1;

    private final Migration migration;
    private final Topics topics;
    private final Clients clients;
    private final KafkaProducer<byte[], byte[]> producer;

    /**
     * A barrier that has gone through.
     *
     * @param writes its offset in each partition of {@code writes}
     * @param changes its offset in each partition of {@code changes}
     */
    public record Reached(Barrier barrier, Position writes, Position changes) {}

    public Barriers(Migration migration, LogSettings settings) {
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.clients = new Clients(settings);
        this.producer = clients.producer("barrier-writer");
    }

    /**
     * Puts {@code barrier} into every partition of {@code writes}.
     *
     * @return its offset in each
     * @throws LogException if it is not known to be in all of them; send another one then
     */
    public Position send(Barrier barrier) {
        List<Future<RecordMetadata>> sending = IntStream.range(0, migration.partitions())
                .mapToObj(partition -> producer.send(new ProducerRecord<>(
                        topics.writes(),
                        partition,
                        null,
                        barrier.keyBytes(),
                        Wire.write(barrier),
                        HeaderText.of(Map.of(Headers.CONTROL, Control.BARRIER)))))
                .toList();
        List<Long> offsets = new ArrayList<>();
        try {
            for (Future<RecordMetadata> sent : sending) {
                offsets.add(
                        sent.get(SEND_LIMIT.toMillis(), TimeUnit.MILLISECONDS).offset());
            }
            return new Position(offsets);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while writing a barrier", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new LogException("Cannot write barrier %s: %s".formatted(barrier.id(), e.getMessage()), e);
        }
    }

    /**
     * Puts {@code barrier} into every partition of {@code writes} and waits until it has come out in every partition of
     * {@code changes}.
     *
     * @throws LogException if it did not within {@code limit}: the processor does not run or is far behind
     */
    public Reached sendThrough(Barrier barrier, Duration limit) {
        Position before;
        try (Admin admin = clients.admin("barrier-ends")) {
            before = LogEnd.of(migration, topics.changes(), admin);
        }
        long deadline = System.nanoTime() + limit.toNanos();
        Position writes = send(barrier);
        return new Reached(barrier, writes, awaitInChanges(barrier, before, deadline));
    }

    private Position awaitInChanges(Barrier barrier, Position from, long deadline) {
        try (KafkaConsumer<byte[], byte[]> reader = clients.reader("barrier-reader", Clients.Start.NONE)) {
            List<TopicPartition> partitions = IntStream.range(0, migration.partitions())
                    .mapToObj(partition -> new TopicPartition(topics.changes(), partition))
                    .toList();
            reader.assign(partitions);
            partitions.forEach(partition -> reader.seek(partition, from.next().get(partition.partition())));
            Long[] found = new Long[migration.partitions()];
            Arrays.fill(found, NOT_YET);
            while (Arrays.asList(found).contains(NOT_YET)) {
                if (System.nanoTime() > deadline) {
                    throw new LogException(
                            "Barrier %s did not come through the processor in time: is it running, and how far behind is it?"
                                    .formatted(barrier.id()));
                }
                for (ConsumerRecord<byte[], byte[]> read : reader.poll(Duration.ofMillis(100))) {
                    if (Control.isBarrier(read.headers()) && Arrays.equals(read.key(), barrier.keyBytes())) {
                        found[read.partition()] = read.offset();
                        reader.pause(List.of(new TopicPartition(read.topic(), read.partition())));
                    }
                }
            }
            return new Position(Arrays.asList(found));
        }
    }

    @Override
    public void close() {
        producer.close(LogLimits.CLOSE_TIMEOUT);
    }
}
