package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes are killed as {@code kill -9} does it, at random moments of a backfill with live writes. */
class KilledProcessesIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final Duration LIMIT = Duration.ofSeconds(150);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private static final long SEED = 20261121;

    @TempDir
    private Path directory;

    @Test
    void theWholeProcessIsKilledAgainAndAgainAndTheRunEndsEqualWithNothingLost() throws Exception {
        Random random = new Random(SEED);
        try (RunningRoles all = new RunningRoles(DEFINITION, directory.resolve("all"), variables()).awaitReady()) {
            backfill(all);
            try (Clients clients = new Clients(all::url, all::token, 4)) {
                for (int kill = 0; kill < 2; kill++) {
                    clients.awaitMore(10 + random.nextInt(30));
                    all.kill();
                    all.startAgain();
                    all.awaitReady();
                }
                clients.awaitMore(20);
                clients.stop();
                assertEqualAndNothingLost(all, clients);
            }
        }
    }

    @Test
    void aSingleRoleThatIsKilledGoesOnWhereItWas() throws Exception {
        Random random = new Random(SEED);
        Map<String, String> variables = variables();
        try (RunningRoles base = new RunningRoles(
                        DEFINITION, directory.resolve("base"), variables, "--roles", "gateway,verifier,dashboard")
                .awaitReady()) {
            Map<String, String> joining = new HashMap<>(variables);
            joining.put("DATABASE_URL", base.endpoint().path("target").asText());
            String kafka = base.endpoint().path("bootstrap").asText();
            List<RunningRoles> roles = new ArrayList<>();
            try {
                for (String role : List.of("processor", "legacy-sink", "target-sink")) {
                    roles.add(new RunningRoles(
                            DEFINITION,
                            directory.resolve(role),
                            joining,
                            "--roles",
                            role,
                            "--bootstrap-servers",
                            kafka));
                }
                roles.forEach(RunningRoles::awaitReady);
                backfill(base);
                try (Clients clients = new Clients(base::url, base::token, 4)) {
                    for (RunningRoles role : roles) {
                        clients.awaitMore(5 + random.nextInt(20));
                        role.kill();
                        role.startAgain();
                    }
                    roles.forEach(RunningRoles::awaitReady);
                    clients.awaitMore(20);
                    clients.stop();
                    assertEqualAndNothingLost(base, clients);
                }
            } finally {
                for (RunningRoles role : roles) {
                    role.close();
                }
            }
        }
    }

    private Map<String, String> variables() {
        Path legacy = directory.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        return Map.of("DONNA_ROOT", legacy.toString());
    }

    /** Slow enough to be under way when the first kill comes. */
    private static void backfill(RunningRoles process) throws Exception {
        HttpResponse<String> started = HTTP.send(
                HttpRequest.newBuilder(URI.create(process.url() + "/v1/donna/operations/backfill"))
                        .header("Authorization", "Bearer " + process.token())
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"rate_limit\":40}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(started.statusCode()).as(started.body()).isEqualTo(202);
    }

    private static void assertEqualAndNothingLost(RunningRoles process, Clients clients) throws Exception {
        DemoClient operator = new DemoClient(process.url(), process.token(), "donna");
        Awaitility.await().atMost(LIMIT).until(() -> {
            JsonNode status = operator.status();
            return status.path("phase").asText().equals("dual-write")
                    && status.path("lag").path("legacy").asLong(-1) == 0
                    && status.path("lag").path("target").asLong(-1) == 0
                    && status.path("lag").path("writes").asLong(-1) == 0;
        });

        JsonNode scan = operator.operation("verify", MAPPER.createObjectNode().put("deep", true), progress -> {})
                .path("result");
        JsonNode counters = operator.status().path("counters");

        assertThat(scan.path("verdict").asText()).as(scan.toPrettyString()).isEqualTo("equal");
        assertThat(scan.path("records").asLong()).isGreaterThan(250);
        assertThat(counters.path("changes").asLong()
                        + counters.path("dead_letters").asLong()
                        + counters.path("duplicates").asLong()
                        + counters.path("beaten_snapshot_reads").asLong())
                .as(counters.toString())
                .isEqualTo(counters.path("writes").asLong());
        for (Map.Entry<String, String> each : clients.acknowledged.entrySet()) {
            for (String side : List.of("legacy", "target")) {
                assertThat(operator.get("/users/" + each.getKey() + "?side=" + side)
                                .path("fields")
                                .path("name")
                                .asText())
                        .as("%s on %s", each.getKey(), side)
                        .isEqualTo(each.getValue());
            }
        }
    }

    /** Each writes users of its own, again with the same idempotency key until it is acknowledged. */
    private static final class Clients implements AutoCloseable {
        private final Supplier<String> url;
        private final Supplier<String> token;
        private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
        private final AtomicInteger writes = new AtomicInteger();
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean running = true;

        Clients(Supplier<String> url, Supplier<String> token, int number) {
            this.url = url;
            this.token = token;
            for (int client = 0; client < number; client++) {
                String name = "k" + client;
                Thread thread = new Thread(() -> write(name), "client-" + name);
                threads.add(thread);
                thread.start();
            }
        }

        private void write(String client) {
            Random random = new Random(SEED + client.hashCode());
            for (int number = 0; running; number++) {
                String user = client + "-" + random.nextInt(10);
                String name = client + " " + number;
                String key = UUID.randomUUID().toString();
                while (!put(user, name, key)) {
                    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
                }
                acknowledged.put(user, name);
                writes.incrementAndGet();
            }
        }

        private boolean put(String user, String name, String key) {
            String body =
                    "{\"name\":\"%s\",\"email\":\"%s@example.com\",\"created_at\":\"2025-09-01T00:00:00Z\",\"updated_at\":\"2025-09-01T00:00:00Z\"}"
                            .formatted(name, user);
            try {
                return HTTP.send(
                                        HttpRequest.newBuilder(URI.create(url.get() + "/v1/donna/users/" + user))
                                                .header("Authorization", "Bearer " + token.get())
                                                .header("Content-Type", "application/json")
                                                .header("Idempotency-Key", key)
                                                .timeout(Duration.ofSeconds(15))
                                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                                .build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        < 300;
            } catch (IOException e) {
                return false; // unknown: the same write once more
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }

        void awaitMore(int more) {
            int wanted = writes.get() + more;
            Awaitility.await().atMost(LIMIT).until(() -> writes.get() >= wanted);
        }

        /** Every write that was begun is acknowledged afterwards. */
        void stop() throws InterruptedException {
            running = false;
            for (Thread thread : threads) {
                thread.join();
            }
        }

        @Override
        public void close() {
            running = false;
            threads.forEach(Thread::interrupt);
        }
    }
}
