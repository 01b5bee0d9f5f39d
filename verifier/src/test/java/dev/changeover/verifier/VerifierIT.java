package dev.changeover.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.changeover.log.ProgressTail;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import dev.changeover.verifier.deepscan.DeepScanLimits;
import dev.changeover.verifier.deepscan.DeepScanListener;
import dev.changeover.verifier.deepscan.DeepScanOptions;
import dev.changeover.verifier.deepscan.DeepScanReport;
import dev.changeover.verifier.observe.RowKeys;
import dev.changeover.verifier.observe.WatchedFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One migration that all tests use one after the other, each with chats of its own, since starting it takes seconds. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VerifierIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    static Path directory;

    private static TwoSides sides;
    private static ProgressTail progress;
    private static VerdictTail verdicts;
    private static Verifier verifier;

    @BeforeAll
    static void startBoth() throws Exception {
        sides = new TwoSides("it", directory.resolve("legacy"));
        sides.backfill(Chats.chat("first", "before the verifier"));
        progress = ProgressTail.start(sides.migration, Servers.log());
        verdicts = VerdictTail.start(sides.migration, Servers.log());
        verifier = start();
        await().atMost(Duration.ofSeconds(60)).until(() -> verifier.health().followsTarget());
    }

    private static Verifier start() {
        return Verifier.start(
                sides.migration,
                Servers.log(),
                progress,
                verdicts,
                sides.legacy,
                sides.target,
                Optional.of(new WatchedFiles(directory.resolve("legacy"), (entity, path, from, keys) -> null)),
                Optional.of(Servers.postgres()),
                new ChatColumns(),
                new VerifierSettings(
                        directory.resolve("state"),
                        "it",
                        Duration.ofMillis(300),
                        Duration.ofMillis(300),
                        Duration.ZERO,
                        0,
                        DeepScanLimits.DEFAULT),
                InstantSource.system());
    }

    @AfterAll
    static void end() {
        verifier.close();
        verdicts.close();
        progress.close();
        sides.close();
    }

    @Test
    @Order(1)
    void liveChangesAreProvenOnBothSides() throws Exception {
        for (int i = 0; i < 20; i++) {
            sides.write(Chats.chat("live-" + i, "one"));
            sides.write(Chats.chat("live-" + i, "two"));
        }

        await().atMost(LIMIT).until(() -> verifier.health().observed() >= 40);
        await().atMost(LIMIT).until(() -> verifier.health().unproven() == 0);
        assertThat(verifier.openVerdicts()).isZero();
        assertThat(verifier.health().faults()).isEmpty();
        assertThat(verifier.health().slot())
                .hasValueSatisfying(slot -> assertThat(slot.healthy()).isTrue());
    }

    @Test
    @Order(2)
    void anEditByHandInPostgresIsUnexpectedOnTheTargetWithTheFieldNamedUntilItIsUndone() throws Exception {
        sides.write(Chats.chat("edited", "as written"));
        await().atMost(LIMIT).until(() -> verifier.health().unproven() == 0);

        TwoSides.sql("update chats set title = 'by hand' where chat_id = 'edited'");

        Verdict verdict = awaitVerdict("edited");
        assertThat(verdict.kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
        assertThat(verdict.side()).isEqualTo(Side.TARGET);
        assertThat(verdict.differences()).singleElement().satisfies(difference -> {
            assertThat(difference.field()).isEqualTo("title");
            assertThat(difference.log()).hasToString("\"as written\"");
            assertThat(difference.target()).hasToString("\"by hand\"");
            assertThat(difference.cause()).isEqualTo("foreign write");
        });

        TwoSides.sql("update chats set title = 'as written' where chat_id = 'edited'");
        await().atMost(LIMIT).until(() -> verifier.openVerdicts() == 0);
    }

    @Test
    @Order(3)
    void aBackfilledRowThatSomebodyDeletesAndARowOfAStrangerAreUnexpected() throws Exception {
        sides.backfill(Chats.chat("backfilled", "x"));

        TwoSides.sql("delete from chats where chat_id = 'backfilled'");
        TwoSides.sql("insert into chats values ('stranger', 'y')");

        assertThat(awaitVerdict("backfilled").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
        assertThat(awaitVerdict("stranger").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);

        TwoSides.sql("insert into chats values ('backfilled', 'x')");
        TwoSides.sql("delete from chats where chat_id = 'stranger'");
        await().atMost(LIMIT).until(() -> verifier.openVerdicts() == 0);
    }

    @Test
    @Order(4)
    void anEditOfAFileAndItsRemovalAreUnexpectedOnTheLegacySide() throws Exception {
        sides.write(Chats.chat("in a file", "as written"));
        sides.backfill(Chats.chat("removed", "as backfilled"));
        sides.endBackfill();
        await().atMost(LIMIT).until(() -> verifier.health().unproven() == 0);

        sides.legacy.edit(Chats.chatKey("in a file"), Chats.chat("in a file", "by hand"));
        Verdict verdict = awaitVerdict("in a file");
        assertThat(verdict.kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
        assertThat(verdict.side()).isEqualTo(Side.LEGACY);
        assertThat(verdict.differences())
                .singleElement()
                .satisfies(difference -> assertThat(difference.legacy()).hasToString("\"by hand\""));

        sides.legacy.edit(Chats.chatKey("removed"), null);
        sides.legacy.edit(Chats.chatKey("added"), Chats.chat("added", "by hand"));
        assertThat(awaitVerdict("removed").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
        assertThat(awaitVerdict("added").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);

        sides.legacy.edit(Chats.chatKey("in a file"), Chats.chat("in a file", "as written"));
        sides.legacy.edit(Chats.chatKey("removed"), Chats.chat("removed", "as backfilled"));
        sides.legacy.edit(Chats.chatKey("added"), null);
        await().atMost(LIMIT).until(() -> verifier.openVerdicts() == 0);
    }

    @Test
    @Order(5)
    void aDeepScanFindsWhatWasChangedWhileNobodyLookedAndItsFindingIsHealed() throws Exception {
        verifier.close();
        sides.legacy.edit(Chats.chatKey("first"), Chats.chat("first", "changed in the file"));
        verifier = start();

        DeepScanReport report = verifier.deepScan(DeepScanOptions.whole(), DeepScanListener.NONE);

        assertThat(report.outcome()).isEqualTo(DeepScanReport.Outcome.DIFFERENT);
        assertThat(report.detected()).isEqualTo(report.planted()).isPositive();
        Verdict verdict = awaitVerdict("first");
        assertThat(verdict.kind()).isEqualTo(Verdict.Kind.MISMATCH);
        assertThat(verdict.side()).isEqualTo(Side.LEGACY);
        assertThat(verdict.source()).isEqualTo("deep-scan");

        sides.legacy.edit(Chats.chatKey("first"), Chats.chat("first", "before the verifier"));
        await().atMost(LIMIT).until(() -> verifier.openVerdicts() == 0);
        assertThat(verifier.deepScan(DeepScanOptions.whole(), DeepScanListener.NONE)
                        .outcome())
                .isEqualTo(DeepScanReport.Outcome.EQUAL);
        await().atMost(LIMIT).until(() -> verifier.health().followsTarget());
    }

    @Test
    @Order(6)
    void aTableThatSomebodyEmptiesIsScannedAndEachOfItsRowsFound() throws Exception {
        TwoSides.sql("create table public.kept as select * from chats");
        TwoSides.sql("truncate chats");

        await().atMost(LIMIT).until(() -> verifier.openVerdicts() >= 20);
        assertThat(verifier.mismatches(all -> true, 10))
                .allSatisfy(verdict -> assertThat(verdict.kind()).isEqualTo(Verdict.Kind.UNEXPECTED));

        TwoSides.sql("insert into chats select * from kept");
        await().atMost(LIMIT).until(() -> verifier.openVerdicts() == 0);
    }

    @Test
    @Order(7)
    void anEditMadeWhileTheVerifierWasDownIsSeenWhenItIsBack() throws Exception {
        verifier.close();
        TwoSides.sql("update chats set title = 'in the night' where chat_id = 'live-1'");
        sides.write(Chats.chat("live-2", "three"));

        verifier = start();

        assertThat(awaitVerdict("live-1").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
        await().atMost(LIMIT).until(() -> verifier.health().unproven() == 0 || verifier.openVerdicts() == 1);
        assertThat(verifier.mismatches(all -> true, 10)).hasSize(1);
    }

    /** As where a synchronous standby is slow to confirm: the write-ahead log has the commit, and nobody sees it yet. */
    @Test
    @Order(8)
    void anEditWhoseCommitIsInTheWriteAheadLogBeforeItCanBeSeenIsNotMissed() throws Exception {
        sides.write(Chats.chat("late", "as written"));
        await().atMost(LIMIT).until(() -> verifier.health().followsTarget());
        await().atMost(LIMIT).until(() -> verifier.health().unproven() == 0 || verifier.openVerdicts() == 1);
        TwoSides.sql("alter system set synchronous_standby_names = 'nobody'");
        TwoSides.sql("select pg_reload_conf()");
        try {
            await().atMost(LIMIT)
                    .until(() ->
                            TwoSides.value("show synchronous_standby_names").equals("nobody"));
            FutureTask<Void> edit = new FutureTask<>(() -> {
                TwoSides.sql("update chats set title = 'late, too' where chat_id = 'late'");
                return null;
            });
            new Thread(edit, "edit").start();
            await().atMost(LIMIT)
                    .until(() -> TwoSides.value("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
                            .equals("1"));

            assertThat(verifier.seenWhatOthersWrote(Duration.ofSeconds(2)))
                    .as("what was committed before is not known yet")
                    .isFalse();
        } finally {
            TwoSides.sql("alter system reset synchronous_standby_names");
            TwoSides.sql("select pg_reload_conf()");
        }

        assertThat(awaitVerdict("late").kind()).isEqualTo(Verdict.Kind.UNEXPECTED);
    }

    private static Verdict awaitVerdict(String chat) {
        return await().atMost(LIMIT)
                .until(
                        () -> verifier.mismatches(verdict -> verdict.key().equals(Chats.chatKey(chat)), 1).stream()
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static final class ChatColumns implements RowKeys {
        @Override
        public Optional<RecordKey> keyOf(Entity entity, Map<String, @Nullable Object> columns) {
            return Optional.ofNullable(columns.get("chat_id")).map(id -> RecordKey.of(entity, List.of(id)));
        }
    }
}
