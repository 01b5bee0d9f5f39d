package dev.changeover.processor;

import static dev.changeover.processor.Chats.chatKey;
import static dev.changeover.processor.Chats.message;
import static dev.changeover.processor.Chats.user;
import static dev.changeover.processor.Chats.userKey;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.HeaderText;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer.Outcome;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import dev.changeover.model.topic.Wire;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WritesTopologyTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aSnapshotReadGoesOnByteForByte() {
        ChangeEvent read = ChangeEvent.snapshot(user("7", "Ada"), "data/users/7.json", 5);

        rig.send(read);

        assertThat(rig.changes()).singleElement().satisfies(change -> {
            assertThat(change.value())
                    .isEqualTo(new String(new EventCodec(Chats.migration("test", 1)).write(read), UTF_8));
            assertThat(change.event().key()).isEqualTo(userKey("7"));
        });
        assertThat(rig.counters()).isEqualTo(new Counters(1, 1, 0, 0, 0));
    }

    @Test
    void aSnapshotReadOfAnotherProgramIsWrittenAnewWithoutItsBefore() {
        rig.send(
                userKey("7").bytes(),
                "{\"op\":\"r\",\"before\":{\"nonsense\":1},\"after\":{\"id\":\"7\"},\"ts_ms\":5}".getBytes(UTF_8));

        assertThat(rig.changes())
                .singleElement()
                .satisfies(change -> assertThat(change.value())
                        .startsWith("{\"before\":null,")
                        .doesNotContain("nonsense"));
    }

    @ParameterizedTest
    @CsvSource({"put", "patch", "delete"})
    void aSnapshotReadLosesToAnyLiveChangeThatCameBefore(String live) {
        if (live.equals("put")) {
            rig.put(user("7", "Ada"));
        } else if (live.equals("patch")) {
            rig.put(user("7", "Bob"));
            rig.patch(userKey("7"), "{\"name\":\"Ada\"}");
        } else {
            rig.delete(userKey("7"));
        }
        rig.changes();

        rig.snapshot(user("7", "old"), Headers.ANSWER, "1");

        assertThat(rig.changes()).isEmpty();
        assertThat(rig.answers()).last().extracting("outcome").isEqualTo(Outcome.BEATEN);
        assertThat(rig.counters().beatenSnapshotReads()).isEqualTo(1);
        assertThat(rig.counters().conserved()).isTrue();
    }

    @Test
    void aSnapshotReadLosesToAnEarlierOne() {
        rig.snapshot(user("7", "Ada"));

        rig.snapshot(user("7", "Bob"));

        assertThat(rig.changesInWords()).containsExactly("r users 7");
        assertThat(rig.counters()).isEqualTo(new Counters(2, 1, 0, 0, 1));
    }

    @Test
    void aPutOfAnUnknownKeyIsACreateAndOneOfAKnownKeyAnUpdateWithTheStateBefore() {
        rig.put(user("7", "Ada"));
        rig.put(user("7", "Bob"));

        List<Rig.Change> changes = rig.changes();

        assertThat(changes).extracting(Rig.Change::op).containsExactly("c", "u");
        assertThat(changes.get(1).event().before()).isEqualTo(user("7", "Ada"));
        assertThat(changes.get(1).event().after()).isEqualTo(user("7", "Bob"));
    }

    @Test
    void aLiveChangeOfABackfilledKeyKnowsTheStateBefore() {
        rig.snapshot(user("7", "Ada"));
        rig.delete(userKey("7"));

        List<Rig.Change> changes = rig.changes();

        assertThat(changes).extracting(Rig.Change::op).containsExactly("r", "d");
        assertThat(changes.get(1).event().before()).isEqualTo(user("7", "Ada"));
    }

    @Test
    void aDeleteOfAnUnknownKeyGoesOnWithoutTheStateBefore() {
        rig.delete(userKey("7"));

        assertThat(rig.changes()).singleElement().satisfies(change -> {
            assertThat(change.op()).isEqualTo("d");
            assertThat(change.event().before()).isNull();
        });
    }

    @Test
    void aPatchBecomesTheFullState() {
        rig.put(Chats.of(Chats.CHATS, "{\"chat_id\":\"c\",\"title\":\"t\",\"metadata\":{\"a\":1,\"b\":2},\"more\":3}"));

        rig.patch(chatKey("c"), "{\"title\":null,\"metadata\":{\"a\":null,\"c\":3},\"more\":4}");

        Rig.Change change = rig.changes().get(1);
        assertThat(change.op()).isEqualTo("u");
        assertThat(change.event().patch()).isNull();
        assertThat(change.value()).contains("\"metadata\":{\"b\":2,\"c\":3}", "\"more\":4");
    }

    @Test
    void aPatchOfNothingIsNotFoundAndItsSenderIsTold() {
        rig.patch(userKey("7"), "{\"name\":\"Ada\"}", Headers.ANSWER, "1");

        assertThat(rig.changes()).isEmpty();
        assertThat(rig.answers()).singleElement().extracting("outcome").isEqualTo(Outcome.NOT_FOUND);
        assertThat(rig.deadLetters())
                .singleElement()
                .satisfies(letter -> assertThat(HeaderText.find(letter.headers(), Headers.RESOLVED))
                        .isEqualTo("answered"));
        assertThat(rig.counters()).isEqualTo(new Counters(1, 0, 1, 0, 0));
    }

    @Test
    void aPatchAfterADeleteIsNotFound() {
        rig.put(user("7", "Ada"));
        rig.delete(userKey("7"));

        rig.patch(userKey("7"), "{\"name\":\"Bob\"}");

        assertThat(rig.reasons()).singleElement().asString().contains("users 7", "there is none");
    }

    @Test
    void aPatchThatMakesTheRecordInvalidIsRejectedAndTheStateStays() {
        rig.put(user("7", "Ada"));

        rig.patch(userKey("7"), "{\"name\":\"a name that is too long\"}", Headers.ANSWER, "1");
        rig.put(user("7", "Bob"));

        assertThat(rig.answers()).singleElement().extracting("outcome").isEqualTo(Outcome.INVALID);
        assertThat(rig.changes())
                .last()
                .satisfies(change -> assertThat(change.event().before()).isEqualTo(user("7", "Ada")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"op":"c"                                                    | JSON
            {"op":"x","after":{"id":"7"}}                                | op
            {"op":"c","after":{"id":"8"}}                                | id
            {"op":"c","after":{"id":"7","name":"a name that is too long"}}| name
            {"op":"c","after":{"id":"7","name":5}}                       | name
            {"op":"c","after":null}                                      | after
            [1,2]                                                        | envelope
            """)
    void whatIsAgainstTheDefinitionIsADeadLetterWithItsBytesUntouchedAndTheNextEventGoesOn(String value, String named) {
        byte[] bytes = value.getBytes(UTF_8);

        rig.send(userKey("7").bytes(), bytes);
        rig.put(user("7", "Ada"));

        TestRecord<byte[], byte[]> letter = rig.deadLetters().get(0);
        assertThat(letter.value()).isEqualTo(bytes);
        assertThat(letter.key()).isEqualTo(userKey("7").bytes());
        assertThat(HeaderText.find(letter.headers(), Headers.REASON)).containsIgnoringCase(named);
        assertThat(HeaderText.find(letter.headers(), Headers.STAGE)).isEqualTo("processor");
        assertThat(HeaderText.find(letter.headers(), Headers.ORIGIN)).isEqualTo("changeover.test.writes-0@0");
        assertThat(rig.changesInWords()).containsExactly("c users 7");
        assertThat(rig.counters()).isEqualTo(new Counters(2, 1, 1, 0, 0));
    }

    @Test
    void aMissingKeyOrValueOrAKeyThatIsNoneIsADeadLetter() {
        rig.send(null, "{}".getBytes(UTF_8));
        rig.send(userKey("7").bytes(), null);
        rig.send(new byte[] {(byte) 0xff, 0}, "{}".getBytes(UTF_8));
        rig.send("{\"entity\":\"nothing\",\"key\":{}}".getBytes(UTF_8), "{}".getBytes(UTF_8));

        assertThat(rig.reasons()).hasSize(4);
        assertThat(rig.changes()).isEmpty();
        assertThat(rig.counters()).isEqualTo(new Counters(4, 0, 4, 0, 0));
    }

    @Test
    void aKeyWithOtherWhiteSpaceMeansTheSameRecord() {
        rig.put(user("7", "Ada"));
        EventCodec codec = new EventCodec(Chats.migration("test", 1));

        rig.send(
                "{ \"key\": {\"id\": \"7\"}, \"entity\": \"users\" }".getBytes(UTF_8),
                codec.write(ChangeEvent.put(user("7", "Bob"), "", 0)));

        assertThat(rig.changesInWords()).containsExactly("c users 7", "u users 7");
    }

    @Test
    void whatOneSideCouldNotTakeIsRejectedBeforeAnySideSeesIt() {
        try (Rig picky = new Rig(after ->
                after.value("id").equals("..") ? Optional.of("Cannot make a file of users ..") : Optional.empty())) {
            picky.put(user("..", "Ada"));
            picky.snapshot(user("..", "Ada"));
            picky.put(user("7", "Ada"));

            assertThat(picky.reasons()).hasSize(2).allMatch(reason -> reason.contains("Cannot make a file"));
            assertThat(picky.changesInWords()).containsExactly("c users 7");
        }
    }

    @Test
    void anEventThatGrowsTooLargeWithItsStateBeforeIsADeadLetter() {
        String large = "\"%s\"".formatted("x".repeat(3 * 1024 * 1024));
        String json = "{\"chat_id\":\"c\",\"metadata\":[%s,%s,%s,%d]}";
        rig.put(Chats.of(Chats.CHATS, json.formatted(large, large, large, 1)));

        rig.put(Chats.of(Chats.CHATS, json.formatted(large, large, large, 2)));
        rig.put(message("c", 2));

        assertThat(rig.reasons()).singleElement().asString().contains("Too large");
        assertThat(rig.changesInWords()).containsExactly("c chats c", "c messages c/2");
    }

    @Test
    void aBarrierKeepsItsPlaceAndIsNotCounted() {
        Barrier barrier = new Barrier("b1", "verify");
        rig.put(user("7", "Ada"));

        rig.send(barrier.keyBytes(), Wire.write(barrier), Headers.CONTROL, "barrier");

        List<TestRecord<byte[], byte[]>> changes = rig.rawChanges();
        assertThat(changes).hasSize(2);
        assertThat(changes.get(1).key()).isEqualTo(barrier.keyBytes());
        assertThat(HeaderText.find(changes.get(1).headers(), Headers.CONTROL)).isEqualTo("barrier");
        assertThat(HeaderText.find(changes.get(1).headers(), Headers.WRITE_OFFSET))
                .isEqualTo("1");
        assertThat(rig.counters()).isEqualTo(new Counters(1, 1, 0, 0, 0));
    }

    @Test
    void headersForOthersAreHandedOnAndThoseForTheProcessorAreNot() {
        rig.put(user("6", "Bob"));
        rig.put(
                user("7", "Ada"),
                Headers.EVENT_ID,
                "e-1",
                Headers.TRACEPARENT,
                "00-1-2-01",
                Headers.EPOCH,
                "4",
                Headers.CONDITION,
                "create",
                Headers.ANSWER,
                "1");

        List<Rig.Change> changes = rig.changes();

        assertThat(changes.get(0).headers().get(Headers.EVENT_ID)).hasSize(36);
        assertThat(changes.get(1).headers())
                .containsEntry(Headers.EVENT_ID, "e-1")
                .containsEntry(Headers.TRACEPARENT, "00-1-2-01")
                .containsEntry(Headers.EPOCH, "4")
                .containsEntry(Headers.WRITE_OFFSET, "1")
                .doesNotContainKeys(Headers.CONDITION, Headers.ANSWER);
    }

    @Test
    void aCreateOfWhatIsThereIsAConflict() {
        rig.put(user("7", "Ada"), Headers.CONDITION, "create", Headers.ANSWER, "1");
        rig.put(user("7", "Bob"), Headers.CONDITION, "create", Headers.ANSWER, "1");

        assertThat(rig.answers()).extracting("outcome").containsExactly(Outcome.ACCEPTED, Outcome.CONFLICT);
        assertThat(rig.changesInWords()).containsExactly("c users 7");
    }

    @Test
    void aCompareAndSetGoesThroughOnlyOnTheStateThatItExpects() {
        String expected = "expect:" + Canonical.digest(user("7", "Ada")).hex();
        rig.put(user("7", "Ada"));

        rig.put(user("7", "Bob"), Headers.CONDITION, expected, Headers.ANSWER, "1");
        rig.put(user("7", "Eve"), Headers.CONDITION, expected, Headers.ANSWER, "1");
        rig.delete(userKey("8"), Headers.CONDITION, "expect:absent", Headers.ANSWER, "1");

        assertThat(rig.answers())
                .extracting("outcome")
                .containsExactly(Outcome.ACCEPTED, Outcome.CONFLICT, Outcome.ACCEPTED);
        assertThat(rig.changesInWords()).containsExactly("c users 7", "u users 7", "d users 8");
    }

    @Test
    void progressSaysHowFarAndIsSilentWhenNothingHappens() {
        rig.put(user("7", "Ada"));

        assertThat(rig.progress().next()).isEqualTo(1);
        assertThat(rig.saysProgress()).isFalse();
    }
}
