package dev.changeover.app.cutover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Clients over HTTP, each with a record of its own whose name counts up, and readers of all of them. A read must give at least what was
 * acknowledged, and at least what anybody had read, before it began.
 */
final class Registers implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<String> urls;
    private final String token;
    private final int registers;
    private final AtomicLongArray acknowledged;
    private final AtomicLongArray seen;
    private final AtomicLongArray sent;
    private final List<Thread> threads = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile boolean running = true;

    final Queue<String> refused = new ConcurrentLinkedQueue<>();
    final Queue<String> stale = new ConcurrentLinkedQueue<>();
    final AtomicLong reads = new AtomicLong();
    final AtomicLong writes = new AtomicLong();
    final AtomicLong late = new AtomicLong();
    final AtomicLong longestMillis = new AtomicLong();

    /** @param urls of the gateways, which are used in turn */
    Registers(List<String> urls, String token, int registers) {
        this.urls = urls;
        this.token = token;
        this.registers = registers;
        this.acknowledged = new AtomicLongArray(registers);
        this.seen = new AtomicLongArray(registers);
        this.sent = new AtomicLongArray(registers);
    }

    /** Each register is written once, so that it can be read. */
    Registers start(int readers) {
        for (int i = 0; i < registers; i++) {
            write(i, 1, 0);
        }
        for (int i = 0; i < registers; i++) {
            int register = i;
            thread("writer-" + i, turn -> write(register, sent.get(register) + 1, turn));
        }
        for (int i = 0; i < readers; i++) {
            int offset = i;
            thread("reader-" + i, turn -> read((int) ((turn + offset) % registers), turn));
        }
        return this;
    }

    private interface Step {
        void run(long turn);
    }

    private void thread(String name, Step step) {
        Thread thread = new Thread(
                () -> {
                    for (long turn = 0; running; turn++) {
                        step.run(turn);
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void write(int register, long value, long turn) {
        String body = """
                {"name":"%d","email":"r%d@example.com","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
                """.formatted(value, register);
        sent.set(register, value);
        HttpResponse<String> answer = send(request(register, turn)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build());
        if (answer == null) {
            return;
        }
        writes.incrementAndGet();
        if (answer.statusCode() == 200) {
            acknowledged.accumulateAndGet(register, value, Math::max);
        } else if (answer.statusCode() == 202) {
            late.incrementAndGet();
        } else {
            refused.add("PUT r%d=%d: %d %s".formatted(register, value, answer.statusCode(), answer.body()));
        }
    }

    private void read(int register, long turn) {
        long atLeast = Math.max(acknowledged.get(register), seen.get(register));
        HttpResponse<String> answer = send(request(register, turn).GET().build());
        if (answer == null) {
            return;
        }
        reads.incrementAndGet();
        if (answer.statusCode() != 200) {
            refused.add("GET r%d: %d %s".formatted(register, answer.statusCode(), answer.body()));
            return;
        }
        long found = value(answer.body());
        if (found < atLeast) {
            stale.add("GET r%d gave %d after %d".formatted(register, found, atLeast));
        }
        seen.accumulateAndGet(register, found, Math::max);
    }

    /** What a side holds of each register that is not its last acknowledged or a later value. */
    List<String> lost(String side) {
        List<String> lost = new ArrayList<>();
        for (int i = 0; i < registers; i++) {
            HttpResponse<String> answer =
                    send(HttpRequest.newBuilder(URI.create(urls.get(0) + "/v1/donna/users/r" + i + "?side=" + side))
                            .GET()
                            .build());
            long found = answer == null || answer.statusCode() != 200 ? -1 : value(answer.body());
            if (found < acknowledged.get(i) || found > sent.get(i)) {
                lost.add("r%d is %d on %s, acknowledged %d, sent %d"
                        .formatted(i, found, side, acknowledged.get(i), sent.get(i)));
            }
        }
        return lost;
    }

    private HttpRequest.Builder request(int register, long turn) {
        String url = urls.get((int) (turn % urls.size()));
        return HttpRequest.newBuilder(URI.create(url + "/v1/donna/users/r" + register))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token);
    }

    private @Nullable HttpResponse<String> send(HttpRequest request) {
        long from = System.nanoTime();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            longestMillis.accumulateAndGet((System.nanoTime() - from) / 1_000_000, Math::max);
            return answer;
        } catch (IOException e) {
            refused.add(request.method() + " " + request.uri() + ": " + e);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static long value(String body) {
        try {
            JsonNode name = MAPPER.readTree(body).path("fields").path("name");
            return Long.parseLong(name.asText("-1"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        running = false;
        for (Thread thread : threads) {
            try {
                thread.join(30_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
