package dev.changeover.verifier.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Verdict;
import dev.changeover.model.topic.Wire;
import dev.changeover.verifier.Chats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparingTopologyTest {
    private static final EntityRecord V1 = Chats.chat("c1", "one");
    private static final EntityRecord V2 = Chats.chat("c1", "two");
    private static final EntityRecord EDITED = Chats.chat("c1", "by hand");
    private static final RecordKey KEY = V1.key();

    @TempDir
    Path directory;

    private Migration migration = Chats.migration("t", 1);
    private final CompareStatus status = new CompareStatus();
    private final Map<Side, Verdict> open = new EnumMap<>(Side.class);
    private final List<String> told = new ArrayList<>();
    private long markers;
    private long next;
    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> changes;
    private TestInputTopic<byte[], byte[]> observations;
    private TestOutputTopic<byte[], byte[]> verdicts;

    @BeforeEach
    void start() {
        Properties options = new Properties();
        options.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        options.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        options.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        options.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        Topics topics = new Topics(migration.name());
        LogReach reach = (partition, processed) -> processed + 1 + markers;
        driver = new TopologyTestDriver(ComparingTopology.of(migration, reach, status), options, Instant.EPOCH);
        changes = driver.createInputTopic(topics.changes(), new ByteArraySerializer(), new ByteArraySerializer());
        observations =
                driver.createInputTopic(topics.observations(), new ByteArraySerializer(), new ByteArraySerializer());
        verdicts =
                driver.createOutputTopic(topics.verdicts(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void end() {
        driver.close();
    }

    @Test
    void bothSidesSeenAsTheLogSaysAreEqual() {
        long at = put(V1);

        seen(Side.LEGACY, at + 1, V1);
        seen(Side.TARGET, at + 1, V1);

        assertThat(told()).isEmpty();
        assertThat(unproven()).isZero();
    }

    @Test
    void aLiveChangeIsUnprovenUntilBothSidesWereSeenWithIt() {
        long at = put(V1);
        assertThat(unproven()).isEqualTo(1);

        seen(Side.LEGACY, at + 1, V1);
        assertThat(unproven()).isEqualTo(1);
        seen(Side.TARGET, at + 1, V1);
        assertThat(unproven()).isZero();

        put(V2);
        assertThat(unproven()).isEqualTo(1);
    }

    @Test
    void aSnapshotReadNeedsNoObservation() {
        event(ChangeEvent.snapshot(V1, "data/c1.json", 0));

        assertThat(unproven()).isZero();
    }

    @Test
    void aSideThatIsNotThereYetIsLaggingAndNeverRed() {
        long first = put(V1);
        put(V2);

        seen(Side.TARGET, first + 1, V1);
        seen(Side.LEGACY, first, null);

        assertThat(told()).isEmpty();
        assertThat(unproven()).isEqualTo(1);
    }

    @Test
    void whereTheApplicationsWritesAreCapturedALegacySideThatDiffersIsGivenTimeForIt() {
        end();
        migration = Chats.watched("t", 1);
        start();
        long first = put(V1);
        seenByOthers(Side.LEGACY, first + 1, V2);
        driver.advanceWallClockTime(Duration.ofSeconds(4));
        long captured = put(V2);
        seenByOthers(Side.LEGACY, captured + 1, EDITED);
        driver.advanceWallClockTime(Duration.ofSeconds(4));
        assertThat(told()).isEmpty();

        driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(told()).containsExactly("unexpected legacy");
    }

    @Test
    void aSideThatIsThereAndDiffersIsAMismatch() {
        long at = put(V2);

        seen(Side.TARGET, at + 1, V1);

        assertThat(told()).containsExactly("mismatch target");
        assertThat(open.get(Side.TARGET).position()).isEqualTo(at);
        assertThat(open.get(Side.TARGET).source()).isEqualTo("stream");
    }

    @Test
    void aSideThatIsThereWithoutTheRecordMissesIt() {
        long at = put(V1);

        seen(Side.LEGACY, at + 1, null);

        assertThat(told()).containsExactly("missing legacy");
    }

    @Test
    void aRecordThatTheLogDeletedIsExtra() {
        put(V1);
        long at = event(ChangeEvent.delete(KEY, "test", 0));

        seen(Side.TARGET, at + 1, V1);

        assertThat(told()).containsExactly("extra target");
    }

    @Test
    void bothSidesWithoutADeletedRecordAreEqual() {
        put(V1);
        long at = event(ChangeEvent.delete(KEY, "test", 0));

        seen(Side.TARGET, at + 1, null);
        seen(Side.LEGACY, at + 1, null);

        assertThat(told()).isEmpty();
        assertThat(unproven()).isZero();
    }

    @Test
    void anEditByOthersIsUnexpectedOnTheSideWhereItWasMade() {
        long at = put(V1);
        seen(Side.LEGACY, at + 1, V1);
        seen(Side.TARGET, at + 1, V1);

        seenByOthers(Side.TARGET, at + 1, EDITED);

        assertThat(told()).containsExactly("unexpected target");
    }

    @Test
    void anEditOfABackfilledRecordThatNobodyEverObservedIsUnexpected() {
        long at = event(ChangeEvent.snapshot(V1, "data/c1.json", 0));

        seenByOthers(Side.TARGET, at + 1, EDITED);

        assertThat(told()).containsExactly("unexpected target");
    }

    @Test
    void anEditStaysTheirsWhenItIsSeenAgainByOneWhoCannotTell() {
        long at = put(V1);
        seenByOthers(Side.TARGET, at + 1, EDITED);

        seen(Side.TARGET, at + 1, EDITED);

        assertThat(told()).containsExactly("unexpected target");
    }

    @Test
    void aRowOfOthersUnderAKeyOfItsOwnIsUnexpected() {
        event(ChangeEvent.snapshot(Chats.chat("another", "x"), "data", 0));

        seenByOthers(Side.TARGET, 1, EDITED);

        assertThat(told()).containsExactly("unexpected target");
        assertThat(open.get(Side.TARGET).position()).isEqualTo(-1);
    }

    @Test
    void anEditAndItsUndoingLeaveNothing() {
        long at = put(V1);
        seenByOthers(Side.TARGET, at + 1, EDITED);

        seenByOthers(Side.TARGET, at + 1, V1);

        assertThat(told()).containsExactly("unexpected target", "healed");
    }

    @Test
    void aFindingIsHealedByALaterLookAndNotByALaterChange() {
        long at = put(V1);
        seenByOthers(Side.TARGET, at + 1, EDITED);

        long later = put(V2);
        assertThat(told()).containsExactly("unexpected target");
        seen(Side.TARGET, later + 1, V2);

        assertThat(told()).containsExactly("unexpected target", "healed");
    }

    @Test
    void aLookFromFurtherAheadThanTheLogWasReadWaitsForTheLog() {
        long at = put(V1);

        seen(Side.TARGET, at + 2, V2);
        assertThat(told()).isEmpty();
        put(V2);

        assertThat(told()).isEmpty();
    }

    @Test
    void aLookFromBehindATransactionMarkerIsJudgedOnceTheLogWasReadUpToThere() {
        long at = put(V1);
        seenByOthers(Side.TARGET, at + 2, EDITED);
        assertThat(told()).isEmpty();
        assertThat(status.waiting()).isZero();

        driver.advanceWallClockTime(Duration.ofMillis(200));
        assertThat(told()).isEmpty();
        assertThat(status.waiting()).isEqualTo(1);
        markers = 1;
        driver.advanceWallClockTime(Duration.ofMillis(200));

        assertThat(told()).containsExactly("unexpected target");
        assertThat(status.waiting()).isZero();
    }

    @Test
    void anEarlierLookThatArrivesLateChangesNothing() {
        long first = put(V1);
        long second = put(V2);
        seen(Side.TARGET, second + 1, V2);

        seen(Side.TARGET, first + 1, V1);

        assertThat(told()).isEmpty();
    }

    @Test
    void aLegacyRecordThatTheBackfillHasNotReachedIsNoFindingUntilItIsComplete() {
        put(Chats.chat("another", "x"));
        seenByOthers(Side.LEGACY, 1, EDITED);
        driver.advanceWallClockTime(Duration.ofMillis(200));
        assertThat(told()).isEmpty();

        barrier("backfill-complete");
        driver.advanceWallClockTime(Duration.ofMillis(200));

        assertThat(told()).containsExactly("unexpected legacy");
    }

    @Test
    void eachSideIsFoundWrongByItself() {
        long at = put(V2);
        seen(Side.LEGACY, at + 1, V1);
        seenByOthers(Side.TARGET, at + 1, EDITED);

        assertThat(told()).containsExactly("mismatch legacy", "mismatch legacy, unexpected target");
        seen(Side.LEGACY, at + 1, V2);
        assertThat(told())
                .containsExactly("mismatch legacy", "mismatch legacy, unexpected target", "unexpected target");
        seen(Side.TARGET, at + 1, V2);

        assertThat(told())
                .containsExactly(
                        "mismatch legacy", "mismatch legacy, unexpected target", "unexpected target", "healed");
    }

    @Test
    void whatIsFoundOnOneSideStaysWhileTheOtherIsBehind() {
        long first = put(V1);
        seenByOthers(Side.TARGET, first + 1, EDITED);
        seenByOthers(Side.LEGACY, first + 1, EDITED);
        long second = put(V2);
        seen(Side.LEGACY, second + 1, V2);

        assertThat(told())
                .containsExactly("unexpected target", "unexpected legacy, unexpected target", "unexpected target");
    }

    @Test
    void whatADeepScanSawIsMarkedAsItsFinding() {
        long at = put(V2);
        RecordHeaders headers = new RecordHeaders();
        headers.add(Comparison.SOURCE_HEADER, "deep-scan".getBytes(StandardCharsets.UTF_8));

        observations.pipeInput(
                new TestRecord<>(KEY.bytes(), Wire.write(observation(Side.TARGET, at + 1, V1, true)), headers));

        assertThat(told()).containsExactly("mismatch target");
        assertThat(open.get(Side.TARGET).source()).isEqualTo("deep-scan");
    }

    @Test
    void sinceIsWhenItWasFirstSeen() {
        long at = put(V1);
        seenByOthers(Side.TARGET, at + 1, EDITED);
        told();
        long since = open.get(Side.TARGET).sinceMillis();
        driver.advanceWallClockTime(Duration.ofSeconds(10));

        long later = put(V2);
        seenByOthers(Side.TARGET, later + 1, EDITED);

        assertThat(told()).containsExactly("unexpected target", "unexpected target");
        assertThat(open.get(Side.TARGET).sinceMillis()).isEqualTo(since);
        assertThat(open.get(Side.TARGET).position()).isEqualTo(later);
    }

    @Test
    void underAnyOrderOfLooksAndChangesOnlyARealDifferenceStaysOpen() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Map<Long, EntityRecord> log = new LinkedHashMap<>();
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            EntityRecord state = Chats.chat("c1", "title " + random.nextInt(3));
            long at = put(state);
            log.put(at, state);
            offsets.add(at);
            for (int look = random.nextInt(4); look > 0; look--) {
                long seenAt = offsets.get(random.nextInt(offsets.size()));
                seen(random.nextBoolean() ? Side.LEGACY : Side.TARGET, seenAt + 1, log.get(seenAt));
            }
        }
        EntityRecord last = log.get(offsets.get(offsets.size() - 1));

        assertThat(told()).as("seed %d", seed).isEmpty();
        seen(Side.LEGACY, next, last);
        seen(Side.TARGET, next, Chats.chat("c1", "wrong"));
        assertThat(told()).as("seed %d", seed).containsExactly("mismatch target");
        assertThat(unproven()).isEqualTo(1);
    }

    private long put(EntityRecord state) {
        return event(ChangeEvent.put(state, "test", 0));
    }

    private long event(ChangeEvent event) {
        changes.pipeInput(event.key().bytes(), new EventCodec(migration).write(event));
        return next++;
    }

    private void barrier(String kind) {
        Barrier barrier = new Barrier("b1", kind);
        RecordHeaders headers = new RecordHeaders();
        headers.add(Headers.CONTROL, "barrier".getBytes(StandardCharsets.UTF_8));
        changes.pipeInput(new TestRecord<>(barrier.keyBytes(), Wire.write(barrier), headers));
        next++;
    }

    private void seen(Side side, long position, @Nullable EntityRecord state) {
        observations.pipeInput(KEY.bytes(), Wire.write(observation(side, position, state, true)));
    }

    private void seenByOthers(Side side, long position, @Nullable EntityRecord state) {
        observations.pipeInput(KEY.bytes(), Wire.write(observation(side, position, state, false)));
    }

    private static Observation observation(Side side, long position, @Nullable EntityRecord state, boolean ours) {
        Digest digest = state == null ? null : Canonical.digest(state);
        return new Observation(side, KEY, 0, position, digest, ours, 0);
    }

    private long unproven() {
        driver.advanceWallClockTime(Duration.ofMillis(200));
        return status.unproven();
    }

    /** All that was told so far. */
    private List<String> told() {
        for (KeyValue<byte[], byte[]> each : verdicts.readKeyValuesToList()) {
            if (each.value == null) {
                open.clear();
                told.add("healed");
            } else {
                List<Verdict> verdicts = Wire.verdicts(migration, each.value);
                open.clear();
                verdicts.forEach(verdict -> open.put(verdict.side(), verdict));
                told.add(verdicts.stream()
                        .map(verdict -> verdict.kind().word() + " " + verdict.side())
                        .collect(Collectors.joining(", ")));
            }
        }
        return told;
    }
}
