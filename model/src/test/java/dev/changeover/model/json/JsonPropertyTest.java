package dev.changeover.model.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Op;
import dev.changeover.model.layout.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonPropertyTest {
    private static final int RUNS = 60;

    static LongStream seeds() {
        return Seeds.fresh();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aRecordComesBackFromItsJsonAsItWas(long seed) throws Exception {
        RandomRecords records = new RandomRecords(new Random(seed));
        for (int run = 0; run < RUNS; run++) {
            EntityRecord thing = records.thing();

            JsonText json = RecordJson.text(thing);

            assertThat(RecordJson.read(Samples.THINGS, json)).isEqualTo(thing);
            assertThat(RecordJson.read(Samples.THINGS, json.text().getBytes(StandardCharsets.UTF_8)))
                    .isEqualTo(thing);
            assertThat(StrictJson.compact(json.text())).isEqualTo(json);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anEventComesBackFromItsEnvelopeAsItWas(long seed) throws Exception {
        Random random = new Random(seed);
        RandomRecords records = new RandomRecords(random);
        EventCodec codec = new EventCodec(Samples.MIGRATION);
        for (int run = 0; run < RUNS; run++) {
            EntityRecord after = records.thing();
            RecordKey key = after.key();
            EntityRecord before =
                    records.thing().toBuilder().set("id", after.value("id")).build();
            JsonText patch = new JsonText(records.text(records.object(2), false));
            List<ChangeEvent> events = List.of(
                    new ChangeEvent(Op.UPDATE, key, before, after, null, "o", random.nextLong(1L << 50)),
                    ChangeEvent.put(after, "o\"\\", 1),
                    ChangeEvent.patch(key, patch, "", 2),
                    new ChangeEvent(Op.DELETE, key, before, null, null, "", 3));
            for (ChangeEvent event : events) {
                assertThat(codec.read(key.bytes(), codec.write(event))).isEqualTo(event);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theCanonicalFormDoesNotSeeOrderWhiteSpaceAndSpelling(long seed) throws Exception {
        RandomRecords records = new RandomRecords(new Random(seed));
        for (int run = 0; run < RUNS; run++) {
            Object json = records.json(4);
            JsonText plain = StrictJson.compact(records.text(json, false));
            JsonText disguised = StrictJson.compact(records.text(json, true));

            assertThat(formOf(disguised)).isEqualTo(formOf(plain));
            assertThat(formOf(new JsonText(records.text(json, true)))).isEqualTo(formOf(plain));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void digestsAddUpInAnyOrderAndCanBeTakenAwayAgain(long seed) {
        Random random = new Random(seed);
        RandomRecords records = new RandomRecords(random);
        List<Digest> digests = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            digests.add(Canonical.digest(records.thing()));
        }
        Digest sum = digests.stream().reduce(Digest.ZERO, Digest::plus);

        Collections.shuffle(digests, random);

        assertThat(digests.stream().reduce(Digest.ZERO, Digest::plus)).isEqualTo(sum);
        assertThat(digests.stream().reduce(sum, Digest::minus)).isEqualTo(Digest.ZERO);
        assertThat(sum.plus(digests.get(0)).minus(digests.get(0))).isEqualTo(sum);
        assertThat(digests.get(0).plus(digests.get(0))).isNotEqualTo(Digest.ZERO);
        assertThat(Digest.ofHex(sum.hex())).isEqualTo(sum);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aMergePatchDoesWhatTheRfcSaysOnMaps(long seed) throws Exception {
        RandomRecords records = new RandomRecords(new Random(seed));
        for (int run = 0; run < RUNS; run++) {
            Object target = records.json(3);
            Object patch = records.json(3);

            JsonText merged = MergePatch.merge(
                    new JsonText(records.text(target, false)), new JsonText(records.text(patch, false)));

            assertThat(formOf(merged)).isEqualTo(formOf(new JsonText(records.text(oracle(target, patch), false))));
        }
    }

    /** The RFC's own pseudo code. */
    private static Object oracle(Object target, Object patch) {
        if (!(patch instanceof Map<?, ?> changes)) {
            return patch;
        }
        Map<Object, Object> result = new LinkedHashMap<>();
        if (target instanceof Map<?, ?> members) {
            result.putAll(members);
        }
        changes.forEach((name, value) -> {
            if (value == Missing.NULL) {
                result.remove(name);
            } else {
                result.put(name, oracle(result.getOrDefault(name, Missing.NULL), value));
            }
        });
        return result;
    }

    private static byte[] formOf(JsonText json) {
        return Canonical.form(
                EntityRecord.of(Samples.THINGS).set("id", 7L).set("json", json).build());
    }
}
