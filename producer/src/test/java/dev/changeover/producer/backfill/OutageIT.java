package dev.changeover.producer.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.log.Clients;
import dev.changeover.log.Control;
import dev.changeover.log.LogEnd;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import dev.changeover.producer.publisher.Broker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A backfill whose broker goes away, each on a broker of its own. */
class OutageIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int RECORDS = 200;

    @TempDir
    private Path directory;

    private final Migration migration = Broker.aMigration(1, List.of(BackfillIT.CHATS));
    private final MemoryReader legacy = new MemoryReader();
    private EmbeddedKafka kafka;

    @BeforeEach
    void start() {
        kafka = EmbeddedKafka.start(directory);
        TopicSetup.ensure(migration, settings());
        for (int i = 0; i < RECORDS; i++) {
            legacy.add(BackfillIT.chat("c" + i));
        }
    }

    @AfterEach
    void stop() {
        kafka.close();
    }

    /** After the commit of a chunk all are in a poll, which Kafka's consumers go on with in silence until there is a broker. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AFTER_CHUNK_COMMIT")
    void aBackfillWhoseKafkaGoesAwayAtAnyStepWaitsForItAndPublishesEachRecordOnce(BackfillStep step) throws Exception {
        try (ProgressTail progress = ProgressTail.start(migration, settings());
                Backfill backfill = Backfill.start(
                        migration,
                        legacy,
                        settings(),
                        progress,
                        new BackfillSettings(
                                "b", 1, 50, 1024 * 1024, 0, 0, "", Duration.ofMillis(50), Duration.ofMillis(500)),
                        InstantSource.system(),
                        closeKafkaAt(step))) {
            await().atMost(LIMIT).until(() -> !backfill.progress().lastError().isEmpty());
            assertThat(backfill.completion()).isNotDone();

            kafka = EmbeddedKafka.start(directory);

            assertThat(backfill.completion()
                            .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                            .published())
                    .isEqualTo(RECORDS);
            assertThat(backfill.progress().state()).isEqualTo(BackfillProgress.State.COMPLETE);
        }
        assertThat(keys()).hasSize(RECORDS).doesNotHaveDuplicates();
    }

    private Consumer<BackfillStep> closeKafkaAt(BackfillStep step) {
        AtomicBoolean once = new AtomicBoolean();
        return reached -> {
            if (reached == step && once.compareAndSet(false, true)) {
                kafka.close();
            }
        };
    }

    /** Clients that give up sooner than others do. */
    private LogSettings settings() {
        return new LogSettings(
                kafka.bootstrapServers(),
                Map.of(
                        "kafka.producer.max.block.ms", "3000",
                        "kafka.producer.request.timeout.ms", "2000",
                        "kafka.producer.delivery.timeout.ms", "3000",
                        "kafka.consumer.default.api.timeout.ms", "5000"),
                true);
    }

    private List<String> keys() {
        TopicPartition writes = new TopicPartition(new Topics(migration.name()).writes(), 0);
        Clients clients = new Clients(settings());
        List<String> keys = new ArrayList<>();
        try (Admin admin = clients.admin("test");
                KafkaConsumer<byte[], byte[]> reader = clients.reader("test", Clients.Start.EARLIEST)) {
            long end = LogEnd.of(migration, writes.topic(), admin).next().get(0);
            reader.assign(List.of(writes));
            while (reader.position(writes) < end) {
                reader.poll(Duration.ofMillis(100)).forEach(read -> {
                    if (!Control.isBarrier(read.headers())) {
                        keys.add(new String(read.key(), StandardCharsets.UTF_8));
                    }
                });
            }
        }
        return keys;
    }
}
