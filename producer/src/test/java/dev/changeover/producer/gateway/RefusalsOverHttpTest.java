package dev.changeover.producer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is answered with 4xx and 5xx: always a problem, and nothing is written. */
class RefusalsOverHttpTest {
    private static final String PATH = "/v1/chat/chats/c1";

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

    private void isProblem(HttpRig.Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json; charset=utf-8");
        assertThat(answer.body().fieldNames())
                .toIterable()
                .containsExactly("type", "title", "status", "detail", "errors");
        assertThat(answer.body().path("status").asInt()).isEqualTo(status);
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.text()).doesNotContain("Exception", "org.eclipse", HttpRig.TOKEN);
    }

    private void nothingIsWritten(HttpRig.Answer answer, int status) {
        isProblem(answer, status);
        assertThat(http.writes.taken).isEmpty();
    }

    @Test
    void everythingThatIsWrongWithARecordIsSaidAtOnce() {
        HttpRig.Answer answer =
                http.put(PATH, "{\"title\":\"longer than ten\",\"created_at\":\"yesterday\",\"nmae\":1}");

        nothingIsWritten(answer, 400);
        assertThat(answer.body().path("errors").findValuesAsText("field"))
                .containsExactlyInAnyOrder("title", "created_at", "nmae", "metadata");
        assertThat(answer.body().path("errors").findValuesAsText("message")).doesNotContain("");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[]",
                "null",
                "1",
                "\"text\"",
                "{} {}",
                "{}x",
                "{'a':1}",
                "{\"title\":1e999999}",
                "{\"title\":\"a\",\"title\":\"b\"}",
                "{\"metadata\":{\"a\":1,\"a\":2}}",
                "{\"title\":\"\\u0000\"}",
                "{\"title\":\"\\ud800\"}",
                "{\"metadata\":{\"x\":\"\\udc00\"}}",
                "{\"metadata\":NaN}",
                "{\"a\":1,}",
                "\uFEFF{}",
                "// x\n{}"
            })
    void whatIsNotARecordIsInvalid(String body) {
        nothingIsWritten(http.put(PATH, body), 400);
    }

    @Test
    void bytesThatAreNotUtf8AreInvalid() {
        byte[] body = ("{\"title\":\"\u00ff\",\"metadata\":{},\"created_at\":\"2026-01-02T03:04:05Z\"}")
                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        nothingIsWritten(http.send(http.authorized(PATH).PUT(HttpRequest.BodyPublishers.ofByteArray(body))), 400);
    }

    @Test
    void aThousandNestedArraysAreInvalid() {
        nothingIsWritten(http.put(PATH, "{\"metadata\":" + "[".repeat(1001) + "]".repeat(1001) + "}"), 400);
        nothingIsWritten(http.put(PATH, "[".repeat(30_000)), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?wait=never", "?timeout_ms=-1", "?timeout_ms=1s", "?wait=both&wait=primary", "?wait=%FF"})
    void aWishThatCannotBeIsInvalid(String query) {
        nothingIsWritten(http.put(PATH + query, HttpRig.CHAT), 400);
    }

    @Test
    void anIdempotencyKeyHasOneTo255Characters() {
        nothingIsWritten(put("Idempotency-Key", "x".repeat(256)), 400);
        nothingIsWritten(put("Idempotency-Key", ""), 400);
        assertThat(put("Idempotency-Key", "x".repeat(255)).status()).isEqualTo(200);
        assertThat(http.writes.only().idempotencyKey()).hasSize(255);
    }

    private HttpRig.Answer put(String header, String value) {
        return http.send(
                http.authorized(PATH).header(header, value).PUT(HttpRequest.BodyPublishers.ofString(HttpRig.CHAT)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/html",
                "application/json; charset=iso-8859-1",
                "json"
            })
    void whatAFormCanSendIsNotTaken(String type) {
        HttpRig.Answer answer = http.send(http.request(PATH)
                .header("Authorization", "Bearer " + HttpRig.TOKEN)
                .header("Content-Type", type)
                .PUT(HttpRequest.BodyPublishers.ofString(HttpRig.CHAT)));

        nothingIsWritten(answer, 415);
    }

    @Test
    void aBodyWithoutATypeOrInAnotherEncodingIsNotTaken() {
        nothingIsWritten(
                http.send(http.request(PATH)
                        .header("Authorization", "Bearer " + HttpRig.TOKEN)
                        .PUT(HttpRequest.BodyPublishers.ofString(HttpRig.CHAT))),
                415);
        nothingIsWritten(put("Content-Encoding", "gzip"), 415);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aBodyThatIsTooLargeIsRefusedWithAndWithoutItsLength(boolean announced) {
        byte[] body =
                ("{\"metadata\":\"" + "x".repeat(100_000) + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        HttpRequest.BodyPublisher publisher = announced
                ? HttpRequest.BodyPublishers.ofByteArray(body)
                : HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));

        HttpRig.Answer answer = http.send(http.authorized(PATH).PUT(publisher));

        nothingIsWritten(answer, 413);
        assertThat(answer.body().path("detail").asText()).contains("65536");
        assertThat(http.put(PATH, HttpRig.CHAT).status()).isEqualTo(200);
    }

    @Test
    void aHugeBodyIsReadToItsEndUnkeptSoThatItsSenderSeesTheAnswer() {
        byte[] body = new byte[20 << 20];

        nothingIsWritten(http.send(http.authorized(PATH).PUT(HttpRequest.BodyPublishers.ofByteArray(body))), 413);
    }

    @Test
    void methodsHaveTheirPlaces() {
        nothingIsWritten(http.put("/v1/chat/chats", HttpRig.CHAT), 405);
        nothingIsWritten(http.delete("/v1/chat/chats"), 405);
        nothingIsWritten(http.patch("/v1/chat/chats", "{}"), 405);
        nothingIsWritten(http.post(PATH, HttpRig.CHAT), 405);
        HttpRig.Answer options =
                http.send(http.authorized(PATH).method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
        nothingIsWritten(options, 405);
        assertThat(options.header("Access-Control-Allow-Origin")).isEmpty();
        nothingIsWritten(http.send(http.authorized(PATH).method("TRACE", HttpRequest.BodyPublishers.noBody())), 405);
        assertThat(http.post(PATH, HttpRig.CHAT).header("Allow")).contains("PUT");
    }

    @Test
    void aWriteNeedsTheToken() {
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString(HttpRig.CHAT);
        HttpRig.Answer none = http.send(
                http.request(PATH).header("Content-Type", "application/json").PUT(body));
        HttpRig.Answer inTheQuery = http.send(http.request(PATH + "?token=" + HttpRig.TOKEN)
                .header("Content-Type", "application/json")
                .PUT(body));
        HttpRig.Answer wrong = http.send(http.request(PATH)
                .header("Authorization", "Bearer the-tokem")
                .header("Content-Type", "application/json")
                .PUT(body));

        nothingIsWritten(none, 401);
        nothingIsWritten(inTheQuery, 401);
        nothingIsWritten(wrong, 401);
        assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer");
    }

    @Test
    void whoGuessesTokensIsSlowedDownAndWhoHasItIsNot() {
        try (HttpRig own = new HttpRig()) {
            List<Integer> statuses = IntStream.range(0, 60)
                    .mapToObj(i -> own.send(own.request(PATH)
                            .header("Authorization", "Bearer " + i)
                            .DELETE()))
                    .map(HttpRig.Answer::status)
                    .toList();

            assertThat(statuses).contains(401, 429);
            assertThat(own.put(PATH, HttpRig.CHAT).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Writes.Outcome.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"ACCEPTED", "DUPLICATE"})
    void everyOutcomeHasItsStatus(Writes.Outcome outcome) {
        http.writes.answering(outcome);

        HttpRig.Answer answer = http.put(PATH, HttpRig.CHAT);

        int expected = switch (outcome) {
            case ACCEPTED, DUPLICATE -> 200;
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case KEY_REUSED, REFUSED -> 422;
            case UNKNOWN -> 504;
            case OVERLOADED -> 429;
            case UNAVAILABLE -> 503;
        };
        isProblem(answer, expected);
        assertThat(answer.header("Retry-After").isEmpty()).isEqualTo(expected != 429 && expected != 503);
    }

    @Test
    void aWriteThatFailsInsideIsUnknownNeverDone() {
        http.writes.failingWith(new IllegalStateException("a secret detail"));

        HttpRig.Answer answer = http.put(PATH, HttpRig.CHAT);

        isProblem(answer, 504);
        assertThat(answer.text()).doesNotContain("secret");
    }

    @Test
    void aDefectSaysAnIdAndNothingElse() {
        HttpRig.Answer answer = http.get("/v1/chat/fault");

        isProblem(answer, 500);
        assertThat(answer.text()).doesNotContain("secret");
    }

    @Test
    void twoHundredWritesThatWaitDoNotKeepAReadFromItsAnswer() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        http.writes.heldBy(release);
        http.legacy.with(Chats.chat("c1", "it"));

        List<CompletableFuture<Integer>> waiting = IntStream.range(0, 200)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> http.put(PATH + "?wait=both", HttpRig.CHAT).status(),
                        command -> new Thread(command).start()))
                .toList();
        Until.holds(() -> http.writes.taken.size() == 200);

        assertThat(http.get(PATH).status()).isEqualTo(200);
        release.complete(null);
        assertThat(waiting).allSatisfy(each -> assertThat(each.join()).isEqualTo(200));
    }
}
