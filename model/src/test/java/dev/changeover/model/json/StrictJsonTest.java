package dev.changeover.model.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.JsonText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "1.0e-7",
                "-0",
                "0",
                "-0.0E+00",
                "123456789012345678901234567890",
                "0.1234567890123456789012345678901234567890",
                "1e131071",
                "-9.99e131070",
                "1e-16383",
                "0e200000",
                "\"\"",
                "true",
                "null",
                "[]",
                "{}",
                "[[],{}]",
                "{\"b\":1,\"a\":[1,\"x\",{\"\":null}],\"__proto__\":{}}",
                "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\"",
                "\"é 漢 😀 \uFFFE\""
            })
    void compactTextStaysAsItIs(String json) throws Exception {
        assertThat(StrictJson.compact(json)).isEqualTo(new JsonText(json));
        assertThat(StrictJson.compact(json.getBytes(UTF_8))).isEqualTo(new JsonText(json));
    }

    @Test
    void whiteSpaceGoesAndEscapesAreThoseThatMustBe() throws Exception {
        JsonText json =
                StrictJson.compact(" { \"a\" :\t[ 1 , 2.50 ]\r\n, \"\\u0062\\/\" : \"\\ud83d\\ude00\\u00e9\" } ");

        assertThat(json.text()).isEqualTo("{\"a\":[1,2.50],\"b/\":\"😀é\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1,\"a\":2}|Duplicate field 'a'",
                "{\"a\":{\"b\":1,\"c\":2,\"d\":3,\"b\":4}}|Duplicate field 'b'",
                "{\"a\":1,\"\\u0061\":2}|Duplicate field 'a'",
                "1 2|there is more after the value's end",
                "{} x|Unrecognized token",
                "{\"a\":1,}|line 1, column",
                "[1,]|line 1, column",
                "[1 2]|line 1, column",
                "{'a':1}|line 1, column",
                "{a:1}|line 1, column",
                "/* a */ 1|line 1",
                "NaN|line 1",
                "Infinity|line 1",
                "-Infinity|line 1",
                "+1|line 1",
                "01|Leading zeroes not allowed",
                "-01|Leading zeroes not allowed",
                "1.|line 1",
                ".5|line 1",
                "1e|line 1",
                "0x10|line 1",
                "tru|line 1",
                "\"a|line 1",
                "[|line 1",
                "{\"a\"|line 1",
                "``|there is nothing",
                "`  `|there is nothing",
                "\"\\u0000\"|U+0000",
                "{\"a\\u0000\":1}|U+0000",
                "{\"x\":[\"a\",{\"b\":\"c\\u0000\"}]}|U+0000",
                "\"\\ud800\"|half a surrogate pair",
                "\"\\udc00\\ud800\"|half a surrogate pair",
                "{\"\\ude00\":1}|surrogate",
                "\"\\ud83dx\"|half a surrogate pair",
                "\"\\x41\"|line 1",
                "\"\\u12g4\"|line 1",
                "1e131072|which PostgreSQL cannot hold",
                "10e131071|which PostgreSQL cannot hold",
                "1e-16384|which PostgreSQL cannot hold",
                "1.5e-16383|which PostgreSQL cannot hold",
                "1e999999999999999999999|no database can hold",
                "-1e-99999999999999999999|no database can hold",
            })
    void whatIsNotStrictIsRefusedWithItsPlace(String json, String reason) {
        assertThatThrownBy(() -> StrictJson.compact(json))
                .isInstanceOf(InvalidJsonException.class)
                .hasMessageContaining(reason);
        assertThatThrownBy(() -> StrictJson.compact(json.getBytes(UTF_8)))
                .isInstanceOf(InvalidJsonException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "22 c0 80 22, byte 0xc0 is not UTF-8",
        "22 c1 81 22, byte 0xc1 is not UTF-8",
        "22 e0 80 80 22, byte 0xe0 is not UTF-8",
        "22 ed a0 bd ed b8 80 22, byte 0xed is not UTF-8",
        "22 f0 80 80 80 22, byte 0xf0 is not UTF-8",
        "22 f4 90 80 80 22, byte 0xf4 is not UTF-8",
        "22 f5 80 80 80 22, byte 0xf5 is not UTF-8",
        "22 ff 22, byte 0xff is not UTF-8",
        "22 80 22, byte 0x80 is not UTF-8",
        "22 c3 22, byte 0xc3 is not UTF-8",
        "22 61 62 63 64 65 66 67 68 e9 22, column 10",
        "5b 31 2c 0a 22 e9 22 5d, 'line 2, column 2'",
        "22 e2 82, byte 0xe2 is not UTF-8",
        "7b 00 7d 00, it must be UTF-8",
        "00 7b 00 7d, it must be UTF-8",
        "22 61 00 22, line 1",
        "31 00, it must be UTF-8",
    })
    void whatIsNotUtf8IsRefusedWithItsPlace(String hex, String reason) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);

        assertThatThrownBy(() -> StrictJson.compact(bytes))
                .isInstanceOf(InvalidJsonException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aStreamThatIsNotUtf8IsRefused() {
        byte[] latin1 = "\"é\"".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> {
                    try (JsonParser parser = StrictJson.parser(new ByteArrayInputStream(latin1))) {
                        parser.nextToken();
                        parser.getText();
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void aNameThatComesTwiceIsFoundAmongMany() throws Exception {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < 1000; i++) {
            json.append('"').append(i).append("\":{\"a\":1,\"b\":[{\"a\":1}]},");
        }

        assertThat(StrictJson.compact(json + "\"x\":1}").text()).endsWith("\"x\":1}");
        assertRefused(json + "\"500\":1}", "Duplicate field '500'");
    }

    @Test
    void everythingHasALimit() throws Exception {
        assertThat(StrictJson.compact("[".repeat(200) + "]".repeat(200)).text()).hasSize(400);
        assertThat(StrictJson.compact("1".repeat(1000) + "0".repeat(100)).text())
                .hasSize(1100);
        assertThat(StrictJson.compact("1" + "0".repeat(131_071)).text()).hasSize(131_072);
        assertThat(StrictJson.compact("\"" + "x".repeat(4 << 20) + "\"").text()).hasSize((4 << 20) + 2);

        assertRefused("[".repeat(201) + "]".repeat(201), "nested deeper than 200");
        assertRefused("[".repeat(100_000), "nesting depth");
        assertRefused("{\"a\":".repeat(100_000), "nesting depth");
        assertRefused("1".repeat(1001), "a number of 1001 digits");
        assertRefused("0." + "1".repeat(1001), "a number of 1001 digits");
        assertRefused("1".repeat(1_000_000), "Number value length");
        assertRefused("1" + "0".repeat(131_072), "which PostgreSQL cannot hold");
        assertRefused("\"" + "x".repeat((4 << 20) + 1) + "\"", "String value length");
        assertRefused("{\"" + "x".repeat(10_000) + "\":1}", "Name length");
        assertRefused("[" + "1,".repeat(9 << 20) + "1]", "more than 16777216");
    }

    @Test
    void afterAValueThatCannotBeStoredTheParserCanGoOn() throws Exception {
        try (JsonParser parser = StrictJson.parser("[{\"a\":[\"\\u0000\"]},7]".getBytes(UTF_8))) {
            parser.nextToken();
            parser.nextToken();
            assertThatThrownBy(() -> StrictJson.copy(parser)).hasMessageContaining("line 1, column 8: U+0000");
            parser.nextToken();

            assertThat(StrictJson.copy(parser).text()).isEqualTo("7");
        }
    }

    @Test
    void aByteOrderMarkIsTakenOffOnlyAtTheStart() {
        byte[] marked = "\uFEFF{}".getBytes(UTF_8);
        byte[] within = "{\uFEFF}".getBytes(UTF_8);

        assertThat(StrictJson.withoutByteOrderMark(marked)).isEqualTo("{}".getBytes(UTF_8));
        assertThat(StrictJson.withoutByteOrderMark(within)).isSameAs(within);
    }

    private static void assertRefused(String json, String reason) {
        assertThatThrownBy(() -> StrictJson.compact(json.getBytes(UTF_8)))
                .isInstanceOf(InvalidJsonException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "\"x\"",
                "null",
                "[]",
                "{}",
                "[1,[2,{\"a\":[]}]]",
                "{\"a\":{\"a\":1,\"b\":[{\"a\":2}]},\"b\":{\"a\":3}}"
            })
    void aValueIsPassedOver(String value) throws IOException {
        try (JsonParser parser = StrictJson.parserOfKnownNames(("[" + value + ",7]").getBytes(UTF_8))) {
            parser.nextToken();
            parser.nextToken();

            StrictJson.skip(parser);

            assertThat(parser.nextToken()).isEqualTo(JsonToken.VALUE_NUMBER_INT);
            assertThat(parser.getIntValue()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1,\"a\":2}", "[{\"b\":{\"a\":1,\"c\":{\"a\":2},\"a\":3}}]"})
    void aValueThatIsPassedOverHasNoNameTwiceEither(String value) throws IOException {
        try (JsonParser parser = StrictJson.parserOfKnownNames(value.getBytes(UTF_8))) {
            parser.nextToken();

            assertThatThrownBy(() -> StrictJson.skip(parser))
                    .isInstanceOf(InvalidJsonException.class)
                    .hasMessageContaining("Duplicate field 'a'");
        }
    }
}
