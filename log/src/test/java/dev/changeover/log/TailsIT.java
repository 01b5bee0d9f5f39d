package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.ControlRecord.PhaseChange;
import dev.changeover.model.topic.ControlRecord.Stamp;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TailsIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Migration migration = OneBroker.aMigration(2);
    private final Topics topics = new Topics(migration.name());
    private final LogSettings settings = OneBroker.settings();
    private final KafkaProducer<byte[], byte[]> producer = new Clients(settings).producer("test");

    @BeforeEach
    void createTopics() {
        TopicSetup.ensure(migration, settings);
    }

    @AfterEach
    void close() {
        producer.close();
    }

    @Test
    void withoutTopicsATailSaysWhatIsMissing() {
        assertThatThrownBy(() -> ProgressTail.start(OneBroker.aMigration(2), settings))
                .isInstanceOf(LogException.class)
                .hasMessageContaining(".progress");
    }

    @Test
    void progressIsKnownFromBeforeTheStartAndFollowed() throws Exception {
        send(topics.progress(), ProgressKey.of(Side.TARGET, 1), Wire.write(progress(1, 10)));
        send(
                topics.progress(),
                ProgressKey.ofProcessor(0),
                Wire.write(new ProcessorProgress(0, 5, new Counters(5, 4, 1, 0, 0), 0)));
        try (ProgressTail tail = ProgressTail.start(migration, settings)) {
            tail.awaitCaughtUp(LIMIT);
            assertThat(tail.of(Side.TARGET, 1)).contains(progress(1, 10));
            assertThat(tail.of(Side.LEGACY, 1)).isEmpty();
            assertThat(tail.counters()).isEqualTo(new Counters(5, 4, 1, 0, 0));

            send(topics.progress(), ProgressKey.of(Side.TARGET, 1), Wire.write(progress(1, 20)));

            assertThat(tail.await(() -> tail.passed(Side.TARGET, 1, 19), LIMIT)).isTrue();
            assertThat(tail.await(() -> tail.passed(Side.TARGET, 1, 20), Duration.ofMillis(50)))
                    .isFalse();
        }
    }

    @Test
    void anAnswerIsFoundWhetherItIsAskedForBeforeOrAfterItComes() throws Exception {
        try (AnswerTail tail = AnswerTail.start(migration, settings)) {
            CompletableFuture<Answer> before = tail.of(1, 7);
            answer(1, 7);
            answer(1, 8);

            assertThat(before.get(LIMIT.toSeconds(), TimeUnit.SECONDS).offset()).isEqualTo(7);
            assertThat(tail.of(1, 8).get(LIMIT.toSeconds(), TimeUnit.SECONDS).offset())
                    .isEqualTo(8);
        }
    }

    @Test
    void ofTwoWhoDecideAtOnceOneWinsAndBothKnow() {
        try (ControlLog one = ControlLog.open(migration, settings);
                ControlLog other = ControlLog.open(migration, settings)) {
            ControlLog.Outcome first = one.append(change("a", Phase.BACKFILLING));
            ControlLog.Outcome second = other.append(change("b", Phase.CUT_OVER));

            assertThat(first).isEqualTo(ControlLog.Outcome.WON);
            assertThat(second).isEqualTo(ControlLog.Outcome.LOST);
            assertThat(other.state().phase()).isEqualTo(Phase.BACKFILLING);
        }
        try (ControlLog later = ControlLog.open(migration, settings)) {
            assertThat(later.state().phase()).isEqualTo(Phase.BACKFILLING);
            assertThat(later.state().epoch()).isEqualTo(1);
        }
    }

    @Test
    void aDeadLetterIsListedOnceAndReadBackWithItsBytes() throws Exception {
        DeadLetter letter = new DeadLetter(
                "processor-w-0@3",
                "{\"entity\":\"users\"}",
                "users",
                "processor",
                null,
                "id: missing",
                "w-0@3",
                0,
                Bytes.copyOf(new byte[] {1, 2, (byte) 0xff}));
        send(letter);
        send(letter);
        try (DeadLetterTail tail = DeadLetterTail.start(migration, settings)) {
            tail.awaitCaughtUp(LIMIT);

            assertThat(tail.count()).isEqualTo(1);
            DeadLetterTail.Entry entry = tail.find(letter.id()).orElseThrow();
            assertThat(entry.reason()).isEqualTo("id: missing");
            assertThat(entry.answered()).isFalse();
            assertThat(tail.read(entry).content()).isEqualTo(letter.content());
        }
    }

    @Test
    void aBarrierStandsInEveryPartitionAndNeedsTheProcessorToGetThrough() {
        try (Barriers barriers = new Barriers(migration, settings)) {
            assertThat(barriers.send(new Barrier("b1", "verify")).next()).containsExactly(0L, 0L);

            assertThatThrownBy(() -> barriers.sendThrough(new Barrier("b2", "verify"), Duration.ofMillis(300)))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("did not come through the processor");
        }
    }

    private void answer(int partition, long offset) throws Exception {
        send(
                topics.answers(),
                AnswerTail.key(partition, offset),
                Wire.write(new Answer(partition, offset, Answer.Outcome.ACCEPTED, offset, "")));
    }

    private void send(DeadLetter letter) throws Exception {
        Headers headers = HeaderText.of(Wire.headers(letter));
        byte[] key = letter.keyText().getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(
                        topics.deadLetters(), 0, null, key, letter.content().toArray(), headers))
                .get();
    }

    private void send(String topic, byte[] key, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(topic, key, value)).get();
    }

    private static ControlRecord change(String id, Phase phase) {
        return new PhaseChange(new Stamp(id, 0, "operator", "", 0), phase, Side.LEGACY, 1, null);
    }

    private static Progress progress(int partition, long writesNext) {
        return new Progress(Side.TARGET, partition, writesNext, writesNext, 1, 0, 0, 1, 0);
    }
}
