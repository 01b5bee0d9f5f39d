package dev.changeover.model.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Samples;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueJsonTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text|\"abcde\"|abcde",
                "text|\"\"|``",
                "text|\"😀😀😀😀😀\"|😀😀😀😀😀",
                "bool|true|true",
                "int32|-2147483648|-2147483648",
                "int32|-0|0",
                "int64|9223372036854775807|9223372036854775807",
                "float32|0.1|0.1",
                "float32|16777216|1.6777216E7",
                "float32|3.4028235e38|3.4028235E38",
                "float32|-0.0|-0.0",
                "float64|0.1|0.1",
                "float64|0.30000000000000004|0.30000000000000004",
                "float64|9007199254740992|9.007199254740992E15",
                "float64|-0.0|-0.0",
                "float64|0e999|0.0",
                "decimal|\"1.1\"|1.10",
                "decimal|1.100|1.10",
                "decimal|\"-12345678.99\"|-12345678.99",
                "decimal|1e2|100.00",
                "decimal|\"0.000\"|0.00",
                "decimal|0e99|0.00",
                "timestamptz|\"2024-02-29T23:59:59Z\"|2024-02-29T23:59:59Z",
                "timestamptz|\"2024-02-29T23:59:59.5+02:00\"|2024-02-29T21:59:59.500Z",
                "timestamptz|\"2024-02-29 23:59:59.123456+00\"|2024-02-29T23:59:59.123456Z",
                "timestamptz|\"2024-02-29T23:59:59.123456000Z\"|2024-02-29T23:59:59.123456Z",
                "timestamptz|\"2024-02-29T23:59:59,1\"|2024-02-29T23:59:59.100Z",
                "timestamptz|\"2024-02-29t23:59z\"|2024-02-29T23:59:00Z",
                "timestamptz|\"2024-02-29T23:59:59.123456-0530\"|2024-03-01T05:29:59.123456Z",
                "timestamptz|\"0001-01-01T00:00:00Z\"|0001-01-01T00:00:00Z",
                "timestamptz|\"9999-12-31T23:59:59.999999Z\"|9999-12-31T23:59:59.999999Z",
                "timestamp|\"2024-02-29 23:59:59.5\"|2024-02-29T23:59:59.500",
                "timestamp|\"2024-02-29T00:00\"|2024-02-29T00:00:00",
                "date|\"2024-02-29\"|2024-02-29",
                "time|\"23:59\"|23:59:00",
                "time|\"23:59:59.000001\"|23:59:59.000001",
                "uuid|\"123E4567-e89b-12d3-a456-426614174000\"|123e4567-e89b-12d3-a456-426614174000",
                "bytes|\"AAECAw==\"|AAECAw==",
                "bytes|\"\"|``",
                "json|{ \"b\" : 1.10, \"a\":[ ] }|{\"b\":1.10,\"a\":[]}",
            })
    void aValueIsReadAsWhatItMeans(String field, String json, String text) throws Exception {
        Object value = read(Samples.THINGS.field(field), json);

        assertThat(ValueJson.text(value)).isEqualTo(text);
        assertThat(ValueJson.parse(Samples.THINGS.field(field), text)).isEqualTo(value);
        assertThat(ValueJson.checked(Samples.THINGS.field(field), value)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text|\"abcdef\"|longer than 5 characters: it has 6",
                "text|\"😀😀😀😀😀😀\"|longer than 5 characters: it has 6",
                "text|\"a\\u0000\"|U+0000 at character 2",
                "text|\"a\\ud800\"|half a surrogate pair at character 2",
                "text|5|text(5) is expected, and this is a number",
                "text|[\"a\",{}]|text(5) is expected, and this is an array",
                "bool|0|bool is expected, and this is a number",
                "bool|\"true\"|bool is expected, and this is text",
                "int32|true|int32 is expected, and this is true",
                "int32|5.0|int32 is expected, and this is a number with a point or an exponent",
                "int32|1e2|int32 is expected, and this is a number with a point or an exponent",
                "int32|\"5\"|int32 is expected, and this is text",
                "int32|2147483648|outside of -2147483648 to 2147483647",
                "int32|-2147483649|outside of",
                "int64|9223372036854775808|outside of",
                "int64|18446744073709551616|outside of",
                "int64|100000000000000000000000000000|outside of",
                "float32|16777217|a whole number that a float would round",
                "float32|1e39|too large or too small for a float32",
                "float32|1e-46|too large or too small for a float32",
                "float64|1e400|too large or too small for a float64",
                "float64|-1e400|too large or too small for a float64",
                "float64|1e-400|too large or too small for a float64",
                "float64|9007199254740993|a whole number that a float would round",
                "float64|\"NaN\"|float64 is expected, and this is text",
                "float64|0.11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111|a number of more than 100 characters",
                "decimal|\"1.001\"|more than 8 digits before or 2 after the point",
                "decimal|123456789|more than 8 digits before or 2 after the point",
                "decimal|1e999999999|more than 8 digits before or 2 after the point",
                "decimal|1e-999999999|more than 8 digits before or 2 after the point",
                "decimal|\"1e99999999999999999999\"|a number is expected",
                "decimal|\"+1\"|a number is expected",
                "decimal|\"NaN\"|a number is expected",
                "decimal|\"\"|a number is expected",
                "decimal|\" 1\"|a number is expected",
                "decimal|\"١\"|a number is expected",
                "timestamptz|\"2024-02-30T00:00:00Z\"|there is no such day",
                "timestamptz|\"2023-02-29T00:00:00Z\"|there is no such day",
                "timestamptz|\"2016-12-31T23:59:60Z\"|a leap second",
                "timestamptz|\"2024-01-01T24:00:00Z\"|there is no such time of day",
                "timestamptz|\"2024-01-01T00:00:00.1234567Z\"|more exact than a microsecond",
                "timestamptz|\"0000-01-01T00:00:00Z\"|the year must be 1 to 9999",
                "timestamptz|\"0001-01-01T00:00:00+01:00\"|the year must be 1 to 9999",
                "timestamptz|\"9999-12-31T23:59:59-01:00\"|the year must be 1 to 9999",
                "timestamptz|\"+294277-01-01T00:00:00Z\"|a timestamp is expected",
                "timestamptz|\"infinity\"|a timestamp is expected",
                "timestamptz|\"2024-01-01\"|a timestamp is expected",
                "timestamptz|\"2024-01-01T00:00:00+19:00\"|more than 18 hours",
                "timestamptz|\"2024-01-01T00:00:00+01:60\"|more than 59 minutes",
                "timestamptz|\"2024-01-01T00:00:00 Europe/Berlin\"|a timestamp is expected",
                "timestamptz|\"2024-01-01T00:00:00.Z\"|a timestamp is expected",
                "timestamptz|1700000000|timestamptz is expected, and this is a number",
                "timestamp|\"2024-01-01T00:00:00Z\"|a timestamp without time zone is expected",
                "date|\"2024-13-01\"|there is no such day",
                "date|\"2024-1-1\"|a date is expected",
                "date|\"2024-01-01T00:00\"|a date is expected",
                "time|\"24:00\"|there is no such time of day",
                "time|\"12\"|a time of day is expected",
                "uuid|\"1-1-1-1-1\"|a UUID is expected",
                "uuid|\"123e4567-e89b-12d3-a456-42661417400g\"|a UUID is expected",
                "bytes|\"AAECAw\"|base64 with padding is expected",
                "bytes|\"AAECAx==\"|base64 with padding is expected",
                "bytes|\"AA-_\"|base64 with padding is expected",
                "json|{\"a\":[\"\\u0000\"]}|U+0000",
                "json|{\"a\":1e131072}|PostgreSQL cannot hold",
            })
    void aValueThatAFieldCannotHaveIsRefused(String field, String json, String reason) {
        assertThatThrownBy(() -> read(Samples.THINGS.field(field), json))
                .isInstanceOf(InvalidValueException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aFloat32IsAFloat() throws Exception {
        assertThat(read(Samples.THINGS.field("float32"), "0.1")).isEqualTo(0.1f);
        assertThat(read(Samples.THINGS.field("float32"), "0.123456789")).isEqualTo(0.12345679f);
    }

    @Test
    void nullIsAValueOnlyWhereItMayBe() throws Exception {
        Field required = Field.required(0, "a", FieldType.INT32);
        Field optional = Field.optional(0, "a", FieldType.INT32);

        assertThat(read(optional, "null")).isEqualTo(Missing.NULL);
        assertThat(ValueJson.checked(optional, Missing.ABSENT)).isEqualTo(Missing.ABSENT);
        assertThatThrownBy(() -> read(required, "null")).hasMessage("null is not a value of it; int32 is expected");
        assertThatThrownBy(() -> ValueJson.checked(required, Missing.ABSENT)).hasMessage("it is missing");
    }

    @Test
    void aJsonNullIsAValueOfAJsonFieldUnlessTheFieldIsNullable() throws Exception {
        assertThat(read(Field.required(0, "a", FieldType.JSON), "null")).isEqualTo(JsonText.NULL);
        assertThat(read(Field.optional(0, "a", FieldType.JSON), "null")).isEqualTo(Missing.NULL);
        assertThat(ValueJson.checked(Field.required(0, "a", FieldType.JSON), Missing.NULL))
                .isEqualTo(JsonText.NULL);
        assertThat(ValueJson.checked(Field.optional(0, "a", FieldType.JSON), JsonText.NULL))
                .isEqualTo(Missing.NULL);
    }

    @Test
    void leastLargestAndOnlyValuesAreHeld() throws Exception {
        Field level = new Field(0, "level", FieldType.INT32, false, false, Missing.NULL, 1, 5, List.of());
        Field status =
                new Field(0, "status", FieldType.TEXT, false, false, Missing.NULL, null, null, List.of("on", "off"));

        assertThat(read(level, "1")).isEqualTo(1);
        assertThat(read(status, "\"off\"")).isEqualTo("off");
        assertThatThrownBy(() -> read(level, "0")).hasMessage("less than 1");
        assertThatThrownBy(() -> read(level, "6")).hasMessage("more than 5");
        assertThatThrownBy(() -> read(status, "\"ON\"")).hasMessage("it must be one of on, off");
    }

    @Test
    void aTextInAPathMeansOneValueOnly() throws Exception {
        assertThat(ValueJson.parse(Samples.THINGS.field("int64"), "7")).isEqualTo(7L);
        for (String text : List.of("007", "+7", "7.0", " 7", "", "seven", "0x7")) {
            assertThatThrownBy(() -> ValueJson.parse(Samples.THINGS.field("int64"), text))
                    .isInstanceOf(InvalidValueException.class);
        }
        assertThatThrownBy(() -> ValueJson.parse(Samples.THINGS.field("bool"), "True"))
                .isInstanceOf(InvalidValueException.class);
    }

    @Test
    void aValueFromADatabaseIsCheckedAsOneFromJson() throws Exception {
        assertThat(ValueJson.checked(Samples.THINGS.field("decimal"), new BigDecimal("1.1")))
                .isEqualTo(new BigDecimal("1.10"));
        List<Object> wrong = List.of(
                new Object[] {"text", "a\u0000"},
                new Object[] {"text", "abcdef"},
                new Object[] {"int32", 5L},
                new Object[] {"float32", Float.NaN},
                new Object[] {"float64", Double.POSITIVE_INFINITY},
                new Object[] {"decimal", new BigDecimal("1.001")},
                new Object[] {"decimal", new BigDecimal("1e1000000")},
                new Object[] {"timestamptz", Instant.ofEpochSecond(0, 1)},
                new Object[] {"timestamptz", Instant.MAX},
                new Object[] {"timestamp", LocalDateTime.MIN},
                new Object[] {"time", LocalTime.MAX},
                new Object[] {"bytes", "AA=="},
                new Object[] {"json", "null"});
        for (Object each : wrong) {
            Object[] pair = (Object[]) each;
            assertThatThrownBy(() -> ValueJson.checked(Samples.THINGS.field((String) pair[0]), pair[1]))
                    .describedAs((String) pair[0])
                    .isInstanceOf(InvalidValueException.class);
        }
        assertThat(ValueJson.checked(Samples.THINGS.field("bytes"), Bytes.copyOf(new byte[] {1})))
                .isEqualTo(Bytes.copyOf(new byte[] {1}));
    }

    @Test
    void theParserStandsOnTheLastTokenAfterARefusal() throws Exception {
        try (JsonParser parser = StrictJson.parser("[{\"a\":[1,2]},7]".getBytes(UTF_8))) {
            parser.nextToken();
            parser.nextToken();
            assertThatThrownBy(() -> ValueJson.read(parser, Samples.THINGS.field("int32")))
                    .isInstanceOf(InvalidValueException.class);

            assertThat(parser.currentToken()).isEqualTo(JsonToken.END_OBJECT);
        }
    }

    private static Object read(Field field, String json) throws IOException, InvalidValueException {
        try (JsonParser parser = StrictJson.parser(json.getBytes(UTF_8))) {
            parser.nextToken();
            return ValueJson.read(parser, field);
        }
    }

    @Test
    void negativeZeroIsNotBelowZero() throws InvalidValueException {
        Field field = new Field(
                0, "cost", FieldType.of(FieldType.Kind.FLOAT64), false, false, Missing.NULL, 0.0, null, List.of());

        assertThat(ValueJson.checked(field, -0.0)).isEqualTo(-0.0);
    }
}
