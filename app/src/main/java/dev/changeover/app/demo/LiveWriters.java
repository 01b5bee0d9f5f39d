package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.MergePatch;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The application while it is being moved: several clients of the gateway that create, change and delete records and remember what
 * was acknowledged, so that afterwards each record can be asked for on both sides and compared. Every client has aggregates of its
 * own, so the last acknowledged write of a key is known.
 */
final class LiveWriters implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_LATENCIES = 1_000_000;
    /** For so long a write is repeated that got no definite answer. */
    private static final Duration REPEATED_FOR = Duration.ofSeconds(60);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

    private final Migration migration;
    private final String url;
    private final String token;
    private final double ratePerWriter;
    private final long seed;
    private final List<Writer> writers = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final long[] latencyMicros = new long[MAX_LATENCIES];
    private final long[] endedNanos = new long[MAX_LATENCIES];
    private final AtomicLong latencies = new AtomicLong();
    private volatile String firstFailure = "";
    private volatile boolean running = true;

    /** What was found when every record written was asked for again. */
    record Check(long records, long wrong, List<String> examples) {}

    LiveWriters(
            Migration migration, String url, String token, SampleRecords sample, int clients, double rate, long seed) {
        this.migration = migration;
        this.url = url;
        this.token = token;
        this.ratePerWriter = rate / clients;
        this.seed = seed;
        for (int i = 0; i < clients; i++) {
            writers.add(new Writer(i, sample));
        }
        // what points to each other has one owner, so that nobody's delete surprises another
        int next = 0;
        Map<RecordKey, Writer> owners = new HashMap<>();
        for (Map.Entry<RecordKey, EntityRecord> entry : sample.all().entrySet()) {
            EntityRecord record = entry.getValue();
            Writer owner = owners.get(migration.root(entry.getKey()));
            for (Reference reference : record.entity().references()) {
                var pointed = sample.pointed(record, reference).map(owners::get);
                if (owner == null && pointed.isPresent()) {
                    owner = pointed.get();
                }
            }
            if (owner == null) {
                owner = writers.get(next++ % clients);
            }
            owners.putIfAbsent(entry.getKey(), owner);
            owner.known.put(entry.getKey(), entry.getValue());
        }
    }

    void start() {
        writers.forEach(Thread::start);
    }

    long acknowledged() {
        return acknowledged.get();
    }

    long failed() {
        return failed.get();
    }

    long unknown() {
        return unknown.get();
    }

    /** Answers that were not definite, after which the same write was sent again with the same key. */
    long repeated() {
        return repeated.get();
    }

    String firstFailure() {
        return firstFailure;
    }

    /** The latency in milliseconds below which {@code share} of the acknowledged writes stayed. */
    double latencyMillis(double share) {
        int count = (int) Math.min(latencies.get(), MAX_LATENCIES);
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(latencyMicros, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(count - 1L, (long) (count * share))] / 1000.0;
    }

    /** In milliseconds; zeros if there was no write. */
    record Latency(int count, double p50, double p99, double max) {}

    /** Of the writes acknowledged between two moments of {@link System#nanoTime}. */
    Latency latency(long fromNanos, long toNanos) {
        int count = (int) Math.min(latencies.get(), MAX_LATENCIES);
        long[] within = java.util.stream.IntStream.range(0, count)
                .filter(i -> endedNanos[i] >= fromNanos && endedNanos[i] <= toNanos)
                .mapToLong(i -> latencyMicros[i])
                .sorted()
                .toArray();
        if (within.length == 0) {
            return new Latency(0, 0, 0, 0);
        }
        return new Latency(
                within.length,
                within[within.length / 2] / 1000.0,
                within[Math.min(within.length - 1, (int) (within.length * 0.99))] / 1000.0,
                within[within.length - 1] / 1000.0);
    }

    /** Ends the writing; every request under way is finished. */
    @Override
    public void close() {
        running = false;
        for (Writer writer : writers) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Asks both sides for every record that was written and compares it with what was acknowledged. */
    Check check() {
        long records = 0;
        long wrong = 0;
        List<String> examples = new ArrayList<>();
        HttpClient http = HttpClient.newHttpClient();
        for (Writer writer : writers) {
            for (RecordKey key : writer.touched.keySet()) {
                if (writer.uncertain.containsKey(key)) {
                    continue;
                }
                records++;
                @Nullable EntityRecord expected = writer.known.get(key);
                for (String side : List.of("legacy", "target")) {
                    String fault = difference(http, key, side, expected);
                    if (!fault.isEmpty()) {
                        wrong++;
                        if (examples.size() < 5) {
                            examples.add(key.label() + " on " + side + ": " + fault);
                        }
                    }
                }
            }
        }
        return new Check(records, wrong, examples);
    }

    private String difference(HttpClient http, RecordKey key, String side, @Nullable EntityRecord expected) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/" + migration.name() + path(key) + "?side=" + side))
                            .GET()
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 404) {
                return expected == null ? "" : "it is not there";
            }
            if (answer.statusCode() != 200) {
                return "status " + answer.statusCode() + " " + answer.body();
            }
            if (expected == null) {
                return "it is still there";
            }
            JsonNode fields = MAPPER.readTree(answer.body()).path("fields");
            EntityRecord found = RecordJson.read(
                    key.entity(), MAPPER.writeValueAsString(fields).getBytes(StandardCharsets.UTF_8));
            return Canonical.digest(found).equals(Canonical.digest(expected)) ? "" : "it differs";
        } catch (IOException | InvalidRecordException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** Below the migration's. */
    static String path(RecordKey key) {
        StringBuilder path = new StringBuilder("/").append(key.entity().name());
        for (Object value : key.values()) {
            path.append('/')
                    .append(URLEncoder.encode(ValueJson.text(value), StandardCharsets.UTF_8)
                            .replace("+", "%20")
                            .replace(".", "%2E"));
        }
        return path.toString();
    }

    /** One client with aggregates of its own. */
    private final class Writer extends Thread {
        private final Random random;
        private final SampleRecords sample;
        private final HttpClient http = HttpClient.newHttpClient();
        private final Map<RecordKey, EntityRecord> known = new HashMap<>();
        private final Map<RecordKey, Boolean> touched = new HashMap<>();
        private final Map<RecordKey, Boolean> uncertain = new HashMap<>();
        private final List<EntityRecord> toCreate = new ArrayList<>();
        private final List<RecordKey> alive = new ArrayList<>();
        private final int number;
        private long rounds;
        private long edits;

        Writer(int number, SampleRecords sample) {
            super("live-writer-" + number);
            this.number = number;
            this.sample = sample;
            this.random = new Random(seed * 31 + number);
        }

        @Override
        public void run() {
            alive.addAll(known.keySet());
            alive.removeIf(key -> key.text().length() > 300);
            java.util.Collections.sort(alive);
            long start = System.nanoTime();
            long done = 0;
            while (running) {
                write();
                done++;
                long due = start + (long) (done / ratePerWriter * 1e9);
                long ahead = due - System.nanoTime();
                if (ahead > 0) {
                    sleep(Duration.ofNanos(ahead));
                }
            }
        }

        private void sleep(Duration duration) {
            try {
                Thread.sleep(duration.toMillis(), (int) (duration.toNanos() % 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                running = false;
            }
        }

        private void write() {
            int dice = random.nextInt(100);
            if (dice < 55 || alive.isEmpty()) {
                create();
            } else if (dice < 92) {
                patch(alive.get(random.nextInt(alive.size())));
            } else {
                delete(alive.get(random.nextInt(alive.size())));
            }
        }

        private void create() {
            if (toCreate.isEmpty()) {
                toCreate.addAll(sample.round("w" + number + "r" + rounds, 100_000L * (number + 1) + rounds));
                rounds++;
            }
            if (toCreate.isEmpty()) {
                return;
            }
            EntityRecord record = toCreate.remove(0);
            for (Reference reference : record.entity().references()) {
                var pointed = sample.pointed(record, reference);
                boolean mayDangle = reference.onDelete() == Reference.OnDelete.KEEP;
                if (!mayDangle && pointed.isPresent() && !known.containsKey(pointed.get())) {
                    return; // its parent was deleted meanwhile
                }
            }
            RecordKey key = record.key();
            if (SampleRecords.previous(key)
                    .map(before -> !known.containsKey(before))
                    .orElse(false)) {
                return; // the write before it went wrong
            }
            if (send("PUT", key, RecordJson.text(record).text())) {
                known.put(key, record);
                alive.add(key);
            }
        }

        private void patch(RecordKey key) {
            @Nullable EntityRecord current = known.get(key);
            @Nullable Field field = editable(key.entity());
            if (current == null || field == null || uncertain.containsKey(key)) {
                return;
            }
            String edit = "live edit " + number + "-" + edits++;
            String value = switch (field.type().kind()) {
                case JSON -> "{\"live\":\"" + edit + "\"}";
                case INT64 -> String.valueOf(current.value(field) instanceof Long count ? another(count) : 1);
                default -> "\"" + edit + "\"";
            };
            String body = "{\"" + field.name() + "\":" + value + "}";
            try {
                EntityRecord next = MergePatch.apply(current, new JsonText(body));
                if (send("PATCH", key, body)) {
                    known.put(key, next);
                }
            } catch (InvalidRecordException e) {
                throw new IllegalStateException("The demo's own edit of " + key + " is invalid", e);
            }
        }

        private void delete(RecordKey key) {
            if (uncertain.containsKey(key) || SampleRecords.isByPlace(key.entity())) {
                return;
            }
            if (send("DELETE", key, "")) {
                forget(key);
            }
        }

        /** What a delete takes along: children go, other references to it become null. */
        private void forget(RecordKey key) {
            known.remove(key);
            alive.remove(key);
            for (Map.Entry<RecordKey, EntityRecord> entry : List.copyOf(known.entrySet())) {
                EntityRecord record = entry.getValue();
                for (Reference reference : record.entity().references()) {
                    if (!sample.pointed(record, reference).filter(key::equals).isPresent()) {
                        continue;
                    }
                    switch (reference.onDelete()) {
                        case CASCADE -> {
                            touched.put(entry.getKey(), true);
                            forget(entry.getKey());
                        }
                        case SET_NULL -> {
                            EntityRecord.Builder nulled = record.toBuilder();
                            reference.fields().forEach(f -> nulled.set(f, dev.changeover.model.entity.Missing.NULL));
                            known.put(entry.getKey(), nulled.build());
                            touched.put(entry.getKey(), true);
                        }
                        case KEEP -> {}
                    }
                }
            }
        }

        /** A sample has the largest number too. */
        private static long another(long count) {
            return count == Long.MAX_VALUE ? count - 1 : count + 1;
        }

        private boolean send(String method, RecordKey key, String body) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(url + "/v1/" + migration.name() + path(key) + "?wait=primary"))
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body))
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer " + token)
                    .header("Idempotency-Key", UUID.randomUUID().toString())
                    .timeout(Duration.ofSeconds(30))
                    .build();
            long from = System.nanoTime();
            Duration pause = FIRST_PAUSE;
            String trouble = "";
            touched.put(key, true);
            while (trouble.isEmpty() || System.nanoTime() - from < REPEATED_FOR.toNanos()) {
                if (!trouble.isEmpty()) {
                    repeated.incrementAndGet();
                    sleep(pause);
                    pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
                }
                try {
                    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                    int status = answer.statusCode();
                    if (status == 200 || status == 201 || status == 202) {
                        took(System.nanoTime() - from);
                        return true;
                    }
                    trouble = method + " " + key.label() + ": " + status + " " + answer.body();
                    if (status < 500 && status != 429) {
                        failed.incrementAndGet();
                        note(trouble);
                        return false;
                    }
                } catch (IOException e) {
                    trouble = method + " " + key.label() + ": " + e;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    running = false;
                    break;
                }
            }
            unknown.incrementAndGet();
            doubt(key);
            note(trouble);
            return false;
        }

        private void took(long nanos) {
            acknowledged.incrementAndGet();
            long at = latencies.getAndIncrement();
            if (at < MAX_LATENCIES) {
                latencyMicros[(int) at] = nanos / 1000;
                endedNanos[(int) at] = System.nanoTime();
            }
        }

        /** Whether this was written or deleted is not known, nor therefore what became of that which points to it. */
        private void doubt(RecordKey key) {
            if (uncertain.put(key, true) != null) {
                return;
            }
            for (EntityRecord record : List.copyOf(known.values())) {
                for (Reference reference : record.entity().references()) {
                    if (sample.pointed(record, reference).filter(key::equals).isPresent()) {
                        doubt(record.key());
                    }
                }
            }
        }

        private void note(String failure) {
            if (firstFailure.isEmpty()) {
                firstFailure = failure;
            }
        }

        /** A field that an edit may change without breaking anything: free text, else JSON, else a counter. */
        private @Nullable Field editable(Entity entity) {
            @Nullable Field json = null;
            @Nullable Field counter = null;
            for (Field field : entity.fields()) {
                if (entity.key().contains(field) || !field.oneOf().isEmpty()) {
                    continue;
                }
                if (field.type().equals(FieldType.TEXT)) {
                    return field;
                }
                if (field.type().kind() == FieldType.Kind.JSON && json == null) {
                    json = field;
                }
                if (field.type().kind() == FieldType.Kind.INT64 && field.max() == null && counter == null) {
                    counter = field;
                }
            }
            return json == null ? counter : json;
        }
    }
}
