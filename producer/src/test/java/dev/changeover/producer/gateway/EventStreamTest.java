package dev.changeover.producer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.http.Context;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private final EventStream stream = new EventStream(Duration.ofMillis(200));
    private final HttpRig http = new HttpRig(HttpRig.QUICK, new HttpRig.NoMoreRoutes() {
        @Override
        public boolean handle(Context context, List<String> segments) {
            if (segments.get(0).equals("events")) {
                stream.handle(context);
                return true;
            }
            return false;
        }
    });

    @AfterEach
    void close() {
        stream.close();
        http.close();
    }

    private Socket listener() throws IOException {
        int before = stream.listeners();
        Socket socket = http.connect();
        socket.getOutputStream()
                .write("GET /v1/chat/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        Until.holds(() -> stream.listeners() > before);
        return socket;
    }

    private static List<String> linesUntil(Socket socket, String last) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        List<String> lines = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            lines.add(line);
            if (line.equals(last)) {
                return lines;
            }
        }
        throw new AssertionError("Closed after " + lines);
    }

    @Test
    void everyListenerHearsEveryEventInOrder() throws IOException {
        try (Socket one = listener();
                Socket other = listener()) {
            stream.publish("status", "{\"n\":1}");
            stream.publish("status", "{\"n\":\n2}");
            stream.publish("end", "{}");

            for (Socket socket : List.of(one, other)) {
                assertThat(linesUntil(socket, "event: end"))
                        .contains("HTTP/1.1 200 OK", "retry: 2000")
                        .containsSubsequence(
                                "event: status",
                                "data: {\"n\":1}",
                                "event: status",
                                "data: {\"n\":",
                                "data: 2}",
                                "event: end");
            }
        }
        Until.holds(() -> {
            stream.publish("status", "{}");
            return stream.listeners() == 0;
        });
    }

    @Test
    void silenceIsBrokenByAHeartbeatForLongerThanAConnectionMayBeIdle() throws IOException {
        try (Socket socket = listener()) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2_500_000_000L) {
                linesUntil(socket, ": still here");
            }

            stream.publish("status", "{\"late\":1}");

            assertThat(linesUntil(socket, "data: {\"late\":1}")).isNotEmpty();
        }
    }

    @Test
    void aListenerThatDoesNotReadIsCutOffAndTheOthersHearOn() throws IOException {
        try (Socket deaf = listener();
                Socket other = listener()) {
            Thread reader = new Thread(() -> drain(other));
            reader.start();
            String large = "{\"x\":\"" + "x".repeat(100_000) + "\"}";

            Until.holds(() -> {
                stream.publish("status", large);
                return stream.listeners() == 1;
            });

            assertThat(deaf.isConnected()).isTrue();
            assertThat(reader.isAlive()).isTrue();
        }
    }

    private static void drain(Socket socket) {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @Test
    void anEventsNameCannotForgeAnother() throws IOException {
        try (Socket socket = listener()) {
            stream.publish("a\nevent: b\ndata: c", "{}");

            assertThat(linesUntil(socket, "data: {}"))
                    .contains("event: aeventbdatac")
                    .doesNotContain("event: b");
        }
    }
}
