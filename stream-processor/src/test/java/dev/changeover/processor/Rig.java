package dev.changeover.processor;

import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The topology over one partition, without a broker. Events get the offsets 0, 1, 2 … of {@code writes} in turn. */
final class Rig implements AutoCloseable {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Migration migration = Chats.migration("test", 1);
    private final EventCodec codec = new EventCodec(migration);
    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> writes;
    private final TestOutputTopic<byte[], byte[]> changes;
    private final TestOutputTopic<byte[], byte[]> deadLetters;
    private final TestOutputTopic<byte[], byte[]> answers;
    private final TestOutputTopic<byte[], byte[]> progress;
    private Instant now = START;
    private byte[] lastProgress = {};

    Rig() {
        this(record -> Optional.empty());
    }

    Rig(RecordCheck check) {
        Properties options = new Properties();
        options.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG,
                "test",
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
                "localhost:1",
                StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
                BoundedRocksDb.class,
                StreamsConfig.STATE_DIR_CONFIG,
                temporaryFolder()));
        driver = new TopologyTestDriver(WritesTopology.of(migration, List.of(check), "log-1"), options, START);
        Topics topics = new Topics(migration.name());
        writes = driver.createInputTopic(topics.writes(), new ByteArraySerializer(), new ByteArraySerializer());
        changes = output(topics.changes());
        deadLetters = output(topics.deadLetters());
        answers = output(topics.answers());
        progress = output(topics.progress());
    }

    /** One change as it came out. */
    record Change(ChangeEvent event, Map<String, String> headers, String value) {
        String op() {
            return event.op().letter();
        }

        String key() {
            return event.key().label();
        }
    }

    void snapshot(EntityRecord found, String... headers) {
        send(ChangeEvent.snapshot(found, "data/x.json", 5), headers);
    }

    void put(EntityRecord after, String... headers) {
        send(ChangeEvent.put(after, "gateway", 5), headers);
    }

    void patch(RecordKey key, String patch, String... headers) {
        send(ChangeEvent.patch(key, new JsonText(patch), "gateway", 5), headers);
    }

    void delete(RecordKey key, String... headers) {
        send(ChangeEvent.delete(key, "gateway", 5), headers);
    }

    void send(ChangeEvent event, String... headers) {
        send(event.key().bytes(), codec.write(event), headers);
    }

    /** @param headers name, value, name, value … */
    void send(byte[] key, byte[] value, String... headers) {
        org.apache.kafka.common.header.Headers all = HeaderText.of(Map.of());
        for (int i = 0; i < headers.length; i += 2) {
            HeaderText.add(all, headers[i], headers[i + 1]);
        }
        writes.pipeInput(new TestRecord<>(key, value, all, now));
    }

    /** The broker's clock and ours go on. */
    void pass(Duration time) {
        now = now.plus(time);
        driver.advanceWallClockTime(time);
    }

    List<Change> changes() {
        return changes.readRecordsToList().stream().map(this::change).toList();
    }

    /** The changes as words: {@code c users 7}. */
    List<String> changesInWords() {
        return changes().stream()
                .map(change -> change.op() + " " + change.key())
                .toList();
    }

    /** Raw changes, barriers among them. */
    List<TestRecord<byte[], byte[]>> rawChanges() {
        return changes.readRecordsToList();
    }

    List<TestRecord<byte[], byte[]>> deadLetters() {
        return deadLetters.readRecordsToList();
    }

    List<String> reasons() {
        return deadLetters().stream()
                .map(letter -> String.valueOf(HeaderText.find(letter.headers(), Headers.REASON)))
                .toList();
    }

    List<Answer> answers() {
        return answers.readValuesToList().stream().map(Wire::answer).toList();
    }

    ProcessorProgress.Counters counters() {
        return progress().counters();
    }

    /** The last one that was said. */
    ProcessorProgress progress() {
        saysProgress();
        return Wire.processorProgress(lastProgress);
    }

    boolean saysProgress() {
        pass(Duration.ofSeconds(1));
        List<byte[]> said = progress.readValuesToList();
        if (!said.isEmpty()) {
            lastProgress = said.get(said.size() - 1);
        }
        return !said.isEmpty();
    }

    private Change change(TestRecord<byte[], byte[]> sent) {
        try {
            return new Change(
                    codec.read(sent.key(), sent.value()),
                    HeaderText.all(sent.headers()),
                    new String(sent.value(), StandardCharsets.UTF_8));
        } catch (MalformedEventException e) {
            throw new AssertionError(new String(sent.value(), StandardCharsets.UTF_8), e);
        }
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static String temporaryFolder() {
        try {
            return Files.createTempDirectory("changeover-processor").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.close();
    }
}
