package dev.changeover.producer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Op;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordsOverHttpTest {
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

    @Test
    void aPutIsWrittenAndAnsweredWithItsPlaceOnTheLog() {
        HttpRig.Answer answer = http.put("/v1/chat/chats/c1?wait=both&timeout_ms=250", HttpRig.CHAT);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .isEqualTo("{\"entity\":\"chats\",\"key\":{\"chat_id\":\"c1\"},\"partition\":1,\"offset\":0,"
                        + "\"applied\":[\"legacy\",\"target\"]}");
        assertThat(http.writes.only().event().op()).isEqualTo(Op.CREATE);
        assertThat(http.writes.only().event().after())
                .isEqualTo(Chats.chat("c1", "Hi").toBuilder().build());
        assertThat(http.writes.only().until()).isEqualTo(Writes.Wait.BOTH);
        assertThat(http.writes.only().timeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(http.writes.only().createOnly()).isFalse();
    }

    @Test
    void aWriteWhoseWaitRunsOutIsAcceptedOnly() {
        http.writes.tooLate();

        HttpRig.Answer answer = http.put("/v1/chat/chats/c1", HttpRig.CHAT);

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body().path("applied")).isEmpty();
        assertThat(answer.body().path("offset").asLong()).isZero();
    }

    @Test
    void aCompositeKeyIsFurtherSegmentsInKeyOrder() {
        HttpRig.Answer answer = http.put("/v1/chat/messages/c1/12", "{\"content\":\"x\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(http.writes.only().event().key()).isEqualTo(RecordKey.of(Chats.MESSAGES, List.of("c1", 12)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "..",
                ".",
                "../../etc/passwd",
                "/abs",
                "%2e%2e",
                "%",
                "a b",
                "a+b",
                "a:b",
                "-x",
                "x.",
                "x ",
                "\n",
                "\u0001",
                "a\\b",
                "a;b=c",
                "a?b#c",
                "é",
                "e\u0301",
                "😀",
                "\u202e",
                "<script>",
                "CON",
                "",
                "\"quoted\"",
                "status"
            })
    void everyKeyComesThroughAsItIs(String key) {
        String segment = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
        if (segment.equals(".") || segment.equals("..")) {
            segment = segment.replace(".", "%2e");
        }
        http.legacy.with(Chats.chat(key, "it"));

        HttpRig.Answer put = http.put("/v1/chat/chats/" + segment, HttpRig.CHAT);
        HttpRig.Answer get = http.get("/v1/chat/chats/" + segment);

        assertThat(put.status()).as(put.text()).isEqualTo(200);
        assertThat(http.writes.only().event().key().values()).isEqualTo(List.of(key));
        assertThat(put.body().path("key").path("chat_id").textValue()).isEqualTo(key);
        assertThat(get.status()).as(get.text()).isEqualTo(200);
        assertThat(get.body().path("fields").path("chat_id").textValue()).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%00", "%ED%A0%80", "%C0%AF", "%FF", "a%00b"})
    void aKeyThatIsNoTextIsInvalid(String segment) {
        HttpRig.Answer answer = http.put("/v1/chat/chats/" + segment, HttpRig.CHAT);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(http.writes.taken).isEmpty();
    }

    @Test
    void aKeyFieldInTheBodyMustBeThatOfThePath() {
        HttpRig.Answer same = http.put("/v1/chat/messages/c1/12", "{\"content\":\"x\",\"sequence_number\":12}");
        HttpRig.Answer other = http.put("/v1/chat/messages/c1/12", "{\"content\":\"x\",\"sequence_number\":13}");

        assertThat(same.status()).isEqualTo(200);
        assertThat(other.status()).isEqualTo(400);
        assertThat(other.body().path("errors").get(0).path("field").asText()).isEqualTo("sequence_number");
    }

    @Test
    void aPostCreatesAndSaysWhere() {
        HttpRig.Answer answer = http.post(
                "/v1/chat/chats", "{\"chat_id\":\"a/b é\",\"metadata\":{},\"created_at\":\"2026-01-02T03:04:05Z\"}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Location")).isEqualTo("/v1/chat/chats/a%2Fb%20%C3%A9");
        assertThat(http.writes.only().createOnly()).isTrue();
    }

    @Test
    void aPostOfWhatExistsIsAConflict() {
        http.writes.answering(Writes.Outcome.CONFLICT);

        HttpRig.Answer answer = http.post(
                "/v1/chat/chats", "{\"chat_id\":\"c1\",\"metadata\":{},\"created_at\":\"2026-01-02T03:04:05Z\"}");

        assertThat(answer.status()).isEqualTo(409);
    }

    @Test
    void aUuidMayBeLeftToUsAndIsTheSameForARepeat() {
        List<Object> ids = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            http.send(http.authorized("/v1/chat/tickets")
                    .header("Idempotency-Key", "once")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"title\":\"x\"}")));
            ids.add(http.writes.taken.get(i).event().key().values().get(0));
        }
        HttpRig.Answer without = http.post("/v1/chat/tickets", "{\"title\":\"x\"}");

        assertThat(ids.get(0)).isEqualTo(ids.get(1));
        assertThat(without.status()).isEqualTo(201);
        assertThat(http.writes.taken.get(2).event().key().values().get(0)).isNotEqualTo(ids.get(0));
    }

    @Test
    void theCallersTraceGoesWithTheWriteAndAWrongOneDoesNoHarm() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        for (String sent : List.of(trace, "00-00000000000000000000000000000000-b7ad6b7169203331-01")) {
            HttpRig.Answer answer = http.send(http.authorized("/v1/chat/tickets")
                    .header("traceparent", sent)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"title\":\"x\"}")));
            assertThat(answer.status()).isEqualTo(201);
        }

        assertThat(http.writes.taken).extracting(Writes.Request::traceparent).containsExactly(trace, "");
    }

    @Test
    void aPatchGoesOutAsItCame() {
        HttpRig.Answer answer = http.send(http.request("/v1/chat/chats/c1")
                .header("Authorization", "Bearer " + HttpRig.TOKEN)
                .header("Content-Type", "application/merge-patch+json; charset=UTF-8")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(" { \"metadata\" : {\"a\":{\"b\":null}} } ")));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(String.valueOf(http.writes.only().event().patch())).isEqualTo("{\"metadata\":{\"a\":{\"b\":null}}}");
    }

    @Test
    void aPatchOfNothingIsNotFound() {
        http.writes.answering(Writes.Outcome.NOT_FOUND);

        assertThat(http.patch("/v1/chat/chats/c1", "{\"title\":\"x\"}").status())
                .isEqualTo(404);
    }

    @Test
    void aPatchIsCheckedAsFarAsItCanBeWithoutTheRecord() {
        HttpRig.Answer answer = http.patch(
                "/v1/chat/chats/c1",
                "{\"title\":\"longer than ten\",\"metadata\":null,\"chat_id\":\"c2\",\"nmae\":1,\"created_at\":null}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("errors").findValuesAsText("field"))
                .containsExactly("title", "metadata", "chat_id", "nmae", "created_at");
        assertThat(http.writes.taken).isEmpty();
    }

    @Test
    void aDeleteIsADelete() {
        HttpRig.Answer answer = http.delete("/v1/chat/chats/c1");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(http.writes.only().event().op()).isEqualTo(Op.DELETE);
    }

    @Test
    void aReadIsServedFromThePrimaryOrTheSideAskedFor() {
        http.legacy.with(Chats.chat("c1", "old"));
        http.target.with(Chats.chat("c1", "new"));

        assertThat(titleOf("/v1/chat/chats/c1")).isEqualTo("old");
        assertThat(titleOf("/v1/chat/chats/c1?side=target")).isEqualTo("new");
        http.state.primary = Side.TARGET;
        assertThat(titleOf("/v1/chat/chats/c1")).isEqualTo("new");
        assertThat(titleOf("/v1/chat/chats/c1?side=legacy")).isEqualTo("old");
    }

    @Test
    void whatWasReadFromAPrimaryThatIsNoneAnyMoreIsReadAnew() {
        http.legacy.with(Chats.chat("c1", "old"));
        http.target.with(Chats.chat("c1", "new"));

        http.state.whileReading = () -> http.state.primary = Side.TARGET;
        assertThat(titleOf("/v1/chat/chats/c1")).isEqualTo("new");

        http.state.whileReading = () -> http.state.primary = Side.LEGACY;
        assertThat(http.get("/v1/chat/chats").text()).contains("old").doesNotContain("new");
    }

    private String titleOf(String path) {
        HttpRig.Answer answer = http.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("entity").asText()).isEqualTo("chats");
        return answer.body().path("fields").path("title").asText();
    }

    @Test
    void aReadOfNothingIsNotFound() {
        assertThat(http.get("/v1/chat/chats/none").status()).isEqualTo(404);
        assertThat(http.get("/v1/chat/nothings/none").status()).isEqualTo(404);
        assertThat(http.get("/v1/other/chats/none").status()).isEqualTo(404);
        assertThat(http.get("/v1/chat/chats/none/more").status()).isEqualTo(404);
        assertThat(http.get("/v1/chat").status()).isEqualTo(404);
        assertThat(http.get("/nowhere").status()).isEqualTo(404);
        assertThat(http.get("/v1/chat/tickets/00000000-0000-0000-0000-000000000001?side=legacy")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aHeadIsAGetWithoutItsBody() {
        http.legacy.with(Chats.chat("c1", "old"));

        HttpRig.Answer there = http.send(http.request("/v1/chat/chats/c1").method("HEAD", none()));
        HttpRig.Answer absent = http.send(http.request("/v1/chat/chats/c2").method("HEAD", none()));

        assertThat(there.status()).isEqualTo(200);
        assertThat(there.header("Content-Length"))
                .isEqualTo(String.valueOf(http.get("/v1/chat/chats/c1").text().length()));
        assertThat(there.text()).isEmpty();
        assertThat(absent.status()).isEqualTo(404);
    }

    private static HttpRequest.BodyPublisher none() {
        return HttpRequest.BodyPublishers.noBody();
    }

    @Test
    void aListIsReadPageByPageInKeyOrder() {
        for (int i = 1; i <= 5; i++) {
            http.legacy.with(Chats.chat("c" + i, i % 2 == 0 ? "even" : "odd"));
        }

        List<String> pages = new ArrayList<>();
        String next = "";
        do {
            HttpRig.Answer page = http.get("/v1/chat/chats?limit=2" + (next.isEmpty() ? "" : "&after=" + next));
            pages.add(String.join(",", page.body().path("items").findValuesAsText("title")));
            next = page.body().path("next").asText("");
            assertThat(page.status()).isEqualTo(200);
        } while (!next.equals("null") && !next.isEmpty());

        assertThat(pages).containsExactly("odd,even", "odd,even", "odd");
    }

    @Test
    void aListHasTheRecordsWhoseFieldsAreEqual() {
        http.legacy.with(Chats.chat("c1", "a&b"), Chats.chat("c2", "other"), Chats.chat("c3", "a&b"));

        HttpRig.Answer page = http.get("/v1/chat/chats?title=a%26b");

        assertThat(page.body().path("items").findValuesAsText("chat_id"))
                .containsExactly("c1", "c1", "c3", "c3"); // in the key and in the fields
        assertThat(page.body().path("next").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?limit=0",
                "?limit=1001",
                "?limit=x",
                "?limit=-1",
                "?limit=99999999999",
                "?after=%21%21",
                "?after=e30",
                "?nothing=1",
                "?created_at=yesterday",
                "?metadata=1",
                "?side=left",
                "?limit=1&limit=2",
                "?title=%FF",
                "?title=%zz"
            })
    void aListThatCannotBeIsInvalid(String query) {
        HttpRig.Answer answer = http.send(http.request("/v1/chat/chats").uri(lenient(query)));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    }

    private java.net.URI lenient(String query) {
        return java.net.URI.create(http.gateway.url() + "/v1/chat/chats" + query.replace("%zz", "%25zz%FF"));
    }

    @Test
    void aCursorOfAnotherEntityIsInvalid() {
        String cursor = Query.cursor(Chats.message("c1", 1).key());

        assertThat(http.get("/v1/chat/chats?after=" + cursor).status()).isEqualTo(400);
    }

    @Test
    void beforeTheBackfillIsDoneWhatALegacyRecordHoldsGoesFirst() {
        http.state.backfillMayRun = true;
        http.legacy.with(
                Chats.chat("c1", "old"), Chats.message("c1", 1), Chats.message("c1", 2), Chats.message("c2", 1));

        http.put("/v1/chat/chats/c1", HttpRig.CHAT);
        assertThat(http.writes.first).isEmpty();

        http.patch("/v1/chat/chats/c1", "{\"title\":\"x\"}");
        assertThat(http.writes.first).extracting(event -> event.key().label()).containsExactly("chats c1");

        http.delete("/v1/chat/chats/c1");
        assertThat(http.writes.first)
                .extracting(event -> event.op() + " " + event.key().label())
                .containsExactly(
                        "SNAPSHOT chats c1", "SNAPSHOT chats c1", "SNAPSHOT messages c1/1", "SNAPSHOT messages c1/2");
    }

    @Test
    void beforeTheBackfillIsDoneTheBaselineOfACountGoesAheadOfWhatChangesIt() {
        http.state.backfillMayRun = true;
        http.legacy.with(Chats.chat("c1", "old"), Chats.message("c1", 1));

        http.delete("/v1/chat/messages/c1/1");

        assertThat(http.writes.first)
                .extracting(event -> event.key().label())
                .containsExactly("chats c1", "messages c1/1");
    }

    @Test
    void aLegacyRecordThatCannotBeReadIsNoAbsence() {
        http.state.backfillMayRun = true;
        http.legacy.withUnreadable(Chats.chat("c1", "x").key(), "line 3: no JSON");

        assertThat(http.get("/v1/chat/chats/c1").status()).isEqualTo(422);
        assertThat(http.patch("/v1/chat/chats/c1", "{\"title\":\"x\"}").status())
                .isEqualTo(422);
        assertThat(http.delete("/v1/chat/chats/c1").status()).isEqualTo(200);
        assertThat(http.writes.taken).hasSize(1);
    }

    @Test
    void aStoreThatCannotBeReadIsUnavailable() {
        http.legacy.failWith("the folder is not there");

        HttpRig.Answer answer = http.get("/v1/chat/chats/c1");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
        assertThat(http.get("/v1/chat/chats").status()).isEqualTo(503);
        assertThat(http.get("/v1/chat/chats/c1?side=target").status()).isEqualTo(404);
    }
}
