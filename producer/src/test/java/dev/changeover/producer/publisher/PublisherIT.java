package dev.changeover.producer.publisher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.changeover.log.HeaderText;
import dev.changeover.log.LogSettings;
import dev.changeover.log.TopicSetup;
import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PublisherIT {
    private static final InstantSource CLOCK = InstantSource.system();

    private final LogSettings log = Broker.settings();
    private final Migration migration = Broker.aMigration(3);
    private final Sides primary = new Sides();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private FakePipeline pipeline;
    private Publisher publisher;

    private static final class Sides implements Acknowledging {
        volatile Set<Side> sides = Set.of(Side.LEGACY);

        @Override
        public Set<Side> sides() {
            return sides;
        }

        @Override
        public long epoch() {
            return 7;
        }
    }

    @BeforeEach
    void open() {
        TopicSetup.ensure(migration, log);
        pipeline = new FakePipeline(migration, log);
        opened.add(pipeline);
        publisher = Publisher.open(migration, log, PublisherSettings.of("test"), primary, CLOCK);
        opened.add(publisher);
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    @Test
    void aWriteIsAnsweredWhenTheSidesItWaitsForHaveIt() throws Exception {
        Published published =
                result(publisher.publish(write(chat("a")).until(Wait.BOTH).withIdempotencyKey("k1")));

        assertThat(published.outcome()).isEqualTo(Published.Outcome.ACCEPTED);
        assertThat(published.inTime()).isTrue();
        assertThat(published.applied()).containsExactlyInAnyOrder(Side.LEGACY, Side.TARGET);
        assertThat(published.partition())
                .isEqualTo(migration.partitionOf(chat("a").key()));
        var headers = pipeline.seen.get(0).headers();
        assertThat(HeaderText.find(headers, Headers.IDEMPOTENCY_KEY)).isEqualTo("k1");
        assertThat(HeaderText.find(headers, Headers.EPOCH)).isEqualTo("7");
        assertThat(HeaderText.find(headers, Headers.EVENT_ID)).isNotEmpty();
    }

    @Test
    void aChildGoesToThePartitionOfItsRoot() throws Exception {
        Published parent = result(publisher.put(chat("gap")));
        Published child = result(publisher.put(message("gap", 5)));

        assertThat(child.partition()).isEqualTo(parent.partition());
    }

    @Test
    void whenTheWaitRunsOutTheAnswerSaysWhatIsKnown() throws Exception {
        pipeline.applying = Set.of(Side.LEGACY);

        Published published =
                result(publisher.publish(write(chat("a")).until(Wait.BOTH).within(Duration.ofMillis(400))));

        assertThat(published.inTime()).isFalse();
        assertThat(published.outcome()).isEqualTo(Published.Outcome.ACCEPTED);
        assertThat(published.applied()).containsExactly(Side.LEGACY);
        assertThat(published.offset()).isZero();
    }

    @Test
    void aWriteThatDoesNotWaitIsAnsweredOnceItIsOnTheLog() throws Exception {
        pipeline.applying = Set.of();

        Published published =
                result(publisher.publish(write(chat("a")).until(Wait.BOTH).within(Duration.ZERO)));

        assertThat(published.inTime()).isFalse();
        assertThat(published.outcome()).isEqualTo(Published.Outcome.ACCEPTED);
        assertThat(published.offset()).isZero();
    }

    @Test
    void whatTheProcessorRejectsIsAnsweredWithItsReason() throws Exception {
        pipeline.answering = read ->
                new Answer(read.partition(), read.offset(), Answer.Outcome.NOT_FOUND, read.offset(), "no such chat");
        pipeline.applying = Set.of();

        Published published =
                result(publisher.publish(Write.patch(chat("a").key(), new JsonText("{\"title\":\"x\"}"), "test", CLOCK)
                        .until(Wait.PUBLISHED)));

        assertThat(published.outcome()).isEqualTo(Published.Outcome.NOT_FOUND);
        assertThat(published.reason()).isEqualTo("no such chat");
    }

    @Test
    void whatAStoreRefusesOrParksIsSaidOfTheVeryEvent() throws Exception {
        String refused = message("a", 1).key().text();
        String parked = message("b", 1).key().text();
        pipeline.unapplied = read -> {
            String key = FakePipeline.key(read);
            return key.equals(refused)
                    ? List.of(new Unapplied(read.offset(), key, Unapplied.Kind.REFUSED, "too long"))
                    : key.equals(parked)
                            ? List.of(new Unapplied(-1, key, Unapplied.Kind.PARKED, "waits for chats b"))
                            : List.of();
        };

        Published no = result(publisher.publish(write(message("a", 1)).until(Wait.BOTH)));
        Published later = result(publisher.publish(write(message("b", 1)).until(Wait.BOTH)));
        Published yes = result(publisher.publish(write(chat("a")).until(Wait.BOTH)));

        assertThat(no.outcome()).isEqualTo(Published.Outcome.REFUSED);
        assertThat(no.reason()).isEqualTo("target: too long");
        assertThat(later.outcome()).isEqualTo(Published.Outcome.PARKED);
        assertThat(yes.outcome()).isEqualTo(Published.Outcome.ACCEPTED);
    }

    @Test
    void aWriteThatWaitsWhileACutoverBeginsWaitsForBothSides() throws Exception {
        pipeline.applying = Set.of();
        CompletableFuture<Published> waiting = publisher.put(chat("a"));
        await().until(() -> pipeline.seen.size() == 1);
        primary.sides = EnumSet.allOf(Side.class);

        pipeline.pass(Side.LEGACY, pipeline.seen.get(0));
        pipeline.pass(Side.TARGET, pipeline.seen.get(0));

        assertThat(result(waiting).applied()).containsExactlyInAnyOrder(Side.LEGACY, Side.TARGET);
    }

    @Test
    void aBatchIsAllOnTheLogInItsOrderBehindWhatWasPublishedFirst() throws Exception {
        publisher.publishFirst(List.of(ChangeEvent.snapshot(chat("a"), "test", 1)));

        List<Published> results = publisher
                .publishAll(List.of(
                        write(chat("a")),
                        write(message("a", 1)),
                        Write.delete(message("a", 1).key(), "test", CLOCK)))
                .get(60, TimeUnit.SECONDS);

        assertThat(results).extracting(Published::outcome).containsOnly(Published.Outcome.ACCEPTED);
        assertThat(results).extracting(Published::offset).containsExactly(1L, 2L, 3L);
        assertThat(results).allMatch(Published::inTime);
    }

    @Test
    void anEventThatIsTooLargeIsRefusedBeforeItIsSent() throws Exception {
        EntityRecord huge = message("a", 1).toBuilder()
                .set("content", "x".repeat(17 * 1024 * 1024))
                .build();

        Published published = result(publisher.put(huge));

        assertThat(published.outcome()).isEqualTo(Published.Outcome.INVALID);
        assertThat(published.reason()).contains("16777216");
    }

    @Test
    void whatIsTooMuchAtOnceIsRefusedAndNothingOfItWritten() throws Exception {
        pipeline.applying = Set.of();
        Publisher small = Publisher.open(
                migration,
                log,
                new PublisherSettings("small", 64 * 1024, 3, PublisherSettings.WhenFull.REFUSE),
                primary,
                CLOCK);
        opened.add(small);
        List<CompletableFuture<Published>> waiting =
                IntStream.range(0, 3).mapToObj(i -> small.put(chat("c" + i))).toList();

        Published published = result(small.put(chat("one too many")));

        assertThat(published.outcome()).isEqualTo(Published.Outcome.OVERLOADED);
        small.close();
        for (CompletableFuture<Published> one : waiting) {
            assertThat(result(one).inTime()).isFalse();
        }
    }

    private static Published result(CompletableFuture<Published> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    private static Write write(EntityRecord record) {
        return Write.put(record, "test", CLOCK);
    }

    private static EntityRecord chat(String id) {
        return Samples.of(
                Samples.CHATS,
                "{\"chat_id\":\"%s\",\"metadata\":{},\"created_at\":\"2026-01-01T00:00:00Z\"}".formatted(id));
    }

    private static EntityRecord message(String chat, int number) {
        return Samples.of(
                Samples.MESSAGES,
                "{\"chat_id\":\"%s\",\"sequence_number\":%d,\"content\":\"hello\"}".formatted(chat, number));
    }
}
