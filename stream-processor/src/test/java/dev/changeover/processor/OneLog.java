package dev.changeover.processor;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.log.Clients;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogEnd;
import dev.changeover.log.LogSettings;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** A migration with topics of its own on the one broker of this JVM. */
final class OneLog implements AutoCloseable {
    private static final AtomicInteger MIGRATIONS = new AtomicInteger();
    private static final EmbeddedKafka KAFKA =
            EmbeddedKafka.start(temporaryFolder("kafka")).closeAtExit();

    private final Migration migration;
    private final Topics topics;
    private final EventCodec codec;
    private final LogSettings settings = LogSettings.embedded(KAFKA.bootstrapServers());
    private final Clients clients = new Clients(settings);
    private final KafkaProducer<byte[], byte[]> producer = clients.producer("test");
    private final Path stateDir = temporaryFolder("state");

    OneLog(int partitions) {
        migration = Chats.migration("it" + MIGRATIONS.incrementAndGet(), partitions);
        topics = new Topics(migration.name());
        codec = new EventCodec(migration);
        TopicSetup.ensure(migration, settings);
    }

    Migration migration() {
        return migration;
    }

    LogSettings settings() {
        return settings;
    }

    Path stateDir() {
        return stateDir;
    }

    Processor processor() {
        return Processor.start(migration, settings, new ProcessorSettings(stateDir, "p1", 1), List.of());
    }

    /** @param headers name, value, name, value … */
    RecordMetadata write(ChangeEvent event, String... headers) throws Exception {
        return send(migration.partitionOf(event.key()), event, headers).get(60, TimeUnit.SECONDS);
    }

    Future<RecordMetadata> send(int partition, ChangeEvent event, String... headers) {
        org.apache.kafka.common.header.Headers all = HeaderText.of(Map.of());
        for (int i = 0; i < headers.length; i += 2) {
            HeaderText.add(all, headers[i], headers[i + 1]);
        }
        return producer.send(new ProducerRecord<>(
                topics.writes(), partition, null, event.key().bytes(), codec.write(event), all));
    }

    Future<RecordMetadata> send(ChangeEvent event) {
        return send(migration.partitionOf(event.key()), event);
    }

    ChangeEvent event(ConsumerRecord<byte[], byte[]> read) throws Exception {
        return codec.read(read.key(), read.value());
    }

    /** Everything on {@code changes}, partition by partition. */
    List<ConsumerRecord<byte[], byte[]>> changes() {
        return all(topics.changes());
    }

    List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        return all(topics.deadLetters());
    }

    Position endOfWrites() {
        try (Admin admin = clients.admin("test")) {
            return LogEnd.of(migration, topics.writes(), admin);
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> all(String topic) {
        List<TopicPartition> partitions = IntStream.range(0, migration.partitions())
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> reader = clients.reader("test", Clients.Start.EARLIEST)) {
            reader.assign(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                reader.poll(Duration.ofMillis(100)).forEach(found::add);
            }
        }
        return found;
    }

    static Path temporaryFolder(String name) {
        try {
            return Files.createTempDirectory("changeover-" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
