package dev.changeover.producer.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.changeover.log.Clients;
import dev.changeover.log.Control;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogEnd;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Op;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import dev.changeover.producer.publisher.Broker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackfillIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    static final Entity CHATS = onFiles(Samples.CHATS, "chats.jsonl");
    private static final Entity MESSAGES = onFiles(Samples.MESSAGES, "messages.jsonl");

    private final LogSettings log = Broker.settings();
    private final Migration migration = Broker.aMigration(3, List.of(CHATS, MESSAGES));
    private final MemoryReader legacy = new MemoryReader();

    private ProgressTail progress;

    @BeforeEach
    void topics() {
        TopicSetup.ensure(migration, log);
        progress = ProgressTail.start(migration, log);
    }

    @AfterEach
    void close() {
        progress.close();
    }

    @Test
    void everyRecordIsPublishedOnceParentsFirstAndABarrierComesLast() throws Exception {
        fill(20, 500);

        BackfillSummary summary = complete(settings().withWorkers(1));

        List<ConsumerRecord<byte[], byte[]>> written = written();
        List<String> keys = keys(written);
        assertThat(keys).hasSize(520).doesNotHaveDuplicates();
        assertThat(summary.published()).isEqualTo(520);
        EventCodec codec = new EventCodec(migration);
        for (ConsumerRecord<byte[], byte[]> read : written) {
            if (!Control.isBarrier(read.headers())) {
                assertThat(codec.read(read.key(), read.value()).op()).isEqualTo(Op.SNAPSHOT);
            }
        }
        for (int partition = 0; partition < 3; partition++) {
            ConsumerRecord<byte[], byte[]> last = lastOf(written, partition);
            assertThat(Control.isBarrier(last.headers())).isTrue();
            assertThat(last.offset()).isEqualTo(summary.barrier().next().get(partition));
        }
    }

    @Test
    void noChildIsPublishedBeforeAllParentsAreHoweverManyPublish() throws Exception {
        fill(600, 1_200);
        // Each of the two has two of the four partitions of tasks, and empties one after the other.
        Backfill helper = Backfill.help(
                migration, legacy, log, progress, settings("helper").withWorkers(1), InstantSource.system());
        complete(settings().withWorkers(1));
        helper.close();

        Map<String, LongSummaryStatistics> times = written().stream()
                .filter(read -> !Control.isBarrier(read.headers()))
                .collect(Collectors.groupingBy(
                        read -> keyText(read).contains("\"messages\"") ? "messages" : "chats",
                        Collectors.summarizingLong(ConsumerRecord::timestamp)));
        assertThat(times.get("chats").getCount()).isEqualTo(600);
        assertThat(times.get("messages").getCount()).isEqualTo(1_200);
        assertThat(times.get("chats").getMax())
                .isLessThanOrEqualTo(times.get("messages").getMin());
    }

    @Test
    void aBadRecordIsADeadLetterWithItsPlaceAndTheOthersGoOn() throws Exception {
        fill(3, 10);
        legacy.addBad(CHATS, "{broken");
        legacy.add(chat("after"));

        BackfillSummary summary = complete(settings());

        assertThat(summary)
                .extracting(BackfillSummary::published, BackfillSummary::bad)
                .containsExactly(14L, 1L);
        try (DeadLetterTail letters = DeadLetterTail.start(migration, log)) {
            letters.awaitCaughtUp(LIMIT);
            DeadLetterTail.Entry letter = letters.list(entry -> true, 10).get(0);
            assertThat(letter.id()).isEqualTo("scan-chats-chats.jsonl:4");
            assertThat(letter.chunk()).isEqualTo("chats-000000");
            assertThat(new String(letters.read(letter).content().toArray(), StandardCharsets.UTF_8))
                    .isEqualTo("{broken");
        }
    }

    @ParameterizedTest
    @EnumSource(BackfillStep.class)
    void aBackfillThatDiesAtAnyStepGoesOnWithNothingLostAndNothingTwice(BackfillStep step) throws Exception {
        fill(10, 300);
        boolean third = step == BackfillStep.BEFORE_CHUNK_COMMIT || step == BackfillStep.AFTER_CHUNK_COMMIT;
        Backfill dying = start(chunkByChunk(), dieAt(step, third ? 3 : 1));
        await().atMost(LIMIT).until(() -> dying.completion().isCompletedExceptionally());
        dying.close();

        BackfillSummary summary = complete(settings());

        assertThat(summary.published()).isEqualTo(310);
        assertThat(keys(written())).hasSize(310).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource(
            value = BackfillStep.class,
            names = {"BEFORE_CHUNK_COMMIT", "AFTER_CHUNK_COMMIT"})
    void soDoesOneWhoseTransactionsAreOfManyChunks(BackfillStep step) throws Exception {
        fill(10, 9_000);
        Backfill dying = start(settings(), dieAt(step, 2));
        await().atMost(LIMIT).until(() -> dying.completion().isCompletedExceptionally());
        dying.close();

        BackfillSummary summary = complete(settings());

        assertThat(summary.published()).isEqualTo(9_010);
        assertThat(keys(written())).hasSize(9_010).doesNotHaveDuplicates();
    }

    @Test
    void chunksThatAreWorkedOffSoonGoInOneTransaction() throws Exception {
        fill(10, 2_000);
        AtomicInteger transactions = new AtomicInteger();

        try (Backfill backfill = start(settings(), step -> {
            if (step == BackfillStep.AFTER_CHUNK_COMMIT) {
                transactions.incrementAndGet();
            }
        })) {
            backfill.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            assertThat(backfill.progress().entities().get("messages"))
                    .isEqualTo(new BackfillProgress.OfEntity(2_000, 2_000, 0, 40, 40));
        }
        assertThat(transactions.get()).isLessThan(20);
        assertThat(keys(written())).hasSize(2_010).doesNotHaveDuplicates();
    }

    @Test
    void whereARateIsAskedForEachChunkOfMoreThanAFifthOfASecondGoesByItself() throws Exception {
        fill(1, 500);
        AtomicInteger transactions = new AtomicInteger();

        try (Backfill backfill = start(chunkByChunk(), step -> {
            if (step == BackfillStep.AFTER_CHUNK_COMMIT) {
                transactions.incrementAndGet();
            }
        })) {
            backfill.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        assertThat(transactions.get()).isEqualTo(11);
    }

    @Test
    void whatIsWholeDoesNotWaitForAChunkThatCannotBeRead() throws Exception {
        fill(5, 1_000);
        legacy.unreadable.set(950);
        BackfillSettings one =
                new BackfillSettings("b", 1, 50, 1024 * 1024, 0, 0, "", Duration.ofMillis(5), Duration.ofMillis(50));
        try (Backfill backfill = start(one, step -> {})) {
            // all that is before it in its partition of four
            await().atMost(LIMIT)
                    .until(() -> backfill.progress().entities().get("messages").published() >= 200);
            assertThat(backfill.completion()).isNotDone();

            legacy.unreadable.set(-1);

            assertThat(backfill.completion()
                            .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                            .published())
                    .isEqualTo(1_005);
        }
        assertThat(keys(written())).hasSize(1_005).doesNotHaveDuplicates();
    }

    @Test
    void aChunkDoesNotWaitForParentsThatStandBeforeItAndHaveToBePublishedAgain() throws Exception {
        fill(400, 400);
        AtomicInteger failures = new AtomicInteger();

        try (Backfill backfill = start(settings(), step -> {
            if (step == BackfillStep.BEFORE_CHUNK_COMMIT && failures.getAndIncrement() < 4) {
                throw new TimeoutException("Injected");
            }
        })) {
            backfill.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        assertThat(failures.get()).isGreaterThan(4);
        assertThat(keys(written())).hasSize(800).doesNotHaveDuplicates();
    }

    private static Consumer<BackfillStep> dieAt(BackfillStep step, int time) {
        AtomicInteger times = new AtomicInteger();
        return reached -> {
            if (reached == step && times.incrementAndGet() == time) {
                throw new AssertionError("killed at " + step);
            }
        };
    }

    @Test
    void aSecondBackfillDoesNothing() throws Exception {
        fill(2, 10);
        BackfillSummary first = complete(settings());
        int scans = legacy.scans.get();

        BackfillSummary second = complete(settings());

        assertThat(second).isEqualTo(first);
        assertThat(legacy.scans.get()).isEqualTo(scans);
    }

    @Test
    void oneEntityGoesFirstAndTheBarrierComesWhenAllAreThrough() throws Exception {
        fill(5, 20);

        BackfillSummary chats = complete(settings().withEntity("chats"));
        BackfillSummary again = complete(settings().withEntity("chats"));

        assertThat(chats.published()).isEqualTo(5);
        assertThat(chats.whole()).isFalse();
        assertThat(again).isEqualTo(chats);

        BackfillSummary all = complete(settings());

        assertThat(all.whole()).isTrue();
        assertThat(all.published()).isEqualTo(25);
    }

    @Test
    void anEntityThatWasAskedForBeforeItsParentAndInterruptedIsNoHindrance() throws Exception {
        fill(300, 600);
        try (Backfill killed =
                start(chunkByChunk().withEntity("messages"), dieAt(BackfillStep.AFTER_CHUNK_COMMIT, 3))) {
            await().atMost(LIMIT).until(() -> killed.completion().isCompletedExceptionally());
        }

        BackfillSummary all = complete(settings());

        assertThat(all.published()).isEqualTo(900);
        assertThat(keys(written())).hasSize(900).doesNotHaveDuplicates();
    }

    @Test
    void aStoreThatIsAwayIsWaitedForAndNeverCountsAsDone() throws Exception {
        fill(5, 200);
        legacy.away.set(4);

        BackfillSummary summary = complete(settings());

        assertThat(summary.published()).isEqualTo(205);
        assertThat(keys(written())).hasSize(205).doesNotHaveDuplicates();
    }

    @Test
    void severalProcessesShareTheWork() throws Exception {
        fill(10, 2_000);
        Backfill helper = Backfill.help(migration, legacy, log, progress, settings("helper"), InstantSource.system());

        BackfillSummary summary = complete(settings());

        assertThat(helper.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(summary);
        helper.close();
        assertThat(summary.published()).isEqualTo(2_010);
        assertThat(keys(written())).hasSize(2_010).doesNotHaveDuplicates();
    }

    @Test
    void aChunkLargerThanTheBufferIsStillOneTransaction() throws Exception {
        fill(1, 200);
        BackfillSettings small =
                new BackfillSettings("b", 1, 1_000, 1_000, 0, 0, "", Duration.ofMillis(5), Duration.ofMillis(50));

        BackfillSummary summary = complete(small);

        assertThat(summary.published()).isEqualTo(201);
        assertThat(keys(written())).hasSize(201).doesNotHaveDuplicates();
    }

    @Test
    void aBackfillWaitsForAProcessorThatIsBehind() throws Exception {
        fill(10, 1_000);
        BackfillSettings polite =
                new BackfillSettings("b", 2, 50, 1024 * 1024, 0, 100, "", Duration.ofMillis(5), Duration.ofMillis(50));

        try (Backfill backfill = start(polite, step -> {})) { // and nobody processes anything
            await().atMost(LIMIT).until(() -> backfill.progress().lastError().contains("behind"));

            // Two that look at the same moment may both go on with a chunk of 50.
            assertThat(keys(written())).hasSizeBetween(100, 200);
        }
    }

    @Test
    void aBackfillDoesNotWaitForWhatWasAborted() throws Exception {
        fill(2, 20);
        try (KafkaProducer<byte[], byte[]> killed = new Clients(log).transactionalProducer("killed", "killed")) {
            killed.initTransactions();
            killed.beginTransaction();
            for (int i = 0; i < 300; i++) {
                killed.send(new ProducerRecord<>(new Topics(migration.name()).writes(), i % 3, null, new byte[1]));
            }
            killed.flush();
            killed.abortTransaction();
        }
        BackfillSettings polite =
                new BackfillSettings("b", 2, 50, 1024 * 1024, 0, 100, "", Duration.ofMillis(5), Duration.ofMillis(50));

        assertThat(complete(polite).published()).isEqualTo(22); // and nobody says that there is nothing to process
    }

    @Test
    void theRateIsKept() throws Exception {
        fill(1, 300);
        long began = System.nanoTime();

        BackfillSummary summary = complete(settings().withRate(300));

        assertThat(summary.published()).isEqualTo(301);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(700));
    }

    @Test
    void progressTellsWhatIsDoneByEntity() throws Exception {
        fill(5, 120);
        try (Backfill backfill = start(settings(), step -> {})) {
            backfill.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            BackfillProgress progress = backfill.progress();
            assertThat(progress.state()).isEqualTo(BackfillProgress.State.COMPLETE);
            assertThat(progress.entities())
                    .containsExactly(
                            Map.entry("chats", new BackfillProgress.OfEntity(5, 5, 0, 1, 1)),
                            Map.entry("messages", new BackfillProgress.OfEntity(120, 120, 0, 3, 3)));
        }
    }

    private static BackfillSettings settings() {
        return settings("b");
    }

    /** Slow enough that no two chunks of 50 go in one transaction. */
    private static BackfillSettings chunkByChunk() {
        return settings().withRate(250);
    }

    private static BackfillSettings settings(String instance) {
        return new BackfillSettings(
                instance, 2, 50, 1024 * 1024, 0, 0, "", Duration.ofMillis(5), Duration.ofMillis(50));
    }

    private Backfill start(BackfillSettings settings, Consumer<BackfillStep> reached) {
        return Backfill.start(migration, legacy, log, progress, settings, InstantSource.system(), reached);
    }

    private BackfillSummary complete(BackfillSettings settings) throws Exception {
        try (Backfill backfill = start(settings, step -> {})) {
            return backfill.completion().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void fill(int chats, int messages) {
        for (int i = 0; i < chats; i++) {
            legacy.add(chat("c" + i));
        }
        for (int i = 0; i < messages; i++) {
            legacy.add(EntityRecord.of(MESSAGES)
                    .set("chat_id", "c" + i % chats)
                    .set("sequence_number", i)
                    .set("content", "hello " + i)
                    .build());
        }
    }

    static EntityRecord chat(String id) {
        EntityRecord sample = Samples.of(
                Samples.CHATS,
                "{\"chat_id\":\"%s\",\"metadata\":{},\"created_at\":\"2026-01-01T00:00:00Z\"}".formatted(id));
        EntityRecord.Builder chat = EntityRecord.of(CHATS);
        CHATS.fields().forEach(field -> chat.set(field, sample.value(field.name())));
        return chat.build();
    }

    static Entity onFiles(Entity entity, String path) {
        return new Entity(
                entity.name(),
                entity.fields(),
                entity.key(),
                entity.references(),
                entity.unnamed(),
                new LinesLayout(PathPattern.parse(path), Map.of(), JsonStyle.PLAIN),
                null);
    }

    private static List<String> keys(List<ConsumerRecord<byte[], byte[]>> written) {
        return written.stream()
                .filter(read -> !Control.isBarrier(read.headers()))
                .map(BackfillIT::keyText)
                .toList();
    }

    private static String keyText(ConsumerRecord<byte[], byte[]> read) {
        return new String(read.key(), StandardCharsets.UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> lastOf(List<ConsumerRecord<byte[], byte[]>> written, int partition) {
        return written.stream()
                .filter(read -> read.partition() == partition)
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    /** What readers of committed records see on {@code writes}. */
    private List<ConsumerRecord<byte[], byte[]>> written() {
        String writes = new Topics(migration.name()).writes();
        Clients clients = new Clients(log);
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        try (Admin admin = clients.admin("test");
                KafkaConsumer<byte[], byte[]> reader = clients.reader("test", Clients.Start.EARLIEST)) {
            Position end = LogEnd.of(migration, writes, admin);
            List<TopicPartition> partitions = List.of(
                    new TopicPartition(writes, 0), new TopicPartition(writes, 1), new TopicPartition(writes, 2));
            reader.assign(partitions);
            while (partitions.stream()
                    .anyMatch(
                            partition -> reader.position(partition) < end.next().get(partition.partition()))) {
                reader.poll(Duration.ofMillis(100)).forEach(all::add);
            }
        }
        return all;
    }
}
