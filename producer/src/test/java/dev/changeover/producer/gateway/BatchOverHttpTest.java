package dev.changeover.producer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.event.Op;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchOverHttpTest {
    private static final String PUT =
            "{\"op\":\"put\",\"entity\":\"chats\",\"key\":{\"chat_id\":\"c1\"},\"fields\":" + HttpRig.CHAT + "}";
    private static final String PATCH =
            "{\"op\":\"patch\",\"entity\":\"messages\",\"key\":{\"sequence_number\":2,\"chat_id\":\"c1\"},"
                    + "\"fields\":{\"content\":\"x\"}}";
    private static final String DELETE = "{\"op\":\"delete\",\"entity\":\"chats\",\"key\":{\"chat_id\":\"c2\"}}";

    @SuppressWarnings("NullAway.Init") // before all tests
    private static HttpRig http;

    @BeforeAll
    static void start() {
        http = new HttpRig();
    }

    @BeforeEach
    void reset() {
        http.reset();
    }

    @AfterAll
    static void close() {
        http.close();
    }

    private HttpRig.Answer batch(String body) {
        return http.send(http.request("/v1/chat/batch")
                .header("Authorization", "Bearer " + HttpRig.TOKEN)
                .header("Content-Type", "application/x-ndjson")
                .header("Idempotency-Key", "once")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void eachLineIsAWriteWithAResultOfItsOwn() {
        http.writes.answering(Writes.Outcome.ACCEPTED, Writes.Outcome.NOT_FOUND, Writes.Outcome.ACCEPTED);

        HttpRig.Answer answer = batch(PUT + "\n\n" + PATCH + "\r\n" + DELETE);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("results").findValuesAsText("status")).containsExactly("200", "404", "200");
        assertThat(answer.body().path("results").get(0).path("offset").asInt()).isZero();
        assertThat(answer.body()
                        .path("results")
                        .get(2)
                        .path("key")
                        .path("chat_id")
                        .asText())
                .isEqualTo("c2");
        assertThat(http.writes.taken)
                .extracting(request -> request.event().op())
                .containsExactly(Op.CREATE, Op.UPDATE, Op.DELETE);
    }

    @Test
    void eachLineHasAnIdempotencyKeyThatNoHeaderCanHave() {
        batch(PUT + "\n" + PUT + "\n" + DELETE.replace("}}", "},\"idempotency_key\":\"mine\"}"));

        assertThat(http.writes.taken)
                .extracting(Writes.Request::idempotencyKey)
                .containsExactly("once\u001f1", "once\u001f2", "mine");
    }

    @Test
    void oneBadLineKeepsAllFromBeingWritten() {
        HttpRig.Answer answer = batch(PUT + "\n{\"op\":\"put\",\"entity\":\"chats\",\"key\":{\"chat_id\":\"c1\"},"
                + "\"fields\":{\"title\":1}}\n{\"op\":\"move\"}\n" + PUT.replace("fields", "feilds") + "\nx\n"
                + DELETE);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("errors").findValuesAsText("field"))
                .contains("line 2: title", "line 2: metadata", "line 3", "line 4", "line 5")
                .noneMatch(field -> field.startsWith("line 1") || field.startsWith("line 6"));
        assertThat(http.writes.taken).isEmpty();
    }

    @Test
    void aBatchWithoutLinesIsInvalid() {
        assertThat(batch("\n \n").status()).isEqualTo(400);
    }

    @Test
    void aBatchThatIsNotUtf8IsInvalid() {
        HttpRig.Answer answer = http.send(http.authorized("/v1/chat/batch")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        DELETE.replace("c2", "\u00ff").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))));

        assertThat(answer.status()).isEqualTo(400);
    }

    @Test
    void whatHoldsForTheWholeBatchIsSaidOnce() {
        http.writes.answering(Writes.Outcome.UNAVAILABLE, Writes.Outcome.UNAVAILABLE);

        HttpRig.Answer answer = batch(PUT + "\n" + DELETE);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
    }

    @Test
    void aBatchIsTooLargeBeyondItsOwnLimit() {
        assertThat(batch((PUT + "\n").repeat(1000)).status()).isEqualTo(200);
        assertThat(batch((PUT + "\n").repeat(3000)).status()).isEqualTo(413);
        assertThat(http.writes.taken).hasSize(1000);
    }

    @Test
    void aLongAnswerComesWhole() {
        HttpRig.Answer answer = batch((DELETE + "\n").repeat(3000));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("results")).hasSize(3000);
    }
}
