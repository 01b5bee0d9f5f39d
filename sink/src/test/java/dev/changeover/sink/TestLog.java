package dev.changeover.sink;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.log.Clients;
import dev.changeover.log.Control;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.LogSettings;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * A log of its own for each test, on one broker for all tests of a JVM, filled the way the processor fills it: in transactions,
 * so that offsets have holes.
 */
final class TestLog implements AutoCloseable {
    static final Migration MIGRATION = Samples.MIGRATION;

    private static final AtomicInteger LOGS = new AtomicInteger();
    private static final EmbeddedKafka KAFKA =
            EmbeddedKafka.start(temporaryFolder()).closeAtExit();

    final Migration migration;
    final LogSettings settings = LogSettings.embedded(KAFKA.bootstrapServers());
    final LogIdentity identity;
    final Topics topics;
    private final KafkaProducer<byte[], byte[]> processor;
    private final EventCodec codec;
    private final AtomicLong writeOffset = new AtomicLong();
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final Map<Integer, Long> ends = new HashMap<>();

    TestLog() {
        this.migration = new Migration(
                "sink" + LOGS.incrementAndGet(),
                MIGRATION.file(),
                MIGRATION.stores(),
                MIGRATION.namespace(),
                2,
                MIGRATION.entities());
        this.topics = new Topics(migration.name());
        this.identity = TopicSetup.ensure(migration, settings).identity();
        this.codec = new EventCodec(migration);
        this.processor = new Clients(settings).transactionalProducer("test-processor", migration.name());
        processor.initTransactions();
    }

    static EntityRecord chat(String id) {
        return Samples.of(
                Samples.CHATS,
                "{\"chat_id\":\"%s\",\"metadata\":{},\"created_at\":\"2026-01-01T00:00:00Z\"}".formatted(id));
    }

    static EntityRecord message(String chat, int number, String content) {
        return Samples.of(
                Samples.MESSAGES,
                "{\"chat_id\":\"%s\",\"sequence_number\":%d,\"content\":\"%s\"}".formatted(chat, number, content));
    }

    /** One transaction. */
    void append(EntityRecord... records) {
        append(java.util.Arrays.stream(records)
                .map(record -> ChangeEvent.put(record, "test", 1))
                .toList());
    }

    void delete(RecordKey key) {
        append(List.of(ChangeEvent.delete(key, "test", 1)));
    }

    /** @return the offset in {@code writes} that the last one says it has */
    long append(List<ChangeEvent> events) {
        begin();
        for (ChangeEvent event : events) {
            send(new ProducerRecord<>(
                    topics.changes(),
                    migration.partitionOf(event.key()),
                    null,
                    event.key().bytes(),
                    codec.write(event),
                    HeaderText.of(Map.of(Headers.WRITE_OFFSET, Long.toString(writeOffset.getAndIncrement())))));
        }
        commit();
        return writeOffset.get() - 1;
    }

    void appendRaw(int partition, byte[] key, byte[] value) {
        begin();
        send(new ProducerRecord<>(topics.changes(), partition, key, value));
        commit();
    }

    void barrier(Barrier barrier) {
        begin();
        for (int partition = 0; partition < migration.partitions(); partition++) {
            send(new ProducerRecord<>(
                    topics.changes(),
                    partition,
                    null,
                    barrier.keyBytes(),
                    Wire.write(barrier),
                    HeaderText.of(Map.of(
                            Headers.CONTROL,
                            Control.BARRIER,
                            Headers.WRITE_OFFSET,
                            Long.toString(writeOffset.getAndIncrement())))));
        }
        commit();
    }

    /** An aborted transaction: offsets that nobody ever sees. */
    void abort(EntityRecord record) {
        begin();
        send(new ProducerRecord<>(
                topics.changes(),
                migration.partitionOf(record.key()),
                record.key().bytes(),
                new byte[] {'x'}));
        processor.flush();
        processor.abortTransaction();
        note();
    }

    /** Where each partition ends, the marker of the last transaction included. */
    List<Long> end() {
        return IntStream.range(0, migration.partitions())
                .mapToObj(partition -> ends.getOrDefault(partition, 0L))
                .toList();
    }

    private void begin() {
        processor.beginTransaction();
        sent.clear();
    }

    private void send(ProducerRecord<byte[], byte[]> sending) {
        sent.add(processor.send(sending));
    }

    private void commit() {
        processor.commitTransaction();
        note();
    }

    private void note() {
        for (Future<RecordMetadata> one : sent) {
            try {
                RecordMetadata at = one.get();
                ends.put(at.partition(), at.offset() + 2);
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        processor.close();
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("changeover-sink-it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
