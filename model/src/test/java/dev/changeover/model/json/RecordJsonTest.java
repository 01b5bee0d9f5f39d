package dev.changeover.model.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Samples;
import org.junit.jupiter.api.Test;

class RecordJsonTest {
    @Test
    void fieldsAreWrittenInDeclaredOrderThenTheUnnamedOnes() {
        EntityRecord thing = Samples.of(
                Samples.THINGS, "{\"z\":1.10,\"text\":null,\"bool\":true,\"a\":{\"k\": [ ]},\"id\":7,\"decimal\":5}");

        assertThat(RecordJson.text(thing).text())
                .isEqualTo("{\"id\":7,\"text\":null,\"bool\":true,\"decimal\":\"5.00\",\"z\":1.10,\"a\":{\"k\":[]}}");
    }

    @Test
    void absentAndNullAreTwoValues() {
        EntityRecord thing = Samples.thing("\"text\":null");

        assertThat(thing.value("text")).isEqualTo(Missing.NULL);
        assertThat(thing.value("bool")).isEqualTo(Missing.ABSENT);
        assertThat(thing).isNotEqualTo(Samples.thing(""));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        InvalidRecordException refusal = refusal(
                Samples.CHATS,
                "{\"title\":[1,{\"x\":2}],\"created_at\":\"yesterday\",\"colour\":{\"a\":1},\"metadata\":{\"a\":\"\\u0000\"}}");

        assertThat(refusal.errors().stream().map(FieldError::field))
                .containsExactly("title", "created_at", "colour", "metadata", "chat_id");
        assertThat(refusal.getMessage())
                .contains("title: text(255) is expected, and this is an array")
                .contains("colour: chats has no such field; it has chat_id, title, metadata, created_at")
                .contains("chat_id: it is missing");
    }

    @Test
    void unnamedMembersThatCouldNotBeStoredAreRefused() {
        assertThat(refusal(Samples.THINGS, "{\"id\":7,\"x\":[\"\\u0000\"]}")
                        .errors()
                        .get(0)
                        .field())
                .isEqualTo("x");
        assertThat(refusal(Samples.THINGS, "{\"id\":7,\"x\\u0000\":1}").getMessage())
                .contains("the name of a member has U+0000");
    }

    @Test
    void whatIsNoObjectIsRefused() {
        assertThat(refusal(Samples.THINGS, "[{\"id\":7}]").getMessage())
                .isEqualTo("an object with the fields of things is expected");
        assertThat(refusal(Samples.THINGS, "{\"id\":7,\"id\":7}").getMessage()).contains("Duplicate field 'id'");
        assertThat(refusal(Samples.THINGS, "{\"id\":7} 1").getMessage()).contains("there is more");
        assertThat(refusal(Samples.THINGS, "").getMessage()).contains("an object");
        assertThat(refusal(Samples.THINGS, "{\"id\":").getMessage()).contains("Invalid JSON at line 1");
    }

    @Test
    void theListOfErrorsHasALimit() {
        StringBuilder json = new StringBuilder("{\"a\":1");
        for (int i = 0; i < 10_000; i++) {
            json.append(",\"m").append(i).append("\":1");
        }

        assertThat(refusal(Samples.CHATS, json.append('}').toString()).errors()).hasSize(100);
    }

    @Test
    void aKeyFieldIsNeverNull() {
        assertThatThrownBy(() -> RecordJson.read(Samples.CHATS, new JsonText("{\"chat_id\":null}")))
                .hasMessageContaining("chat_id: null is not a value of it");
    }

    private static InvalidRecordException refusal(Entity entity, String json) {
        return catchThrowableOfType(InvalidRecordException.class, () -> RecordJson.read(entity, json.getBytes(UTF_8)));
    }
}
