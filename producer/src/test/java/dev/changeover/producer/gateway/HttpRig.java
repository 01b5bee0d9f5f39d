package dev.changeover.producer.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.model.entity.Side;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A gateway on a port of its own, and what talks to it. */
final class HttpRig implements AutoCloseable {
    static final String TOKEN = "the-token";
    static final String CHAT = "{\"title\":\"Hi\",\"metadata\":{},\"created_at\":\"2026-01-02T03:04:05Z\"}";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static final HttpLimits QUICK = new HttpLimits(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            300,
            100,
            4L << 20,
            2,
            4,
            Duration.ofSeconds(1));

    final MemoryStore legacy = new MemoryStore();
    final MemoryStore target = new MemoryStore();
    final RecordingWrites writes = new RecordingWrites();
    final State state = new State();
    final Gateway gateway;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What the migration is at; changed by tests. */
    static final class State implements GatewayState {
        volatile Side primary = Side.LEGACY;
        volatile boolean backfillMayRun;
        /** What happens once between a read and its answer. */
        volatile Runnable whileReading = () -> {};

        @Override
        public Side primary() {
            return primary;
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public CompletableFuture<Served> served() {
            return CompletableFuture.completedFuture(new Served(primary, epoch()));
        }

        @Override
        public CompletableFuture<Boolean> mayShow(Served from, Map<Integer, Long> positions) {
            Runnable happens = whileReading;
            whileReading = () -> {};
            happens.run();
            return CompletableFuture.completedFuture(from.primary() == primary);
        }

        @Override
        public boolean backfillMayRun() {
            return backfillMayRun;
        }

        @Override
        public List<String> unready() {
            return List.of();
        }
    }

    HttpRig() {
        this(HttpLimits.DEFAULT, new NoMoreRoutes());
    }

    HttpRig(HttpLimits limits) {
        this(limits, new NoMoreRoutes());
    }

    HttpRig(HttpLimits limits, Gateway.Routes more) {
        GatewaySettings settings = new GatewaySettings(
                "127.0.0.1", 0, TOKEN, 64 << 10, 256 << 10, Duration.ofSeconds(5), Duration.ofSeconds(20));
        gateway = Gateway.start(
                Chats.MIGRATION,
                settings,
                limits,
                state,
                writes,
                Map.of(Side.LEGACY, legacy, Side.TARGET, target),
                more,
                InstantSource.system());
    }

    /** As new, but for the server. */
    void reset() {
        legacy.reset();
        target.reset();
        writes.reset();
        state.primary = Side.LEGACY;
        state.backfillMayRun = false;
        state.whileReading = () -> {};
    }

    static class NoMoreRoutes implements Gateway.Routes {
        @Override
        public boolean handle(Context context, List<String> segments) {
            if (segments.get(0).equals("fault")) {
                throw new IllegalStateException("a secret detail");
            }
            return false;
        }

        @Override
        public void register(JavalinConfig config) {}
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + path)).timeout(Duration.ofSeconds(20));
    }

    HttpRequest.Builder authorized(String path) {
        return request(path).header("Authorization", "Bearer " + TOKEN).header("Content-Type", "application/json");
    }

    Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Answer get(String path) {
        return send(request(path));
    }

    Answer put(String path, String body) {
        return send(authorized(path).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer post(String path, String body) {
        return send(authorized(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer patch(String path, String body) {
        return send(authorized(path).method("PATCH", HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer delete(String path) {
        return send(authorized(path).DELETE());
    }

    Socket connect() {
        try {
            URI uri = URI.create(gateway.url());
            Socket socket = new Socket(InetAddress.getByName(uri.getHost()), uri.getPort());
            socket.setSoTimeout(10_000);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends these bytes as they are and reads until the server closes. */
    String raw(String request) {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return readAll(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String readAll(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    record Answer(HttpResponse<String> response) {
        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        JsonNode body() {
            return json(response.body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    @Override
    public void close() {
        gateway.close();
    }
}
