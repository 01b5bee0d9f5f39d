package dev.changeover.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.Role;
import dev.changeover.app.process.RunSettings;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.producer.publisher.Acknowledging;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.PublisherSettings;
import dev.changeover.producer.publisher.Wait;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.Batch;
import dev.changeover.store.LogId;
import dev.changeover.store.file.FileStore;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.TargetSchema;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.postgresql.PGConnection;

/**
 * The whole pipeline on one machine, all roles with embedded Kafka and PostgreSQL in this process: how fast a store of donna's chats
 * is backfilled, beside plain COPY of the same rows into the same tables in the same run; how fast both sides are scanned; how
 * long live writes take until both stores have them; and how much memory that took.
 *
 * <pre>EndToEndBenchmark [records] [writes a second] [seconds of writes]</pre>
 */
public final class EndToEndBenchmark implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final LogId NOBODYS = new LogId("benchmark", "benchmark", 1);
    private static final Duration LIMIT = Duration.ofMinutes(20);
    /** Each look is a request, which both cores have other things to do than to answer. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private static final int CHATS_OF_A_BATCH = 100;
    /** How often the machine is given the same load before it is measured: until the JVM has compiled what it will. */
    private static final int WARM_UP_ROUNDS = 3;

    private static final int COPY_BUFFER = 64 * 1024;
    private static final int SCANS = 3;
    private static final int BACKFILLS = 3;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final HttpClient http = HttpClient.newHttpClient();
    private final int records;
    private final int rate;
    private final int seconds;
    private final Path directory;
    private final Environment environment;
    private final Migration migration;
    private final ChangeoverProcess process;
    private final JsonNode endpoint;
    private final DonnaRecords donna;
    private final AtomicLong peakHeap = new AtomicLong();

    private EndToEndBenchmark(Set<Role> roles, int records, int rate, int seconds) throws Exception {
        this.records = records;
        this.rate = rate;
        this.seconds = seconds;
        this.directory = Files.createTempDirectory("changeover-benchmark");
        Path definition = Path.of("migrations/donna/migration.yaml").toAbsolutePath();
        Map<String, String> variables = new HashMap<>(System.getenv());
        Path legacy = Files.createDirectories(directory.resolve("legacy"));
        variables.put("DONNA_ROOT", legacy.toString());
        this.environment = new Environment(variables);
        this.migration = environment.read(definition);
        this.donna = new DonnaRecords(migration);
        fill(legacy);
        this.process = ChangeoverProcess.start(
                new RunSettings(
                        definition, environment, directory.resolve("run"), roles, "", Map.of(), "127.0.0.1", 0, true),
                words -> {});
        this.endpoint = MAPPER.readTree(directory.resolve("run/endpoint.json").toFile());
    }

    public static void main(String[] arguments) throws Exception {
        int records = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200_000;
        int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 30;
        for (int backfill = 0; backfill <= WARM_UP_ROUNDS + BACKFILLS; backfill++) {
            try (EndToEndBenchmark benchmark =
                    new EndToEndBenchmark(EnumSet.complementOf(EnumSet.of(Role.VERIFIER)), records, rate, seconds)) {
                benchmark.backfill("no verifier, "
                        + (backfill == 0 ? "JVM cold" : backfill <= WARM_UP_ROUNDS ? "warms up" : "JVM warm"));
            }
        }
        try (EndToEndBenchmark benchmark = new EndToEndBenchmark(EnumSet.allOf(Role.class), records, rate, seconds)) {
            benchmark.run();
        }
        System.exit(0); // whatever threads a library left
    }

    private void run() throws Exception {
        watchHeap();
        out.printf("%,d records, %d cores, heap of at most %,d MB%n", records, cores(), maxHeap());
        backfill("all roles");
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            deepScan();
        }
        long scanned = 0;
        for (int i = 0; i < SCANS; i++) {
            scanned = Math.max(scanned, deepScan());
        }
        line("deep scan of both sides", "%,d records/s".formatted(scanned), "best of " + SCANS);
        try (Publisher publisher = Publisher.open(
                migration,
                LogSettings.embedded(endpoint.path("bootstrap").asText()),
                PublisherSettings.of("benchmark"),
                Acknowledging.by(Side.LEGACY),
                InstantSource.system())) {
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                latency(publisher, "warm" + round, rate, seconds);
            }
            awaitNoLag();
            latency(publisher, "light", Math.max(1, rate / 10), seconds).print(rate / 10);
            awaitNoLag();
            latency(publisher, "full", rate, seconds).print(rate);
        }
        line("peak heap", "%,d MB".formatted(peakHeap.get() >> 20), "of %,d MB".formatted(maxHeap()));
        line("peak resident memory of the JVM", "%,d MB".formatted(peakResident()), "without PostgreSQL");
    }

    /** Records a second. */
    private long deepScan() throws Exception {
        JsonNode result = operation("verify", "{\"deep\":true}").path("result");
        if (!result.path("verdict").asText().equals("equal")) {
            throw new IllegalStateException("The sides are not equal: " + result);
        }
        return result.path("records_per_second").asLong();
    }

    private void backfill(String how) throws Exception {
        long began = System.nanoTime();
        JsonNode backfill = operation("backfill", "{}");
        awaitInTarget(backfill.path("result").path("published").asLong());
        double backfilled = records * 1e9 / (System.nanoTime() - began);
        double copied = copySameRows();
        line("plain COPY of the same rows", "%,.0f rows/s".formatted(copied), "1.00");
        line(
                "backfill, until in the target",
                "%,.0f records/s".formatted(backfilled),
                "%.2f of COPY; %s".formatted(backfilled / copied, how));
        line(
                "  until on the log",
                "%,.0f records/s"
                        .formatted(records
                                / backfill.path("result").path("seconds").asDouble()),
                "");
    }

    private void line(String what, String figure, String ratio) {
        out.printf("%-36s %24s   %s%n", what, figure, ratio);
    }

    private void fill(Path legacy) {
        try (FileStore store = FileStore.open(migration, legacy, Side.TARGET)) {
            store.claim(NOBODYS, Set.of(0));
            long offset = 0;
            int chats = records / (DonnaRecords.MESSAGES + 1);
            for (int first = 0; first < chats; first += CHATS_OF_A_BATCH) {
                List<Batch.LoggedChange> changes = new ArrayList<>();
                for (int chat = first; chat < Math.min(chats, first + CHATS_OF_A_BATCH); chat++) {
                    for (EntityRecord record : donna.chat("old-" + chat)) {
                        changes.add(new Batch.LoggedChange(
                                0, offset++, dev.changeover.model.event.ChangeEvent.put(record, "", 0)));
                    }
                }
                store.apply(new Batch(List.of(new Batch.Advance(0, offset - changes.size(), offset, offset)), changes));
            }
        }
        deleteTree(legacy.resolve(".changeover"));
    }

    /**
     * Until the target's sink has applied so many. Read from the metrics, which cost next to nothing: the status would count both
     * stores.
     */
    private void awaitInTarget(long published) throws Exception {
        long from = System.nanoTime();
        while (applied(Side.TARGET) < published) {
            if (System.nanoTime() - from > LIMIT.toNanos()) {
                throw new IllegalStateException("The target's sink does not get there: " + get("/status"));
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private long applied(Side side) throws Exception {
        URI metrics = URI.create(endpoint.path("url").asText() + "/metrics");
        return text(HttpRequest.newBuilder(metrics).GET().build())
                .lines()
                .filter(line -> line.startsWith("changeover_applied{") && line.contains("side=\"" + side.word() + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** What a load before left behind is none of the next one's. */
    private void awaitNoLag() throws Exception {
        long from = System.nanoTime();
        for (JsonNode lag = get("/status").path("lag"); ; lag = get("/status").path("lag")) {
            if (lag.path("writes").asLong(1)
                            + lag.path("legacy").asLong(1)
                            + lag.path("target").asLong(1)
                    == 0) {
                return;
            }
            if (System.nanoTime() - from > LIMIT.toNanos()) {
                throw new IllegalStateException("The sinks do not get there: " + get("/status"));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /**
     * Rows a second of COPY, one for each table, into tables as the target's. The rows are in files until then: on the heap they
     * would take from the backfills after this one.
     */
    private double copySameRows() throws SQLException, IOException {
        String url = endpoint.path("target").asText();
        PostgresSettings target = PostgresSettings.ofUrl(url);
        PostgresSettings copy = PostgresSettings.ofUrl(url.replaceFirst("/[^/?]*(\\?|$)", "/plain_copy$1"));
        Map<String, Path> files = new java.util.LinkedHashMap<>();
        long rows = 0;
        try (Connection connection = connect(target);
                Statement statement = connection.createStatement()) {
            for (String table : List.of("chat_sessions", "messages")) {
                Path file = directory.resolve(table + ".copy");
                try (OutputStream written = new BufferedOutputStream(Files.newOutputStream(file))) {
                    rows += connection
                            .unwrap(PGConnection.class)
                            .getCopyAPI()
                            .copyOut("COPY " + table + " TO STDOUT", written);
                }
                files.put(table, file);
            }
            statement.execute("CREATE DATABASE plain_copy");
            statement.execute("CHECKPOINT");
        }
        TargetSchema.migrate(copy, migration.stores().schema());
        try (Connection connection = connect(copy)) {
            long from = System.nanoTime();
            for (Map.Entry<String, Path> table : files.entrySet()) {
                try (InputStream read = Files.newInputStream(table.getValue())) {
                    connection
                            .unwrap(PGConnection.class)
                            .getCopyAPI()
                            .copyIn("COPY " + table.getKey() + " FROM STDIN", read, COPY_BUFFER);
                }
            }
            return rows * 1e9 / (System.nanoTime() - from);
        }
    }

    private static Connection connect(PostgresSettings settings) throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password());
    }

    /** What became of a load: milliseconds from when each write was due until both stores had it, ascending. */
    private final class Latencies {
        private final double[] millis;
        private final int late;

        Latencies(double[] millis, int late) {
            this.millis = millis;
            this.late = late;
        }

        private double at(double share) {
            return millis.length == 0
                    ? Double.NaN
                    : millis[(int) Math.min(millis.length - 1L, (long) (millis.length * share))];
        }

        void print(int perSecond) {
            line(
                    "publish until in both, %d/s".formatted(perSecond),
                    "p50 %.0f ms, p99 %.0f ms".formatted(at(0.5), at(0.99)),
                    "max %.0f ms, %,d writes, %d not in time".formatted(at(1), millis.length, late));
        }
    }

    /** Writes at an even rate, whatever becomes of those before. */
    private Latencies latency(Publisher publisher, String name, int perSecond, int lastingSeconds) {
        List<CompletableFuture<Published>> results = new ArrayList<>();
        double[] millis = new double[perSecond * lastingSeconds];
        AtomicInteger good = new AtomicInteger();
        AtomicInteger late = new AtomicInteger();
        List<EntityRecord> next = new ArrayList<>();
        long began = System.nanoTime();
        int chats = 0;
        for (int i = 0; i < millis.length; i++) {
            if (next.isEmpty()) {
                next.addAll(donna.chat(name + "-" + chats++).subList(0, 5));
            }
            long due = began + (long) (i * 1e9 / perSecond);
            for (long ahead = due - System.nanoTime(); ahead > 0; ahead = due - System.nanoTime()) {
                LockSupport.parkNanos(ahead);
            }
            results.add(publisher
                    .publish(Write.put(next.remove(0), "benchmark", InstantSource.system())
                            .until(Wait.BOTH))
                    .whenComplete((published, failure) -> {
                        if (published != null
                                && published.outcome() == Published.Outcome.ACCEPTED
                                && published.inTime()) {
                            millis[good.getAndIncrement()] = (System.nanoTime() - due) / 1e6;
                        } else {
                            late.incrementAndGet();
                        }
                    }));
        }
        CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).join();
        double[] sorted = Arrays.copyOf(millis, good.get());
        Arrays.sort(sorted);
        return new Latencies(sorted, late.get());
    }

    private JsonNode operation(String kind, String options) throws Exception {
        JsonNode started = send(HttpRequest.newBuilder(uri("/operations/" + kind))
                .header("Authorization", "Bearer " + endpoint.path("token").asText())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(options))
                .build());
        while (true) {
            JsonNode operation = get("/operations/" + started.path("operation").asText());
            switch (operation.path("state").asText()) {
                case "running" -> LockSupport.parkNanos(LOOK_AGAIN.toNanos());
                case "failed" -> throw new IllegalStateException(operation.toString());
                default -> {
                    return operation;
                }
            }
        }
    }

    private JsonNode get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).GET().build());
    }

    private URI uri(String path) {
        return URI.create(endpoint.path("url").asText() + "/v1/donna" + path);
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        return MAPPER.readTree(text(request));
    }

    private String text(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(request.uri() + ": " + answer.body());
        }
        return answer.body();
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static long maxHeap() {
        return Runtime.getRuntime().maxMemory() >> 20;
    }

    /** Looks all the time: the peaks of the single pools are of different moments, and add up to more than there is. */
    private void watchHeap() {
        Thread thread = new Thread(
                () -> {
                    while (true) {
                        long used = Runtime.getRuntime().totalMemory()
                                - Runtime.getRuntime().freeMemory();
                        peakHeap.accumulateAndGet(used, Math::max);
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                    }
                },
                "heap-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static long peakResident() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                    .findFirst()
                    .orElse(0);
        }
    }

    private static void deleteTree(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.close();
        deleteTree(directory);
    }
}
