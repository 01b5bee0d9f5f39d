package dev.changeover.model.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.event.MalformedEventException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainKeyTest {
    private static RecordKey plain(String json) {
        return PlainKey.readOrNull(Samples.MIGRATION, json.getBytes(StandardCharsets.UTF_8));
    }

    private static RecordKey any(String json) throws MalformedEventException {
        return KeyJson.read(Samples.MIGRATION, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aKeyOfPlainTextsAndWholeNumbersIsReadWithoutAParser() {
        for (RecordKey key : List.of(
                RecordKey.of(Samples.THINGS, List.of(7L)),
                RecordKey.of(Samples.THINGS, List.of(0L)),
                RecordKey.of(Samples.THINGS, List.of(999_999_999_999_999_999L)),
                RecordKey.of(Samples.CHATS, List.of("a b/c{}:,~")),
                RecordKey.of(Samples.MESSAGES, List.of("gap", 999_999_999)))) {
            assertThat(plain(key.text())).isEqualTo(key);
        }
    }

    /** Right or wrong: the parser says it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"entity\":\"things\",\"key\":{\"id\":-7}}",
                "{\"entity\":\"things\",\"key\":{\"id\":1000000000000000000}}",
                "{\"entity\":\"chats\",\"key\":{\"chat_id\":\"é\"}}",
                "{\"entity\":\"chats\",\"key\":{\"chat_id\":\"a\\\"b\"}}",
                "{\"entity\":\"messages\",\"key\":{\"chat_id\":\"gap\",\"sequence_number\":1000000000}}",
                "{\"entity\":\"messages\",\"key\":{\"sequence_number\":5,\"chat_id\":\"gap\"}}",
                "{\"key\":{\"id\":7},\"entity\":\"things\"}",
                "{\"entity\":\"things\",\"key\":{\"id\": 7}}",
            })
    void anyOtherKeyIsReadByTheParser(String json) throws MalformedEventException {
        assertThat(plain(json)).isNull();
        assertThat(any(json)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"entity\":\"",
                "{\"entity\":\"nobody\",\"key\":{\"id\":7}}",
                "{\"entity\":\"things\",\"key\":{\"id\":07}}",
                "{\"entity\":\"things\",\"key\":{\"id\":}}",
                "{\"entity\":\"things\",\"key\":{\"id\":\"7\"}}",
                "{\"entity\":\"things\",\"key\":{\"id\":7}",
                "{\"entity\":\"things\",\"key\":{\"id\":7}}}",
                "{\"entity\":\"chats\",\"key\":{\"chat_id\":\"a}}",
                "{\"entity\":\"chats\",\"key\":{\"chat_id\":7}}",
            })
    void whatIsNoKeyIsNotTakenForOne(String json) {
        assertThat(plain(json)).isNull();
    }
}
