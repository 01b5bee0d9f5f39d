package dev.changeover.model.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.entity.Side;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WireTest {
    private static final RecordKey KEY = RecordKey.of(Samples.MESSAGES, List.of("g\"ap", 5));
    private static final ControlRecord.Stamp STAMP = new ControlRecord.Stamp("id-1", 3, "ops \"é\"", "because", 17);
    private static final Certificate CERTIFICATE = new Certificate(
            "c-1",
            "b-1",
            new Position(List.of(1L, 2L)),
            19,
            false,
            List.of(new Certificate.EntityState(
                    "chats",
                    3,
                    new Digest(1, -1),
                    4,
                    Digest.ZERO,
                    List.of(
                            new Certificate.BucketState(3, new Digest(1, -1)),
                            new Certificate.BucketState(0, Digest.ZERO)))),
            List.of("chats: 3 and 4 records", "\n"),
            new Certificate.Evidence("c0ffee", 11, 12, new Position(List.of(0L, 1L)), 7, 2, 1, 0, 8, 8));

    @Test
    void progressIsWrittenInPlainSight() {
        Progress progress = new Progress(Side.TARGET, 3, 90, 120, 80, 1, 2, 4, 1_700_000_000_000L);

        assertThat(new String(Wire.write(progress), UTF_8))
                .isEqualTo("{\"side\":\"target\",\"partition\":3,\"next\":90,\"writes_next\":120,\"applied\":80,"
                        + "\"parked\":1,\"refused\":2,\"epoch\":4,\"at\":1700000000000}");
        assertThat(Wire.progress(Wire.write(progress))).isEqualTo(progress);
    }

    @Test
    void theProcessorsProgressComesBackAsItWent() {
        ProcessorProgress progress =
                new ProcessorProgress(3, 90, new ProcessorProgress.Counters(10, 5, 1, 3, 1), 1_700_000_000_000L);

        assertThat(Wire.processorProgress(Wire.write(progress))).isEqualTo(progress);
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerComesBackAsItWent(Answer.Outcome outcome) {
        Answer answer = new Answer(3, 90, outcome, 12, "title: longer than 255\n");

        assertThat(Wire.answer(Wire.write(answer))).isEqualTo(answer);
    }

    @Test
    void anObservationComesBackAsItWent() {
        Observation seen = new Observation(Side.LEGACY, KEY, 3, 90, new Digest(-1, 1), true, 17);
        Observation absent = new Observation(Side.TARGET, KEY, 3, 90, null, false, 17);

        assertThat(Wire.observation(Samples.MIGRATION, Wire.write(seen))).isEqualTo(seen);
        assertThat(Wire.observation(Samples.MIGRATION, Wire.write(absent))).isEqualTo(absent);
    }

    @ParameterizedTest
    @EnumSource
    void theVerdictsOfAKeyComeBackAsTheyWent(Verdict.Kind kind) {
        Verdict verdict = new Verdict(
                KEY,
                kind,
                Side.TARGET,
                3,
                90,
                17,
                "deep-scan",
                List.of(
                        new Verdict.Difference("a", new JsonText("1.10"), new JsonText("\"x\""), null, "stale"),
                        new Verdict.Difference("b", JsonText.NULL, null, new JsonText("{\"a\":[]}"), "")));

        Verdict other = new Verdict(KEY, Verdict.Kind.MISSING, Side.LEGACY, 3, 90, 18, "stream", List.of());

        assertThat(Wire.verdicts(Samples.MIGRATION, Wire.write(List.of(verdict, other))))
                .containsExactly(verdict, other);
    }

    @Test
    void theVerdictThatAnEarlierBuildWroteForAKeyIsUnderstood() {
        String json = """
                {"record":%s,"verdict":"missing","side":"legacy","partition":3,"position":90,"since":18,"source":"stream","fields":[]}""".formatted(KEY.text());

        assertThat(Wire.verdicts(Samples.MIGRATION, json.getBytes(StandardCharsets.UTF_8)))
                .containsExactly(new Verdict(KEY, Verdict.Kind.MISSING, Side.LEGACY, 3, 90, 18, "stream", List.of()));
    }

    @Test
    void everyControlRecordComesBackAsItWent() {
        Position position = new Position(List.of(0L, 5L));
        Barrier barrier = new Barrier("b-1", "cutover");
        List<ControlRecord> all = List.of(
                new ControlRecord.PhaseChange(STAMP, Phase.CUTTING_OVER, Side.LEGACY, 4, null),
                new ControlRecord.PhaseChange(STAMP, Phase.CUT_OVER, Side.TARGET, 5, "c-1"),
                new ControlRecord.BarrierRequest(STAMP, barrier),
                new ControlRecord.BarrierReached(STAMP, barrier, position, position),
                new ControlRecord.CertificateIssued(STAMP, CERTIFICATE),
                new ControlRecord.GatewayConfirmation(STAMP, "gateway-1", 4, 3000),
                new ControlRecord.AuditEntry(STAMP, "waive", new JsonText("{\"id\":\"x\",\"n\":1.10}")));

        for (ControlRecord each : all) {
            assertThat(Wire.control(Wire.write(each))).isEqualTo(each);
        }
    }

    @Test
    void theRestComesBackAsItWent() {
        Barrier barrier = new Barrier("b-1", "verify");
        Position position = new Position(List.of(7L));
        BackfillTask task = new BackfillTask("t-1", "chats", "", "m/\u0001", -1);
        BackfillResult result = new BackfillResult("t-1", "chats", 5, 1, 17, "data/x.json");

        assertThat(Wire.barrier(Wire.write(barrier))).isEqualTo(barrier);
        assertThat(Wire.position(Wire.write(position))).isEqualTo(position);
        assertThat(Wire.certificate(Wire.write(CERTIFICATE))).isEqualTo(CERTIFICATE);
        assertThat(Wire.backfillTask(Wire.write(task))).isEqualTo(task);
        assertThat(Wire.backfillResult(Wire.write(result))).isEqualTo(result);
    }

    @Test
    void aDeadLetterTravelsInHeadersAndAsOneObject() {
        DeadLetter letter = new DeadLetter(
                "target-changes-3@90412",
                KEY.text(),
                "messages",
                "sink",
                Side.TARGET,
                "title: too long",
                "changes-3@90412",
                17,
                Bytes.copyOf(new byte[] {0, (byte) 0xff}));
        DeadLetter unread = new DeadLetter(
                "processor-writes-3@1", "{no key", "", "processor", null, "x", "y", 17, Bytes.copyOf(new byte[0]));

        for (DeadLetter each : List.of(letter, unread)) {
            assertThat(Wire.deadLetter(Wire.write(each))).isEqualTo(each);
            assertThat(Wire.deadLetter(each.keyText(), Wire.headers(each), each.content(), each.atMillis()))
                    .isEqualTo(each);
        }
    }

    @Test
    void unknownMembersAreToleratedAndMissingOnesNamed() {
        assertThat(Wire.barrier("{\"kind\":\"verify\",\"since\":[1],\"id\":\"b\"}".getBytes(UTF_8)))
                .isEqualTo(new Barrier("b", "verify"));
        assertThatThrownBy(() -> Wire.barrier("{\"id\":\"b\"}".getBytes(UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Invalid barrier: its member kind must be a string");
        assertThatThrownBy(() -> Wire.control("{".getBytes(UTF_8))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Wire.barrier("{\"id\":1,\"kind\":\"x\"}".getBytes(UTF_8)))
                .hasMessage("Invalid barrier: its member id must be a string");
    }
}
