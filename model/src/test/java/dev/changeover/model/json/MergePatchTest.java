package dev.changeover.model.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {
    /** RFC 7396, appendix A. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":\"b\"}|{\"a\":\"c\"}|{\"a\":\"c\"}",
                "{\"a\":\"b\"}|{\"b\":\"c\"}|{\"a\":\"b\",\"b\":\"c\"}",
                "{\"a\":\"b\"}|{\"a\":null}|{}",
                "{\"a\":\"b\",\"b\":\"c\"}|{\"a\":null}|{\"b\":\"c\"}",
                "{\"a\":[\"b\"]}|{\"a\":\"c\"}|{\"a\":\"c\"}",
                "{\"a\":\"c\"}|{\"a\":[\"b\"]}|{\"a\":[\"b\"]}",
                "{\"a\":{\"b\":\"c\"}}|{\"a\":{\"b\":\"d\",\"c\":null}}|{\"a\":{\"b\":\"d\"}}",
                "{\"a\":[{\"b\":\"c\"}]}|{\"a\":[1]}|{\"a\":[1]}",
                "[\"a\",\"b\"]|[\"c\",\"d\"]|[\"c\",\"d\"]",
                "{\"a\":\"b\"}|[\"c\"]|[\"c\"]",
                "{\"a\":\"foo\"}|null|null",
                "{\"a\":\"foo\"}|\"bar\"|\"bar\"",
                "{\"e\":null}|{\"a\":1}|{\"e\":null,\"a\":1}",
                "[1,2]|{\"a\":\"b\",\"c\":null}|{\"a\":\"b\"}",
                "{}|{\"a\":{\"bb\":{\"ccc\":null}}}|{\"a\":{\"bb\":{}}}",
                "{\"a\":1.10}|{\"b\":1e2}|{\"a\":1.10,\"b\":1e2}",
            })
    void itDoesWhatTheRfcSays(String target, String patch, String result) throws Exception {
        assertThat(MergePatch.merge(new JsonText(target), new JsonText(patch))).isEqualTo(new JsonText(result));
    }

    @Test
    void itReplacesRemovesAndReachesIntoJsonAndUnnamedMembers() throws Exception {
        EntityRecord thing = Samples.thing(
                "\"text\":\"a\",\"bool\":true,\"json\":{\"a\":1.10,\"b\":{\"c\":1,\"d\":2}},\"x\":{\"y\":1,\"z\":2},\"w\":1");

        EntityRecord patched = MergePatch.apply(
                thing,
                new JsonText("{\"text\":\"b\",\"bool\":null,\"decimal\":\"5\",\"json\":{\"b\":{\"c\":null}},"
                        + "\"x\":{\"y\":null},\"w\":null,\"v\":[null]}"));

        assertThat(patched)
                .isEqualTo(Samples.thing("\"text\":\"b\",\"decimal\":\"5.00\",\"json\":{\"a\":1.10,\"b\":{\"d\":2}},"
                        + "\"x\":{\"z\":2},\"v\":[null]"));
    }

    @Test
    void theKeyMayBeRepeatedButNotChanged() throws Exception {
        EntityRecord thing = Samples.thing("");

        assertThat(MergePatch.apply(thing, new JsonText("{\"id\":7}"))).isEqualTo(thing);
        assertRefused(thing, "{\"id\":8}", "id: it is part of the key");
        assertRefused(thing, "{\"id\":null}", "id: it cannot be removed");
    }

    @Test
    void whatTheDefinitionForbidsIsRefusedAllAtOnce() {
        EntityRecord chat = Samples.of(
                Samples.CHATS, "{\"chat_id\":\"a\",\"metadata\":{},\"created_at\":\"2024-01-01T00:00:00Z\"}");

        assertRefused(
                chat,
                "{\"created_at\":null,\"title\":5,\"colour\":1}",
                "created_at: it cannot be removed: every record has it; title: text(255) is expected, and this is a "
                        + "number; colour: chats has no such field");
        assertRefused(chat, "[]", "an object is expected");
    }

    @Test
    void removingAMemberThatTheDefinitionForbidsChangesNothing() throws Exception {
        EntityRecord chat = Samples.of(
                Samples.CHATS, "{\"chat_id\":\"a\",\"metadata\":{},\"created_at\":\"2024-01-01T00:00:00Z\"}");

        assertThat(MergePatch.apply(chat, new JsonText("{\"colour\":null}"))).isEqualTo(chat);
    }

    private static void assertRefused(EntityRecord current, String patch, String reason) {
        assertThatThrownBy(() -> MergePatch.apply(current, new JsonText(patch)))
                .isInstanceOf(InvalidRecordException.class)
                .hasMessageContaining(reason);
    }
}
