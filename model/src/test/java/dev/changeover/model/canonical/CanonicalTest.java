package dev.changeover.model.canonical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalTest {
    /** What {@code docs/canonical-form.md} promises to other implementations: never change one, only add. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    void everyVectorHasItsFormAndDigest(String name, String recordJson, String form, String digest) {
        EntityRecord thing = Samples.of(Samples.THINGS, recordJson);

        assertThat(HexFormat.of().formatHex(Canonical.form(thing))).isEqualTo(form);
        assertThat(Canonical.digest(thing).hex()).isEqualTo(digest);
    }

    static Stream<String[]> vectors() throws IOException {
        return JsonMembers.elements(Objects.requireNonNull(file().get("vectors"))).stream()
                .map(CanonicalTest::vector);
    }

    private static String[] vector(JsonText vector) {
        try {
            Map<String, JsonText> members = JsonMembers.of(vector);
            return new String[] {
                JsonMembers.string(Objects.requireNonNull(members.get("name"))),
                Objects.requireNonNull(members.get("record")).text(),
                JsonMembers.string(Objects.requireNonNull(members.get("form"))),
                JsonMembers.string(Objects.requireNonNull(members.get("digest")))
            };
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theVectorsAreOfTheEntityThatTheyDescribe() throws IOException {
        Map<String, JsonText> described = new LinkedHashMap<>();
        for (Field field : Samples.THINGS.fields()) {
            described.put(field.name(), JsonMembers.quoted(field.type().toString()));
        }

        assertThat(file().get("fields")).isEqualTo(JsonMembers.object(described));
    }

    private static Map<String, JsonText> file() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(CanonicalTest.class.getResourceAsStream("/canonical-vectors.json"))) {
            return JsonMembers.of(StrictJson.compact(in.readAllBytes()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"decimal\":\"1.10\"}|{\"decimal\":1.1}",
                "{\"decimal\":0}|{\"decimal\":\"0.00\"}",
                "{\"float64\":-0.0}|{\"float64\":0.0}",
                "{\"float32\":-0.0}|{\"float32\":0}",
                "{\"float32\":0.123456789}|{\"float32\":0.12345679}",
                "{\"timestamptz\":\"2024-01-01T12:00:00+02:00\"}|{\"timestamptz\":\"2024-01-01 10:00:00\"}",
                "{\"uuid\":\"123E4567-E89B-12D3-A456-426614174000\"}|{\"uuid\":\"123e4567-e89b-12d3-a456-426614174000\"}",
                "{\"json\":1.10}|{\"json\":11e-1}",
                "{\"json\":-0}|{\"json\":0.000}",
                "{\"json\":1e131071}|{\"json\":10E131070}",
                "{\"json\":{\"b\":1,\"a\":[2]}}|{ \"json\" : { \"a\" : [ 2.0 ], \"b\" : 1 } }",
                "{\"json\":\"\\u00e9\\/\"}|{\"json\":\"é/\"}",
                "{\"x\":1,\"w\":2}|{\"w\":2e0,\"x\":10e-1}",
            })
    void twoSpellingsOfOneValueAreEqual(String a, String b) {
        assertThat(Canonical.digest(thing(a))).isEqualTo(Canonical.digest(thing(b)));
        assertThat(Canonical.form(thing(a))).isEqualTo(Canonical.form(thing(b)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|{\"text\":null}",
                "{}|{\"text\":\"\"}",
                "{\"text\":null}|{\"text\":\"\"}",
                "{\"text\":\"null\"}|{\"text\":null}",
                "{}|{\"json\":null}",
                "{}|{\"json\":{}}",
                "{\"json\":{}}|{\"json\":[]}",
                "{\"json\":{\"a\":null}}|{\"json\":{}}",
                "{\"json\":[1,2]}|{\"json\":[2,1]}",
                "{\"json\":\"1\"}|{\"json\":1}",
                "{\"json\":[[]]}|{\"json\":[[],[]]}",
                "{\"json\":{\"a\":{\"b\":1}}}|{\"json\":{\"a\":{},\"b\":1}}",
                "{\"json\":\"e\\u0301\"}|{\"json\":\"\\u00e9\"}",
                "{\"json\":9007199254740993}|{\"json\":9007199254740992}",
                "{\"json\":1e131071}|{\"json\":1e131070}",
                "{\"json\":-1}|{\"json\":1}",
                "{\"json\":\"-\"}|{\"json\":\"–\"}",
                "{\"json\":\"\\uFFFD\"}|{\"json\":\"\\uFFFE\"}",
                "{\"int32\":1}|{\"int64\":1}",
                "{\"int32\":0}|{\"bool\":false}",
                "{\"x\":1}|{\"y\":1}",
                "{\"x\":null}|{}",
                "{\"timestamptz\":\"2024-01-01T00:00:00.000001Z\"}|{\"timestamptz\":\"2024-01-01T00:00:00Z\"}",
                "{\"text\":\"a \"}|{\"text\":\"a\"}",
                "{\"bytes\":\"\"}|{\"bytes\":\"AA==\"}",
            })
    void twoValuesAreNot(String a, String b) {
        assertThat(Canonical.digest(thing(a))).isNotEqualTo(Canonical.digest(thing(b)));
    }

    @Test
    void theSameFieldsUnderAnotherKeyHaveAnotherDigest() {
        assertThat(Canonical.digest(Samples.of(Samples.THINGS, "{\"id\":8}")))
                .isNotEqualTo(Canonical.digest(Samples.of(Samples.THINGS, "{\"id\":7}")));
    }

    @Test
    void membersAreSortedByTheirUtf8BytesNotByTheirChars() {
        // As UTF-16 units the emoji (D83D DE00) would come before U+FFFD, as bytes it comes after.
        byte[] form = Canonical.form(thing("{\"json\":{\"😀\":1,\"\uFFFD\":2,\"aa\":3,\"a\":4,\"\":5}}"));
        String hex = HexFormat.of().formatHex(form);

        assertThat(List.of(
                        hex.indexOf("00000000" + "23" + "01"),
                        hex.indexOf("00000001" + "61"),
                        hex.indexOf("00000002" + "6161"),
                        hex.indexOf("00000003" + "efbfbd"),
                        hex.indexOf("00000004" + "f09f9880")))
                .isSorted()
                .doesNotContain(-1);
    }

    @Test
    void valuesOfAFieldCanBeComparedAlone() {
        Field json = Samples.THINGS.field("json");

        assertThat(Canonical.same(json, new JsonText("{\"a\":1,\"b\":1.10}"), new JsonText("{\"b\":1.1,\"a\":1}")))
                .isTrue();
        assertThat(Canonical.same(json, new JsonText("1"), new JsonText("2"))).isFalse();
        assertThat(Canonical.same(json, new JsonText("null"), Missing.NULL)).isFalse();
        assertThat(Canonical.same(json, Missing.ABSENT, Missing.NULL)).isFalse();
        assertThat(Canonical.same(json, Missing.ABSENT, Missing.ABSENT)).isTrue();
        assertThat(Canonical.same(Samples.THINGS.field("float64"), -0.0, 0.0)).isTrue();
        assertThat(Canonical.same(Samples.THINGS.field("float64"), 0.1, 0.2)).isFalse();
    }

    @Test
    void keysAreSpreadOverTheBuckets() {
        int[] counts = new int[16];
        for (long id = 0; id < 16_000; id++) {
            counts[Canonical.bucket(RecordKey.of(Samples.THINGS, List.of(id)), 16)]++;
        }

        for (int count : counts) {
            assertThat(count).isBetween(850, 1150);
        }
    }

    @Test
    void textThatIsNoJsonHasNoForm() {
        for (String text : List.of("{", "[1", "{\"a\"}", "\"a", "tru", "1 2", "x", "[,]", "\"\\u12\"", "01")) {
            EntityRecord thing = EntityRecord.of(Samples.THINGS)
                    .set("id", 7L)
                    .set("json", new JsonText(text))
                    .build();

            assertThatThrownBy(() -> Canonical.form(thing))
                    .describedAs(text)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static EntityRecord thing(String members) {
        String inner = members.strip().substring(1, members.strip().length() - 1);
        return Samples.thing(inner.isBlank() ? "" : inner);
    }
}
