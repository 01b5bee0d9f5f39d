package dev.changeover.verifier.deepscan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.Chats;
import dev.changeover.verifier.deepscan.DeepScanReport.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeepScanTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final World world = new World(new Random(SEED));
    private final List<Observation> observed = new ArrayList<>();
    private Runnable atPause = () -> {};
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void twoEqualSidesAreEqual() throws InterruptedException {
        backfilled(1_000);

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.outcome()).isEqualTo(Outcome.EQUAL);
        assertThat(report.records()).isEqualTo(4_000);
        assertThat(report.entities()).allSatisfy(entity -> {
            assertThat(entity.digests().get(Side.LEGACY))
                    .isEqualTo(entity.digests().get(Side.TARGET));
            assertThat(entity.bucketsDiffering()).isZero();
        });
    }

    @Test
    void allPlantedDifferencesAreDetectedInTheScratchCopy() throws InterruptedException {
        backfilled(100);

        DeepScanReport report = scan(DeepScanOptions.whole().planting(24));

        assertThat(report.planted()).as("seed %d", SEED).isEqualTo(24);
        assertThat(report.detected()).as("seed %d", SEED).isEqualTo(24);
        assertThat(report.findings()).isEmpty();
    }

    @Test
    void everyDifferenceIsFoundAndNoneInventedWhileBothSidesLagBehindLiveWrites() throws InterruptedException {
        Random random = new Random(SEED);
        backfilled(2_000);
        world.writeLive(300, 0.5);
        Set<String> wrong = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            Side side = random.nextBoolean() ? Side.LEGACY : Side.TARGET;
            String chat = "chat-" + (50 * i + random.nextInt(50)); // never one twice: both sides may be the same then
            wrong.add(edit(side, chat, random.nextInt(2)) + " " + side);
        }
        wrong.add(edit(Side.TARGET, "from nowhere", 0) + " target");

        DeepScanReport report = scan(DeepScanOptions.whole());

        Set<String> found = new HashSet<>();
        report.findings().forEach(finding -> found.add(finding.key().label() + " " + finding.side()));
        assertThat(found).as("seed %d", SEED).isEqualTo(wrong);
        assertThat(report.undecided()).as("seed %d", SEED).isZero();
        assertThat(report.outcome()).isEqualTo(Outcome.DIFFERENT);
    }

    @Test
    void aFindingNamesTheSideTheKindTheFieldsAndTheCause() throws InterruptedException {
        backfilled(10);
        world.on(Side.TARGET).edit(Chats.chatKey("chat-3"), Chats.chat("chat-3", "title of c"));

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Verdict.Kind.MISMATCH);
            assertThat(finding.side()).isEqualTo(Side.TARGET);
            assertThat(finding.source()).isEqualTo("deep-scan");
            assertThat(finding.differences()).singleElement().satisfies(difference -> {
                assertThat(difference.field()).isEqualTo("title");
                assertThat(difference.legacy()).hasToString("\"title of chat-3\"");
                assertThat(difference.log()).hasToString("\"title of chat-3\"");
                assertThat(difference.target()).hasToString("\"title of c\"");
                assertThat(difference.cause()).isEqualTo("cut off");
            });
        });
        assertThat(observed).extracting(Observation::side).containsExactly(Side.LEGACY, Side.TARGET);
    }

    @Test
    void aRowThatTheLogNeverHeardOfIsUnexpectedAndOneThatItDeletedIsExtra() throws InterruptedException {
        backfilled(10);
        world.delete(Chats.chatKey("chat-1"));
        world.letBothCatchUp();
        edit(Side.TARGET, "chat-1", 0);
        edit(Side.TARGET, "stranger", 0);
        edit(Side.LEGACY, "chat-2", 1);

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.findings())
                .extracting(
                        finding -> finding.key().label() + " " + finding.kind().word() + " on " + finding.side())
                .containsExactlyInAnyOrder(
                        "chats chat-1 extra on target",
                        "chats stranger unexpected on target",
                        "chats chat-2 missing on legacy");
    }

    @Test
    void whatArrivesDuringTheScanIsInItsFigures() throws InterruptedException {
        backfilled(5);
        for (int i = 0; i < 10; i++) {
            world.write(Chats.chat("new-" + i, "new"));
        }
        world.on(Side.LEGACY).apply(10);
        world.on(Side.TARGET).standsStill();
        atPause = () -> world.on(Side.TARGET).goesOn();

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.outcome()).isEqualTo(Outcome.EQUAL);
        assertThat(report.entities()).anySatisfy(entity -> {
            assertThat(entity.bucketsDiffering()).isPositive();
            assertThat(entity.counted().values()).containsOnly(15L);
            assertThat(entity.digests().get(Side.LEGACY))
                    .isEqualTo(entity.digests().get(Side.TARGET));
        });
    }

    @Test
    void aSideThatLagsForTooLongMakesTheScanUndecidedAndNotDifferent() throws InterruptedException {
        backfilled(10);
        world.on(Side.TARGET).standsStill();
        world.write(Chats.chat("chat-3", "newer"));
        world.write(Chats.chat("chat-99", "new"));
        world.on(Side.LEGACY).apply(2);

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.findings()).isEmpty();
        assertThat(report.undecided()).isEqualTo(2);
        assertThat(report.outcome()).isEqualTo(Outcome.UNDECIDED);
    }

    @Test
    void aRecordThatTheBackfillHasNotReachedIsNoFindingUntilItIsComplete() throws InterruptedException {
        backfilled(10);
        edit(Side.LEGACY, "late", 0);

        DeepScanReport during = scan(DeepScanOptions.whole().whileBackfilling());
        DeepScanReport after = scan(DeepScanOptions.whole());

        assertThat(during.outcome()).isEqualTo(Outcome.EQUAL);
        assertThat(during.entities().get(0).notBackfilled()).isEqualTo(1);
        assertThat(after.findings()).extracting(Verdict::kind).containsExactly(Verdict.Kind.UNEXPECTED);
    }

    @Test
    void whatCannotBeReadIsAFinding() throws InterruptedException {
        backfilled(10);
        world.on(Side.LEGACY).cannotRead(Chats.chatKey("chat-4"), "line 3: unexpected end");

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.unreadableCounted()).isEqualTo(1);
        assertThat(report.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.side()).isEqualTo(Side.LEGACY);
            assertThat(finding.differences().get(0).cause()).isEqualTo("unreadable: line 3: unexpected end");
        });
    }

    @Test
    void aKeyThatStandsTwiceOnASideIsAFinding() throws InterruptedException {
        backfilled(10);
        world.on(Side.LEGACY).holdsTwice(Chats.chat("chat-4", "title of chat-4"));

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.findings())
                .singleElement()
                .satisfies(finding ->
                        assertThat(finding.differences().get(0).cause()).contains("2 times"));
    }

    @Test
    void nothingLookedAtIsNoSuccess() throws InterruptedException {
        assertThat(scan(DeepScanOptions.whole()).outcome()).isEqualTo(Outcome.UNDECIDED);
    }

    @Test
    void aSideThatCannotBeReadEndsTheScan() {
        backfilled(10);
        world.on(Side.LEGACY).failsWith(new StoreUnavailableException("legacy: Cannot read data/chats"));

        assertThatThrownBy(() -> scan(DeepScanOptions.whole().planting(0)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("Cannot read data/chats");
    }

    @Test
    void aSampleFindsRowsThatAreOnOneSideOnly() throws InterruptedException {
        backfilled(200);
        for (int i = 0; i < 200; i += 2) {
            edit(Side.TARGET, "chat-" + i, 1);
        }

        DeepScanReport report = scan(DeepScanOptions.whole().sampled(50));

        assertThat(report.entities().get(0).scope()).isEqualTo("sample");
        assertThat(report.findings())
                .as("seed %d", SEED)
                .isNotEmpty()
                .allSatisfy(finding -> assertThat(finding.kind()).isEqualTo(Verdict.Kind.MISSING));
        assertThat(report.records()).isLessThanOrEqualTo(200);
    }

    @Test
    void manyDifferencesAreCountedAndAFewListed() throws InterruptedException {
        backfilled(500);
        for (int i = 0; i < 400; i++) {
            edit(Side.TARGET, "chat-" + i, 1);
        }

        DeepScanReport report = scan(DeepScanOptions.whole());

        assertThat(report.findingsCounted()).isEqualTo(400);
        assertThat(report.findings()).hasSize(100);
    }

    private void backfilled(int chats) {
        for (int i = 0; i < chats; i++) {
            world.write(Chats.chat("chat-" + i, "title of chat-" + i));
            world.write(Chats.message("chat-" + i, 1, "hello"));
        }
        world.letBothCatchUp();
    }

    /** Way 0 sets another title, way 1 takes the record away. */
    private String edit(Side side, String chat, int way) {
        RecordKey key = Chats.chatKey(chat);
        EntityRecord edited = way == 0 ? Chats.chat(chat, "edited by hand") : null;
        world.on(side).edit(key, edited);
        return key.label();
    }

    private DeepScanReport scan(DeepScanOptions options) throws InterruptedException {
        DeepScanLimits limits =
                new DeepScanLimits(100, 300, 100, 5_000, 50, Duration.ofSeconds(60), Duration.ofMillis(100), 100);
        InstantSource clock = () -> now;
        Pause pause = duration -> {
            atPause.run();
            now = now.plus(duration);
            for (int i = 0; i < 50; i++) {
                world.timePasses();
            }
        };
        return new DeepScan(
                        world.migration,
                        world.on(Side.LEGACY),
                        world.on(Side.TARGET),
                        world,
                        observed::add,
                        limits,
                        clock,
                        new Random(SEED),
                        threads,
                        pause)
                .run(options, DeepScanListener.NONE);
    }
}
