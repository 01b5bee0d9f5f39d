package dev.changeover.producer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no well-behaved client sends, byte by byte. */
class AbuseOverHttpTest {
    private static final String AUTHORIZED =
            "Authorization: Bearer " + HttpRig.TOKEN + "\r\nContent-Type: application/json\r\nConnection: close\r\n";
    private static final String PUT_TO_BE_FOLLOWED = " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + HttpRig.TOKEN + "\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n";

    @SuppressWarnings("NullAway.Init") // before all tests
    private static HttpRig http;

    @BeforeAll
    static void start() {
        http = new HttpRig(HttpRig.QUICK);
    }

    @BeforeEach
    void reset() {
        http.reset();
    }

    @AfterAll
    static void close() {
        http.close();
    }

    private void isProblem(String answer, int status) {
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(answer).containsIgnoringCase("Content-Type: application/problem+json");
        assertThat(answer).contains("\"status\":" + status).doesNotContain("Exception", "Jetty", "<html");
        assertThat(http.writes.taken).isEmpty();
    }

    private String get(String path, String headers) {
        return http.raw("GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "0x7f.1",
                "128.0.0.1",
                "[::2]",
                "evil.example:8080"
            })
    void aNameThatIsNotLoopbackIsForbidden(String host) {
        isProblem(get("/v1/chat/chats/c1", "Host: " + host + "\r\n"), 403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1234", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8080"})
    void loopbackHasManyNames(String host) {
        assertThat(get("/v1/chat/chats/c1", "Host: " + host + "\r\n")).startsWith("HTTP/1.1 404");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: http://evil.example",
                "Origin: null",
                "Origin: http://localhost:1",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site"
            })
    void aPageOfAnotherOriginDoesNotWrite(String header) {
        isProblem(
                http.raw("DELETE /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED + header + "\r\n\r\n"),
                403);
    }

    @Test
    void aPageOfOurOwnDoes() {
        String answer = http.raw("DELETE /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost:80\r\n" + AUTHORIZED
                + "Origin: http://localhost:80\r\nSec-Fetch-Site: same-origin\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/chat/chats/c1\r\n\r\n",
                "GET /v1/chat/chats/c1 HTTP/1.1\r\n\r\n",
                "GARBAGE\r\n\r\n",
                "\u0016\u0003\u0001\u0000\r\n\r\n",
                "GET http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
            })
    void whatIsNotHttpIsAnsweredOrDropped(String request) {
        String answer = http.raw(request);

        assertThat(answer)
                .satisfiesAnyOf(
                        text -> assertThat(text).isEmpty(), text -> isProblem(text, 400), text -> isProblem(text, 505));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\nContent-Length: 3\r\n",
                "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: identity, chunked, x\r\n",
                "Content-Length: -1\r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Content-Length : 2\r\n"
            })
    void aBodyOfTwoLengthsIsInvalid(String headers) {
        isProblem(
                http.raw("PUT /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED + headers + "\r\n{}"),
                400);
    }

    @Test
    void headersAndPathsHaveTheirLimit() {
        isProblem(get("/v1/chat/chats/c1", "Host: localhost\r\nX: " + "x".repeat(20_000) + "\r\n"), 431);
        isProblem(get("/v1/chat/chats/c1", "Host: localhost\r\n" + "X: y\r\n".repeat(10_000)), 431);
        isProblem(get("/v1/chat/chats/" + "x".repeat(100_000), "Host: localhost\r\n"), 414);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/chat/chats/../../../../etc/passwd",
                "/v1/chat/..%2f..%2fmigration.yaml/x",
                "/dashboard/..%2f..%2fmigration.yaml",
                "/static/%2e%2e/%2e%2e/etc/passwd",
                "/v1/chat/chats/%252e%252e",
                "/v1",
                "/v1/",
                "//v1/chat/chats/c1",
                "/v1//chats/c1",
                "/../v1"
            })
    void noPathLeadsOut(String path) {
        String answer = get(path, "Host: localhost\r\n");

        assertThat(answer).satisfiesAnyOf(text -> isProblem(text, 404), text -> isProblem(text, 400));
    }

    @Test
    void aDotSegmentThatIsSentAsItIsIsAKey() {
        http.legacy.with(Chats.chat("..", "it"));

        assertThat(get("/v1/chat/chats/..", "Host: localhost\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        http.legacy.with(Chats.chat("c1", "it"));
        String get = "GET /v1/chat/chats/c%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n";

        String answers =
                http.raw(get.formatted(1, "") + get.formatted(2, "") + get.formatted(1, "Connection: close\r\n"));

        assertThat(answers).containsPattern("(?s)^HTTP/1.1 200.*HTTP/1.1 404.*HTTP/1.1 200");
    }

    @Test
    void aBodyThatTricklesInIsGivenUp() throws IOException {
        try (Socket socket = http.connect()) {
            write(
                    socket,
                    "PUT /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED
                            + "Content-Length: 100\r\n\r\n{");

            isProblem(HttpRig.readAll(socket.getInputStream()), 408);
        }
    }

    @Test
    void aBodyThatBreaksOffIsNotWritten() throws IOException {
        try (Socket socket = http.connect()) {
            write(
                    socket,
                    "PUT /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED + "Content-Length: 100\r\n\r\n"
                            + HttpRig.CHAT);
            socket.shutdownOutput();
            HttpRig.readAll(socket.getInputStream());
        }

        assertThat(http.writes.taken).isEmpty();
    }

    @Test
    void chunksWithoutEndAreGivenUpAtTheLimit() throws IOException {
        try (Socket socket = http.connect()) {
            write(
                    socket,
                    "PUT /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED
                            + "Transfer-Encoding: chunked\r\n\r\n");
            byte[] chunk = ("10000\r\n" + "x".repeat(65536) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            long sent = 0;
            try {
                for (OutputStream out = socket.getOutputStream(); sent < 4L << 30; sent += 65536) {
                    out.write(chunk);
                }
            } catch (SocketException closed) {
                assertThat(closed).isNotNull();
            }

            assertThat(sent).isLessThan(1L << 30);
        }
        assertThat(http.writes.taken).isEmpty();
        assertThat(http.put("/v1/chat/chats/c1", HttpRig.CHAT).status()).isEqualTo(200);
    }

    @Test
    void headersThatTrickleInAreGivenUpAndOthersAreServed() throws IOException {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            Socket socket = http.connect();
            write(socket, "GET / HTTP/1.1\r\nHo");
            slow.add(socket);
        }

        Until.holds(AbuseOverHttpTest::isServed);
        for (Socket socket : slow) {
            Until.holds(() -> isClosedAfterAnotherByte(socket));
            socket.close();
        }
        Until.holds(AbuseOverHttpTest::isServed);
    }

    /** A connection that is new may be closed to make room before its first request is read: clients try again. */
    private static boolean isServed() {
        try {
            return http.put("/v1/chat/chats/c1", HttpRig.CHAT).status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static boolean isClosedAfterAnotherByte(Socket socket) {
        try {
            socket.setSoTimeout(1);
            socket.getOutputStream().write('s');
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void slowBodiesDoNotKeepOthersFromBeingServed() throws IOException {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            Socket socket = http.connect();
            write(
                    socket,
                    "PUT /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\n" + AUTHORIZED
                            + "Content-Length: 100\r\n\r\n{");
            slow.add(socket);
        }

        assertThat(http.put("/v1/chat/chats/c1", HttpRig.CHAT).status()).isEqualTo(200);

        for (Socket socket : slow) {
            socket.close();
        }
    }

    @Test
    void whoDoesNotReadItsAnswersDoesNotKeepOthersFromTheirs() throws IOException {
        for (int i = 0; i < 1000; i++) {
            http.legacy.with(Chats.message("c" + i, 1).toBuilder()
                    .set("content", "x".repeat(10_000))
                    .build());
        }
        List<Socket> deaf = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Socket socket = http.connect();
            socket.setReceiveBufferSize(4096);
            write(socket, "GET /v1/chat/messages?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            deaf.add(socket);
            if (i % 4 == 3) {
                assertThat(http.get("/v1/chat/messages/c7/1").status()).isIn(200, 429, 503);
            }
        }

        Until.holds(() -> http.get("/v1/chat/messages/c7/1").status() == 200);
        assertThat(http.put("/v1/chat/chats/c1", HttpRig.CHAT).status()).isEqualTo(200);

        for (Socket socket : deaf) {
            socket.close();
        }
    }

    @Test
    void aStoreThatHangsIsUnavailableAndWritesGoOn() {
        CountDownLatch latch = new CountDownLatch(1);
        http.legacy.hangUntil(latch);
        List<Integer> statuses = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 12; i++) {
            new Thread(() -> statuses.add(http.get("/v1/chat/chats/c1").status())).start();
        }
        Until.holds(() -> statuses.contains(429));

        assertThat(http.put("/v1/chat/chats/c1", HttpRig.CHAT).status()).isEqualTo(200);
        Until.holds(() -> statuses.size() == 12);
        assertThat(statuses).containsOnly(429, 503);
        latch.countDown();
    }

    @Test
    void aWriteMayWaitForLongerThanAConnectionMayBeIdle() {
        java.util.concurrent.CompletableFuture<Void> release = new java.util.concurrent.CompletableFuture<>();
        release.completeOnTimeout(null, 3, java.util.concurrent.TimeUnit.SECONDS);
        http.writes.heldBy(release);

        assertThat(http.put("/v1/chat/chats/c1", HttpRig.CHAT).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/chat/chats/%00",
                "/v1/chat/chats/%FF",
                "/v1/other/chats/c1",
                "/v1/chat/nothing/c1",
                "/nowhere"
            })
    void anAnswerThatDoesNotWaitForTheBodySaysThatTheConnectionCloses(String path) throws IOException {
        try (Socket socket = http.connect()) {
            write(socket, "PUT " + path + PUT_TO_BE_FOLLOWED.formatted(14));

            assertThat(HttpRig.readAll(socket.getInputStream()))
                    .startsWith("HTTP/1.1 4")
                    .containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    @Test
    void aRefusedRequestWhoseBodyIsThereLeavesTheConnectionOpenForTheNext() {
        String answers = http.raw("PUT /v1/other/chats/c1" + PUT_TO_BE_FOLLOWED.formatted(14) + "{\"title\":\"Hi\"}"
                + "PUT /v1/chat/chats/%FF" + PUT_TO_BE_FOLLOWED.formatted(2) + "{}"
                + "GET /v1/chat/chats/c1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answers).containsPattern("(?s)^HTTP/1.1 404.*HTTP/1.1 400.*HTTP/1.1 404");
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }
}
