package dev.changeover.app.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.demo.RunningRoles;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients over HTTP at several gateways. Each has a user of its own, which it writes (every fourth client also deletes it); all write
 * the shared ones, and all read all of them. A client whose gateway is gone, or did not say what became of a write, repeats it with
 * the same idempotency key at another one; now and then it gives up instead, and the outcome stays unknown.
 */
final class Clients implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Of the users that the clients write; nobody else does. */
    static final String DOMAIN = "@history.example";

    private static final int SHARED = 4;
    private static final int GIVES_UP_ONE_IN = 8;

    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(2))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final History history;
    private final List<RunningRoles> gateways;
    private final int clients;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong values = new AtomicLong(Op.ABSENT);
    private volatile boolean running = true;

    final AtomicLong acknowledged = new AtomicLong();
    final AtomicLong reads = new AtomicLong();

    /** @param gateways of which each operation takes one at random */
    Clients(History history, List<RunningRoles> gateways, int clients) {
        this.history = history;
        this.gateways = gateways;
        this.clients = clients;
    }

    /** @param seed of what they do; when they do it depends on the machine */
    Clients start(long seed) {
        for (int i = 0; i < clients; i++) {
            int client = i;
            Thread thread = new Thread(() -> run(client, new Random(seed * 1_000 + client)), "client-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        return this;
    }

    private void run(int client, Random random) {
        write(Op.Kind.PUT, own(client), random);
        if (client < SHARED) {
            write(Op.Kind.PUT, shared(client), random);
        }
        while (running) {
            int dice = random.nextInt(100);
            if (dice < 40) {
                boolean deletes = client % 4 == 3 && random.nextInt(4) == 0;
                write(deletes ? Op.Kind.DELETE : Op.Kind.PUT, own(client), random);
            } else if (dice < 55) {
                write(Op.Kind.PUT, shared(random.nextInt(SHARED)), random);
            } else {
                read(random.nextBoolean() ? own(random.nextInt(clients)) : shared(random.nextInt(SHARED)), random);
            }
        }
    }

    private static String own(int client) {
        return "own-" + client;
    }

    private static String shared(int number) {
        return "shared-" + number;
    }

    private void write(Op.Kind kind, String key, Random random) {
        long value = kind == Op.Kind.DELETE ? Op.ABSENT : values.incrementAndGet();
        String idempotencyKey = UUID.randomUUID().toString();
        long id = history.invoke(kind, key, value);
        boolean inDoubt = false;
        while (true) {
            RunningRoles gateway = any(random);
            try {
                HttpResponse<String> answer = http.send(
                        request(gateway, key)
                                .header("Content-Type", "application/json")
                                .header("Idempotency-Key", idempotencyKey)
                                .method(
                                        kind == Op.Kind.DELETE ? "DELETE" : "PUT",
                                        kind == Op.Kind.DELETE
                                                ? HttpRequest.BodyPublishers.noBody()
                                                : HttpRequest.BodyPublishers.ofString(body(key, value)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                int status = answer.statusCode();
                if (status == 200) {
                    acknowledged.incrementAndGet();
                    history.complete(id, Op.Outcome.OK, value, said(gateway, answer));
                    return;
                }
                if (status == 202) {
                    history.complete(id, Op.Outcome.PUBLISHED, value, said(gateway, answer));
                    return;
                }
                // 409: the first one is still under way. That a second one was refused says nothing of the first.
                if (status != 504 && status != 409 && !(inDoubt && status == 503)) {
                    history.complete(id, Op.Outcome.FAIL, value, said(gateway, answer));
                    return;
                }
            } catch (ConnectException | HttpConnectTimeoutException e) {
                pause(); // nothing was sent
                continue;
            } catch (IOException e) {
                // It may have arrived.
            } catch (InterruptedException e) {
                history.complete(id, Op.Outcome.UNKNOWN, value, "interrupted");
                Thread.currentThread().interrupt();
                running = false;
                return;
            }
            inDoubt = true;
            if (random.nextInt(GIVES_UP_ONE_IN) == 0) {
                history.complete(id, Op.Outcome.UNKNOWN, value, "gave up");
                return;
            }
            pause();
        }
    }

    private void read(String key, Random random) {
        while (running) {
            RunningRoles gateway = any(random);
            long id = history.invoke(Op.Kind.READ, key, Op.ABSENT);
            try {
                HttpResponse<String> answer =
                        http.send(request(gateway, key).GET().build(), HttpResponse.BodyHandlers.ofString());
                boolean found = answer.statusCode() == 200;
                if (found || answer.statusCode() == 404) {
                    reads.incrementAndGet();
                    long value = found
                            ? MAPPER.readTree(answer.body())
                                    .path("fields")
                                    .path("name")
                                    .asLong(-1)
                            : Op.ABSENT;
                    history.complete(id, Op.Outcome.OK, value, gateway.url());
                } else {
                    history.complete(id, Op.Outcome.FAIL, Op.ABSENT, said(gateway, answer));
                }
                return;
            } catch (IOException e) {
                history.complete(id, Op.Outcome.UNKNOWN, Op.ABSENT, e.toString());
                pause();
            } catch (InterruptedException e) {
                history.complete(id, Op.Outcome.UNKNOWN, Op.ABSENT, "interrupted");
                Thread.currentThread().interrupt();
                running = false;
            }
        }
    }

    private RunningRoles any(Random random) {
        return gateways.get(random.nextInt(gateways.size()));
    }

    private static HttpRequest.Builder request(RunningRoles gateway, String key) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + "/v1/donna/users/" + key))
                .timeout(ANSWER_LIMIT)
                .header("Authorization", "Bearer " + gateway.token());
    }

    private static String body(String key, long value) {
        return """
                {"name":"%d","email":"%s%s","created_at":"2025-09-01T00:00:00Z","updated_at":"2025-09-01T00:00:00Z"}
                """.formatted(value, key, DOMAIN);
    }

    private static String said(RunningRoles gateway, HttpResponse<String> answer) {
        return "%s %d %s".formatted(gateway.url(), answer.statusCode(), answer.statusCode() < 300 ? "" : answer.body());
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    /** Each ends what it has begun. */
    void stop() throws InterruptedException {
        running = false;
        for (Thread thread : threads) {
            thread.join(TimeUnit.MINUTES.toMillis(1));
        }
    }

    @Override
    public void close() {
        running = false;
        threads.forEach(Thread::interrupt);
    }
}
