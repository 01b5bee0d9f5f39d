package dev.changeover.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Progress;
import dev.changeover.store.LogId;
import dev.changeover.store.MemoryStore;
import dev.changeover.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SinkIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final Store.Applied NOTHING = new Store.Applied(0, 0, 0, 0, 0, 0);

    private final TestLog log = new TestLog();
    private final MemoryStore.Contents contents = new MemoryStore.Contents();
    private final MemoryStore store = new MemoryStore(TestLog.MIGRATION, Side.TARGET, contents);
    private final List<AutoCloseable> opened = new ArrayList<>(List.of(log));

    private List<String> words() {
        return contents.history().stream().map(MemoryStore.Written::words).toList();
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    @Test
    void everyEventIsAppliedInTheOrderOfTheLogAndThePositionReachesItsEnd() {
        log.append(TestLog.chat("a"), TestLog.message("a", 1, "one"));
        log.abort(TestLog.chat("never"));
        log.append(TestLog.message("a", 1, "two"), TestLog.message("a", 2, "x"));
        log.delete(TestLog.message("a", 2, "x").key());

        start(store, step -> {});

        awaitEnd(store);
        assertThat(store.read(
                                Samples.MESSAGES,
                                List.of(TestLog.message("a", 1, "").key()))
                        .found())
                .containsValue(TestLog.message("a", 1, "two"));
        assertThat(words())
                .containsExactly("w chats a", "w messages a/1", "w messages a/1", "w messages a/2", "d messages a/2");
    }

    @Test
    void progressSaysHowFarTheSideIsAlsoInWrites() {
        ProgressTail progress = opened(ProgressTail.start(log.migration, log.settings));
        start(store, step -> {});

        long last = log.append(List.of(ChangeEvent.put(TestLog.chat("a"), "test", 1)));

        int partition = log.migration.partitionOf(TestLog.chat("a").key());
        await().atMost(LIMIT).until(() -> progress.passed(Side.TARGET, partition, last));
        assertThat(progress.of(Side.TARGET, partition).map(Progress::applied)).contains(1L);
    }

    /** Snapshot reads come from the legacy side. */
    @ParameterizedTest
    @CsvSource({"LEGACY,w chats a", "TARGET,w chats a;w chats a;w messages a/2"})
    void whatWasReadFromASideIsPassedThereAndCountsAllTheSame(Side side, String written) {
        ProgressTail progress = opened(ProgressTail.start(log.migration, log.settings));
        MemoryStore sides = new MemoryStore(TestLog.MIGRATION, side, contents);
        start(sides, side, step -> {});

        long last = log.append(List.of(
                ChangeEvent.snapshot(TestLog.chat("a"), "files", 1),
                ChangeEvent.put(TestLog.chat("a"), "test", 1),
                ChangeEvent.snapshot(TestLog.message("a", 2, "two"), "files", 1)));

        int partition = log.migration.partitionOf(TestLog.chat("a").key());
        await().atMost(LIMIT).until(() -> progress.passed(side, partition, last));
        assertThat(words()).containsExactly(written.split(";"));
        assertThat(progress.of(side, partition).map(Progress::applied)).contains(3L);
    }

    @ParameterizedTest
    @EnumSource(SinkStep.class)
    void aSinkThatDiesAtAnyStepAppliesEveryEventOnce(SinkStep step) {
        log.append(TestLog.chat("a"), TestLog.message("a", 1, "refuse me"));
        appendMessages(50);
        AtomicInteger times = new AtomicInteger();
        Sink dying = start(store, reached -> {
            if (reached == step && times.incrementAndGet() == 1) {
                throw new AssertionError("killed at " + step);
            }
        });
        await().atMost(LIMIT).until(() -> dying.health().state() == SinkHealth.State.FAILED);
        dying.close();

        MemoryStore again = new MemoryStore(TestLog.MIGRATION, Side.TARGET, contents);
        start(again, reached -> {});
        appendMessages(50);

        awaitEnd(again);
        assertThat(words()).hasSize(101).contains("w chats a");
        assertThat(words().stream().filter("w messages a/10"::equals)).hasSize(2);
        DeadLetterTail letters = opened(DeadLetterTail.start(log.migration, log.settings));
        await().atMost(LIMIT)
                .until(() -> letters.count() == 1 && again.unannounced().isEmpty());
    }

    @Test
    void whatTheStoreRefusesIsADeadLetterAndTheProgressThatPassedItSaysSo() {
        Map<String, Unapplied> told = new HashMap<>();
        ProgressTail progress = opened(ProgressTail.start(log.migration, log.settings));
        progress.listen((ignored, unapplied) -> {
            synchronized (told) {
                unapplied.forEach(one -> told.put(one.keyText(), one));
            }
        });
        start(store, step -> {});
        EntityRecord bad = TestLog.message("a", 1, "refuse me");
        EntityRecord orphan = TestLog.message("later", 1, "waits");

        log.append(TestLog.chat("a"), bad, orphan);

        await().atMost(LIMIT).until(() -> {
            synchronized (told) {
                return told.size() == 2;
            }
        });
        assertThat(told.get(bad.key().text()))
                .isEqualTo(new Unapplied(1, bad.key().text(), Unapplied.Kind.REFUSED, "content: it says so"));
        assertThat(told.get(orphan.key().text()))
                .isEqualTo(new Unapplied(
                        2, orphan.key().text(), Unapplied.Kind.PARKED, "waits for chats later, which is not there"));
        DeadLetterTail letters = opened(DeadLetterTail.start(log.migration, log.settings));
        letters.awaitCaughtUp(LIMIT);
        DeadLetterTail.Entry letter = letters.list(entry -> true, 10).get(0);
        assertThat(letter.id()).startsWith("target-changes-");
        assertThat(letter.side()).isEqualTo(Side.TARGET);
        assertThat(new String(letters.read(letter).content().toArray(), StandardCharsets.UTF_8))
                .contains("refuse me")
                .contains("\"op\":\"c\"");
    }

    @Test
    void whatStillWaitsWhenTheBackfillIsThroughIsADeadLetterThatSaysForWhatAndStaysSettledOnceItIs() {
        DeadLetterTail letters = opened(DeadLetterTail.start(log.migration, log.settings));
        start(store, step -> {});
        EntityRecord orphan = TestLog.message("never", 1, "waits");

        log.append(TestLog.chat("a"), TestLog.message("a", 1, "x"), orphan);
        log.barrier(new Barrier("b1", "backfill-complete"));

        await().atMost(LIMIT).until(() -> letters.count() == 1);
        DeadLetterTail.Entry letter = letters.list(entry -> true, 10).get(0);
        assertThat(letter.id()).startsWith("target-parked-");
        assertThat(letter.keyText()).isEqualTo(orphan.key().text());
        assertThat(letter.reason()).contains("messages never/1 refers to chats never, which is not there");
        assertThat(letter.origin()).startsWith("test, ");

        letters.resolve(letter, "waived: nobody misses it");
        log.barrier(new Barrier("b2", "retry"));
        awaitEnd(store);
        DeadLetterTail later = opened(DeadLetterTail.start(log.migration, log.settings));
        later.awaitCaughtUp(LIMIT);
        assertThat(later.count()).isEqualTo(1);
        assertThat(later.list(entry -> !entry.answered(), 10)).isEmpty();
        assertThat(new String(
                        later.read(later.list(entry -> true, 1).get(0))
                                .content()
                                .toArray(),
                        StandardCharsets.UTF_8))
                .contains("waits");
    }

    @Test
    void aStoreThatIsAwayOrDoesNotAnswerIsAskedAgainUntilEverythingIsInOnce() {
        store.failNext(
                MemoryStore.Fault.UNAVAILABLE,
                MemoryStore.Fault.UNAVAILABLE,
                MemoryStore.Fault.LOST_AFTER_COMMIT,
                MemoryStore.Fault.LOST_BEFORE_COMMIT);
        Sink sink = start(store, step -> {});

        log.append(TestLog.chat("a"));
        appendMessages(20);
        awaitEnd(store);
        log.append(TestLog.chat("b"));

        awaitEnd(store);
        assertThat(words()).hasSize(22);
        await().atMost(LIMIT).until(() -> sink.health().ready());
        assertThat(sink.health().lastError()).isNotEmpty();
        assertThat(sink.health().counters().retries()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void twoSinksShareThePartitionsAndOneTakesOverWhenTheOtherGoes() {
        MemoryStore other = new MemoryStore(TestLog.MIGRATION, Side.TARGET, contents);
        Sink first = start(store, step -> {});
        log.append(TestLog.chat("a"));
        awaitEnd(store);

        Sink second = start(other, step -> {});
        await().atMost(LIMIT)
                .until(() -> first.health().words().matches(".*\\[\\d]")
                        && second.health().words().matches(".*\\[\\d]"));
        appendMessages(30);
        awaitEnd(store);
        first.close();
        appendMessages(30);

        awaitEnd(other);
        assertThat(words()).hasSize(61);
    }

    @Test
    void aSinkWhoseStoreWasClaimedByAnotherStopsWithWordsWhenItHappensAgainAndAgain() {
        log.append(TestLog.chat("a"));
        LogId id = new LogId(log.identity.clusterId(), log.identity.topicId(), log.identity.partitions());

        Sink sink = start(store, step -> {
            if (step == SinkStep.BEFORE_APPLY) {
                new MemoryStore(TestLog.MIGRATION, Side.TARGET, contents).claim(id, java.util.Set.of(0, 1));
            }
        });

        await().atMost(LIMIT).until(() -> sink.health().state() == SinkHealth.State.FAILED);
        assertThat(sink.health().lastError()).contains("Another writer took the store 5 times in a row");
        assertThat(words()).isEmpty();
    }

    @Test
    void anotherLogIsRefused() {
        LogIdentity other = new LogIdentity("another", log.identity.topicId(), 2);
        store.claim(new LogId(other.clusterId(), other.topicId(), 2), java.util.Set.of(0, 1));

        Sink sink = start(store, step -> {});

        await().atMost(LIMIT).until(() -> sink.health().state() == SinkHealth.State.FAILED);
        assertThat(sink.health().lastError()).contains("belongs to");
    }

    @Test
    void aLogThatIsShorterThanTheStoresPositionIsRefused() {
        LogId id = new LogId(log.identity.clusterId(), log.identity.topicId(), log.identity.partitions());
        store.claim(id, java.util.Set.of(0));
        store.apply(new dev.changeover.store.Batch(
                List.of(new dev.changeover.store.Batch.Advance(0, 0, 1000, 0)), List.of()));

        Sink sink = start(store, step -> {});

        await().atMost(LIMIT).until(() -> sink.health().state() == SinkHealth.State.FAILED);
        assertThat(sink.health().lastError()).contains("the log ends at 0").contains("rebuild");
    }

    @Test
    void aPartitionWithAnEventThatCannotBeReadStandsStillAndTheOthersGoOn() {
        int bad = log.migration.partitionOf(TestLog.chat("a").key());
        EntityRecord elsewhere = IntStream.range(0, 100)
                .mapToObj(i -> TestLog.chat("c" + i))
                .filter(chat -> log.migration.partitionOf(chat.key()) != bad)
                .findFirst()
                .orElseThrow();
        log.append(TestLog.chat("a"));
        log.appendRaw(bad, TestLog.chat("a").key().bytes(), "no event".getBytes(StandardCharsets.UTF_8));
        log.append(TestLog.chat("a"), elsewhere);

        Sink sink = start(store, step -> {});

        await().atMost(LIMIT).until(() -> sink.health().state() == SinkHealth.State.FAILED);
        await().atMost(LIMIT).until(() -> words().size() == 2);
        assertThat(words())
                .containsExactlyInAnyOrder("w chats a", "w " + elsewhere.key().label());
        assertThat(sink.health().lastError()).contains("-" + bad + "@2");
        assertThat(java.util.Objects.requireNonNull(store.positions().get(bad)).next())
                .isEqualTo(2);
    }

    @Test
    void whenTheBackfillIsThroughWhatWasRefusedIsTriedOnceMore() {
        start(store, step -> {});
        log.append(TestLog.chat("a"), TestLog.message("a", 1, "refuse me"));
        awaitEnd(store);
        store.refuse("something else");

        log.barrier(new Barrier("b1", "backfill-complete"));

        await().atMost(LIMIT).until(() -> store.count(Samples.MESSAGES) == 1);
    }

    @Test
    void aBacklogGoesInLargeBatches() {
        log.append(TestLog.chat("a"));
        for (int i = 0; i < 4; i++) {
            appendMessages(5_000);
        }

        Sink sink = start(store, step -> {});

        awaitEnd(store);
        assertThat(sink.health().counters().batches()).isLessThan(20);
        assertThat(words()).hasSize(20_001);
    }

    private List<SinkHealth> healths() {
        return opened.stream()
                .filter(Sink.class::isInstance)
                .map(sink -> ((Sink) sink).health())
                .toList();
    }

    private void appendMessages(int count) {
        log.append(IntStream.range(0, count)
                .mapToObj(i -> TestLog.message("a", 10 + i, "text"))
                .toArray(EntityRecord[]::new));
    }

    private Sink start(Store into, Consumer<SinkStep> reached) {
        return start(into, Side.TARGET, reached);
    }

    private Sink start(Store into, Side side, Consumer<SinkStep> reached) {
        SinkSettings settings =
                SinkSettings.of(log.migration, side).withRetries(Duration.ofMillis(5), Duration.ofMillis(50));
        return opened(Sink.start(
                log.migration, side, into, log.settings, log.identity, settings, InstantSource.system(), reached));
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private void awaitEnd(Store of) {
        await().atMost(LIMIT).untilAsserted(() -> {
            Map<Integer, Store.Applied> at = of.positions();
            assertThat(IntStream.range(0, 2)
                            .mapToObj(partition ->
                                    at.getOrDefault(partition, NOTHING).next()))
                    .as(() -> String.valueOf(healths()))
                    .containsExactlyElementsOf(log.end());
        });
    }
}
