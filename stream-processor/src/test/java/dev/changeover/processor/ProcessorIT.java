package dev.changeover.processor;

import static dev.changeover.processor.Chats.badgeOf;
import static dev.changeover.processor.Chats.chat;
import static dev.changeover.processor.Chats.chatKey;
import static dev.changeover.processor.Chats.chatOf;
import static dev.changeover.processor.Chats.message;
import static dev.changeover.processor.Chats.user;
import static dev.changeover.processor.Chats.userKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.Barriers;
import dev.changeover.log.Control;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ProcessorIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final OneLog log = new OneLog(3);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void aWriteIsAnsweredAndStandsOnChangesInItsPartition() throws Exception {
        try (Processor processor = log.processor();
                AnswerTail answers = AnswerTail.start(log.migration(), log.settings())) {
            RecordMetadata written = log.write(ChangeEvent.put(user("7", "Ada"), "test", 1), Headers.ANSWER, "1");

            Answer answer = answers.of(written.partition(), written.offset()).get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            assertThat(answer.outcome()).isEqualTo(Answer.Outcome.ACCEPTED);
            assertThat(log.changes()).singleElement().satisfies(change -> {
                assertThat(change.partition()).isEqualTo(written.partition());
                assertThat(log.event(change).after()).isEqualTo(user("7", "Ada"));
            });
            // It is running when each of its partitions is; the first answer may come before.
            assertThat(processor.awaitRunning(LIMIT)).isTrue();
        }
    }

    @Test
    void anEventInTheWrongPartitionReachesTheRightOneAndCountsOnce() throws Exception {
        int right = log.migration().partitionOf(userKey("7"));
        try (Processor processor = log.processor();
                ProgressTail progress = ProgressTail.start(log.migration(), log.settings())) {
            log.send((right + 1) % 3, ChangeEvent.put(user("7", "Ada"), "test", 1))
                    .get();

            awaitWrites(progress, 1);

            assertThat(log.changes())
                    .singleElement()
                    .extracting(ConsumerRecord::partition)
                    .isEqualTo(right);
            assertThat(progress.counters()).isEqualTo(new Counters(1, 1, 0, 0, 0));
            assertThat(processor.reason()).isEmpty();
        }
    }

    @Test
    void aDeleteReachesWhatPointsToItInEveryPartition() throws Exception {
        List<String> names = IntStream.range(0, 12).mapToObj(i -> "n" + i).toList();
        try (Processor processor = log.processor();
                ProgressTail progress = ProgressTail.start(log.migration(), log.settings())) {
            log.write(ChangeEvent.put(user("7", "Ada"), "test", 1));
            for (String name : names) {
                log.write(ChangeEvent.put(chatOf("7", name), "test", 1));
                log.write(ChangeEvent.snapshot(badgeOf("7", name), "test", 1));
            }
            awaitWrites(progress, 25);

            log.write(ChangeEvent.delete(userKey("7"), "test", 1));
            awaitWrites(progress, 25 + 1 + 24);
            log.write(ChangeEvent.snapshot(badgeOf("7", "late"), "test", 1));
            awaitWrites(progress, 25 + 1 + 24 + 1);

            assertThat(progress.counters()).isEqualTo(new Counters(51, 50, 0, 0, 1));
            List<String> ops = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> change : log.changes()) {
                ChangeEvent event = log.event(change);
                ops.add(event.op().letter() + " " + event.key().entity().name());
            }
            assertThat(ops).filteredOn("u chats"::equals).hasSize(12);
            assertThat(ops).filteredOn("d badges"::equals).hasSize(12);
            assertThat(processor.reason()).isEmpty();
        }
    }

    @Test
    void aBarrierComesOutBehindEverythingThatWasWrittenBeforeIt() throws Exception {
        try (Processor processor = log.processor();
                Barriers barriers = new Barriers(log.migration(), log.settings())) {
            List<Future<RecordMetadata>> sent = IntStream.range(0, 300)
                    .mapToObj(i -> log.send(ChangeEvent.put(user("u" + i, "Ada"), "test", 1)))
                    .toList();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }

            Barriers.Reached reached = barriers.sendThrough(new Barrier("b1", "verify"), LIMIT);

            long before = log.changes().stream()
                    .filter(change -> !Control.isBarrier(change.headers()))
                    .filter(change -> change.offset() < reached.changes().next().get(change.partition()))
                    .count();
            assertThat(before).isEqualTo(300);
            assertThat(processor.reason()).isEmpty();
        }
    }

    @Test
    void aProcessorThatIsKilledAgainAndAgainProcessesEveryEventOnce() throws Exception {
        long users = 1_000;
        List<ChangeEvent> events = new ArrayList<>();
        for (int i = 0; i < users; i++) {
            events.add(ChangeEvent.snapshot(user("u" + i, "Ada"), "test", 1));
            events.add(ChangeEvent.put(user("u" + i, "Bob"), "test", 2));
            events.add(ChangeEvent.snapshot(user("u" + i, "late"), "test", 3));
        }
        for (int i = 0; i < 20; i++) {
            events.add(ChangeEvent.put(chat("c" + i, "t"), "test", 1));
            events.add(ChangeEvent.put(message("c" + i, 1), "test", 1));
            events.add(ChangeEvent.delete(chatKey("c" + i), "test", 1));
        }
        try (ProgressTail progress = ProgressTail.start(log.migration(), log.settings())) {
            int sent = 0;
            for (int kill = 1; kill <= 2; kill++) {
                Process process = ProcessorProcess.start(log);
                int until = events.size() * kill / 2;
                for (; sent < until; sent++) {
                    log.send(events.get(sent));
                }
                long some = sent * 2L / 3;
                progress.await(() -> progress.counters().writes() >= some, LIMIT);
                process.destroyForcibly().waitFor();
            }

            long total = events.size() + 20L;
            try (Processor processor = log.processor()) {
                assertThat(processor.awaitRunning(LIMIT)).isTrue();
                awaitWrites(progress, total);
                assertThat(processor.state()).isEqualTo(Processor.State.RUNNING);
            }

            assertThat(progress.counters()).isEqualTo(new Counters(total, users * 2 + 80, 0, 0, users));
            assertThat((long) log.changes().size()).isEqualTo(users * 2 + 80);
            assertThat(log.deadLetters()).isEmpty();
        }
    }

    @Test
    void aCleanRestartIsQuickAndGoesOnWhereItStopped() throws Exception {
        try (ProgressTail progress = ProgressTail.start(log.migration(), log.settings())) {
            try (Processor first = log.processor()) {
                log.write(ChangeEvent.put(user("7", "Ada"), "test", 1));
                awaitWrites(progress, 1);
                assertThat(first.reason()).isEmpty();
            }
            log.write(ChangeEvent.put(user("7", "Bob"), "test", 1));
            long start = System.nanoTime();

            try (Processor second = log.processor()) {
                assertThat(second.awaitRunning(LIMIT)).isTrue();
                awaitWrites(progress, 2);
            }

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            Position end = log.endOfWrites();
            int partition = log.migration().partitionOf(userKey("7"));
            assertThat(progress.ofProcessor(partition))
                    .map(ProcessorProgress::next)
                    .contains(end.next().get(partition));
            assertThat(log.event(log.changes().get(1)).before()).isEqualTo(user("7", "Ada"));
        }
    }

    private static void awaitWrites(ProgressTail progress, long writes) throws InterruptedException {
        assertThat(progress.await(() -> progress.counters().writes() >= writes, LIMIT))
                .as("%d writes are processed; so far %s", writes, progress.counters())
                .isTrue();
    }
}
