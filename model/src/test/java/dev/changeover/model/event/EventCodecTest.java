package dev.changeover.model.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventCodecTest {
    private static final byte[] KEY = "{\"entity\":\"things\",\"key\":{\"id\":7}}".getBytes(UTF_8);

    private final EventCodec codec = new EventCodec(Samples.MIGRATION);
    private final EntityRecord thing = Samples.thing("\"text\":\"a\",\"decimal\":\"1.10\",\"json\":{\"n\":1.10}");

    @Test
    void anEventIsWrittenAsDebeziumWritesThem() {
        ChangeEvent event = new ChangeEvent(
                Op.UPDATE,
                thing.key(),
                Samples.thing("\"text\":null"),
                thing,
                null,
                "data/things.json",
                1_700_000_000_000L);

        String json = new String(codec.write(event), UTF_8);

        assertThat(json)
                .isEqualTo("{\"before\":{\"id\":7,\"text\":null},"
                        + "\"after\":{\"id\":7,\"text\":\"a\",\"decimal\":\"1.10\",\"json\":{\"n\":1.10}},"
                        + "\"source\":{\"version\":\"1\",\"connector\":\"changeover\",\"name\":\"sample\","
                        + "\"ts_ms\":1700000000000,\"snapshot\":\"false\",\"db\":\"sample\",\"table\":\"things\","
                        + "\"origin\":\"data/things.json\"},\"op\":\"u\",\"ts_ms\":1700000000000}");
    }

    @Test
    void everyKindOfEventComesBackAsItWent() throws Exception {
        RecordKey key = thing.key();
        List<ChangeEvent> events = List.of(
                ChangeEvent.put(thing, "gateway", 1),
                ChangeEvent.snapshot(thing, "data/x.json", 2),
                ChangeEvent.patch(key, new JsonText("{\"text\":null}"), "", 3),
                ChangeEvent.delete(key, "gateway", 4),
                new ChangeEvent(Op.DELETE, key, thing, null, null, "gateway", 5),
                new ChangeEvent(Op.UPDATE, key, thing, thing, null, "gateway", 6));

        for (ChangeEvent event : events) {
            assertThat(codec.read(key.bytes(), codec.write(event))).isEqualTo(event);
        }
    }

    @Test
    void whoHasNothingToDoForASnapshotReadIsGivenItsKeyAlone() throws Exception {
        byte[] key = thing.key().bytes();

        ChangeEvent read = codec.readUnlessSnapshot(key, codec.write(ChangeEvent.snapshot(thing, "op\":\"c", 2)));

        assertThat(read.op()).isEqualTo(Op.SNAPSHOT);
        assertThat(read.key()).isEqualTo(thing.key());
        assertThat(read.after()).isNull();
        ChangeEvent put = ChangeEvent.put(thing, ",\"op\":\"r\",\"ts_ms\":1", 2);
        assertThat(codec.readUnlessSnapshot(key, codec.write(put))).isEqualTo(put);
        assertThatThrownBy(() -> codec.readUnlessSnapshot(
                        "{\"entity\":\"gone\",\"key\":{\"id\":7}}".getBytes(UTF_8),
                        codec.write(ChangeEvent.snapshot(thing, "", 2))))
                .hasMessageContaining("no such entity");
    }

    @Test
    void onlyASnapshotReadEndsAsOne() {
        for (String other : List.of(
                "",
                "}",
                "1}",
                ",\"op\":\"r\",\"ts_ms\":}",
                "{\"a\\\",\"op\":\"r\",\"ts_ms\":1",
                "{\"op\":\"r\",\"ts_ms\":1}",
                "{\"a\":\"\\\"op\":\"r\",\"ts_ms\":1}")) {
            assertThat(OwnTail.isSurelySnapshot(other.getBytes(UTF_8)))
                    .as(other)
                    .isFalse();
        }
        assertThat(OwnTail.isSurelySnapshot("{\"after\":{},\"op\":\"r\",\"ts_ms\":1}".getBytes(UTF_8)))
                .isTrue();
    }

    /** Otherwise all that is said here of comparing bytes would be said of the parser. */
    @Test
    void whatWeWroteIsReadByComparingBytes() {
        OwnTail tail = new OwnTail(
                "{\"version\":\"1\",\"connector\":\"changeover\",\"name\":\"sample\",\"ts_ms\":",
                Map.of("things", ",\"db\":\"sample\",\"table\":\"things\""));
        byte[] value = codec.write(ChangeEvent.put(thing, "data/things.json", 10));
        int behindAfter = new String(value, UTF_8).indexOf(",\"source\"");

        assertThat(tail.read(value, behindAfter, "things"))
                .isEqualTo(new OwnTail.Tail(Op.CREATE, "data/things.json", 10));
        assertThat(tail.read(value, behindAfter, "chats")).isNull();
        assertThat(tail.read(value, behindAfter + 1, "things")).isNull();
    }

    @Test
    void aTextThatHoldsTheEndOfAnEventIsNotTakenForIt() {
        String value = new String(codec.write(ChangeEvent.put(thing, "o", 10)), UTF_8).replace("\"before\":null,", "");
        for (String member : List.of("x", "before")) {
            byte[] wrong = value.replace(",\"source\"", ",\"" + member + "\":\",\"source\"")
                    .getBytes(UTF_8);

            assertThatThrownBy(() -> codec.readAfterOnly(thing.key().bytes(), wrong))
                    .isInstanceOf(MalformedEventException.class)
                    .hasMessageContaining("Invalid JSON");
        }
    }

    /** What an event or a refusal says, whatever way it was read. */
    private String outcome(byte[] key, byte[] value) {
        try {
            ChangeEvent event = codec.read(key, value);
            return event + " of " + event.origin() + " at " + event.timestampMillis();
        } catch (MalformedEventException e) {
            return String.valueOf(e.getMessage()).replaceAll("column \\d+", "column N"); // of what ends too early
        }
    }

    /** A blank at its end makes no difference to JSON, and here it is the parser that reads all of it. */
    private static byte[] withBlank(byte[] json) {
        byte[] blank = Arrays.copyOf(json, json.length + 1);
        blank[json.length] = ' ';
        return blank;
    }

    @Test
    void whatIsReadByComparingBytesIsWhatTheParserReads() {
        byte[] key = thing.key().bytes();
        for (String origin :
                List.of("", "data/things.json", "é/\uD83D\uDE00", "a \"b\" \\", "x\ny", "y".repeat(5_000))) {
            for (ChangeEvent event : List.of(
                    ChangeEvent.put(thing, origin, 1),
                    ChangeEvent.snapshot(thing, origin, 0),
                    ChangeEvent.delete(thing.key(), origin, 4),
                    new ChangeEvent(Op.UPDATE, thing.key(), thing, thing, null, origin, 1_700_000_000_000L))) {
                byte[] value = codec.write(event);

                assertThat(outcome(key, value)).isEqualTo(outcome(key, withBlank(value)));
                assertThat(outcome(key, value)).startsWith(event.toString());
            }
        }
    }

    /** Each byte of a key and of what stands behind the state after, one after the other, becomes another one or goes. */
    @Test
    void whatIsWrongIsNotTakenForRightByComparingBytes() {
        Random random = new Random(7);
        byte[] key = "{\"entity\":\"messages\",\"key\":{\"chat_id\":\"gap\",\"sequence_number\":15}}".getBytes(UTF_8);
        byte[] value = "{\"op\":\"d\"}".getBytes(UTF_8);
        for (byte[] wrong : mutations(key, 0, random)) {
            assertThat(outcome(wrong, value)).isEqualTo(outcome(withBlank(wrong), value));
        }
        byte[] event = codec.write(ChangeEvent.put(thing, "data/things.json", 10));
        int behindAfter = new String(event, UTF_8).indexOf(",\"source\"");
        for (byte[] wrong : mutations(event, behindAfter, random)) {
            assertThat(outcome(thing.key().bytes(), wrong))
                    .as(new String(wrong, UTF_8))
                    .isEqualTo(outcome(thing.key().bytes(), withBlank(wrong)));
        }
    }

    private static List<byte[]> mutations(byte[] json, int from, Random random) {
        byte[] interesting = "\"\\{}[],: 0159aructrue\u0000\u001f\u007f".getBytes(UTF_8);
        List<byte[]> all = new ArrayList<>();
        for (int i = from; i < json.length; i++) {
            for (int round = 0; round < 12; round++) {
                byte[] changed = json.clone();
                changed[i] = round < 10 ? interesting[random.nextInt(interesting.length)] : (byte) random.nextInt(256);
                all.add(changed);
            }
            byte[] shorter = new byte[json.length - 1];
            System.arraycopy(json, 0, shorter, 0, i);
            System.arraycopy(json, i + 1, shorter, i, json.length - i - 1);
            all.add(shorter);
        }
        return all;
    }

    @Test
    void membersMayComeInAnyOrderAndUnknownOnesArePassedOver() throws Exception {
        ChangeEvent event = read("{ \"transaction\": {\"id\": [1]}, \"op\":\"c\", \"ts_ns\": 1,\n"
                + " \"after\": {\"text\":\"a\", \"id\":7} }");

        assertThat(event).isEqualTo(ChangeEvent.put(Samples.thing("\"text\":\"a\""), "", 0));
    }

    @Test
    void keyFieldsThatAreLeftOutComeFromTheKey() throws Exception {
        ChangeEvent event = read("{\"op\":\"c\",\"after\":{\"text\":\"a\"}}");

        assertThat(event.after()).isEqualTo(Samples.thing("\"text\":\"a\""));
    }

    @Test
    void aReaderOfTheStateAfterPassesOverWhatIsBefore() throws Exception {
        byte[] value = "{\"op\":\"u\",\"before\":{\"int32\":\"no\"},\"after\":{\"id\":7}}".getBytes(UTF_8);

        ChangeEvent event = codec.readAfterOnly(KEY, value);

        assertThat(event.before()).isNull();
        assertThat(event.after()).isEqualTo(Samples.thing(""));
    }

    @Test
    void aKeyIsReadWhateverItsWhiteSpaceAndOrder() throws Exception {
        byte[] key = " { \"key\" : { \"sequence_number\" : 5, \"chat_id\":\"g\\u0061p\" } , \"entity\":\"messages\"}\n"
                .getBytes(UTF_8);

        ChangeEvent event = codec.read(key, "{\"op\":\"d\"}".getBytes(UTF_8));

        assertThat(event.key().text())
                .isEqualTo("{\"entity\":\"messages\",\"key\":{\"chat_id\":\"gap\",\"sequence_number\":5}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"op\":\"c\",\"after\":{\"id\":8}}|after.id: it is not what the key says",
                "{\"op\":\"c\",\"after\":{\"int32\":\"x\",\"bool\":1}}|after.int32: int32 is expected, and this is text; after.bool",
                "{\"op\":\"u\",\"before\":{\"int32\":1.5},\"after\":{}}|before.int32: int32 is expected",
                "{\"op\":\"x\",\"after\":{}}|op: c, u, d or r is expected",
                "{\"after\":{}}|op: it is missing",
                "{\"op\":\"c\"}|after: it is missing, and op is c",
                "{\"op\":\"c\",\"after\":[1]}|after: an object with the fields of things is expected",
                "{\"op\":\"d\",\"after\":{}}|op: d with a state after",
                "{\"op\":\"c\",\"patch\":{}}|patch: it stands alone",
                "{\"op\":\"u\",\"after\":{},\"patch\":{}}|patch: it stands alone",
                "{\"op\":\"u\",\"patch\":[]}|patch: an object is expected",
                "{\"op\":\"u\",\"patch\":{\"text\":\"\\u0000\"}}|U+0000",
                "{\"op\":\"d\",\"ts_ms\":\"now\"}|ts_ms: a whole number",
                "{\"op\":\"d\",\"op\":\"d\"}|op: it is there twice",
                "{\"op\":\"c\",\"after\":{\"id\":7,\"id\":7}}|Duplicate field 'id'",
                "{\"op\":\"c\",\"after\":{\"x\":1,\"x\":1}}|Duplicate field 'x'",
                "{\"op\":\"c\",\"after\":{\"json\":[{\"x\":1,\"x\":1}]}}|Duplicate field 'x'",
                "{\"op\":\"c\",\"after\":null,\"after\":{}}|after: it is there twice",
                "{\"op\":\"d\"} {}|there is more after the value's end",
                "{\"op\":\"d\"|value: Invalid JSON at line 1",
                "[]|a Debezium envelope without schema is expected",
                "``|a Debezium envelope without schema is expected",
            })
    void whatIsNoEventIsRefusedByPlace(String value, String reason) {
        assertThatThrownBy(() -> read(value))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"entity\":\"thing\",\"key\":{\"id\":7}}|key.entity: sample has no such entity; it has things, chats, messages",
                "{\"entity\":\"things\",\"key\":{}}|key.id: it is missing",
                "{\"entity\":\"things\",\"key\":{\"id\":null}}|key.id: a key field is never null",
                "{\"entity\":\"things\",\"key\":{\"id\":\"7\"}}|key.id: int64 is expected",
                "{\"entity\":\"things\",\"key\":{\"id\":7,\"text\":\"a\"}}|things has no key field text; its key is id",
                "{\"entity\":\"things\",\"key\":7}|key: it must be",
                "{\"entity\":\"things\"}|key: it must be",
                "{\"entity\":\"things\",\"entity\":\"things\",\"key\":{\"id\":7}}|key: it must be",
                "{\"entity\":\"things\",\"key\":{\"id\":7,\"id\":7}}|key.id: it is there twice",
                "{\"id\":7}|key: it must be",
                "7|key: it must be",
                "``|key: it must be",
                "{\"entity\":\"chats\",\"key\":{\"chat_id\":\"a\\u0000\"}}|key.chat_id: U+0000",
            })
    void whatIsNoKeyIsRefusedByField(String key, String reason) {
        assertThatThrownBy(() -> codec.read(key.getBytes(UTF_8), "{\"op\":\"d\"}".getBytes(UTF_8)))
                .isInstanceOf(MalformedEventException.class)
                .hasMessageContaining(reason);
    }

    private ChangeEvent read(String value) throws MalformedEventException {
        return codec.read(KEY, value.getBytes(UTF_8));
    }
}
