package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.http.Operations;
import dev.changeover.log.LogException;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.LogSettings;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.sink.rebuild.EntityDigest;
import dev.changeover.sink.rebuild.Rebuild;
import dev.changeover.sink.rebuild.RebuildSettings;
import dev.changeover.sink.rebuild.Rebuilt;
import dev.changeover.sink.rebuild.StoreDigests;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code rebuild}: replays {@code changes} into an empty place and compares what is there then, first with what the log says, and with
 * the original side where it stands still meanwhile.
 */
final class RebuildOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long ORIGINAL_LIMIT_MILLIS = 10_000;
    private static final long LOOK_MILLIS = 100;

    private final Migration migration;
    private final LogSettings log;
    private final LogIdentity identity;
    private final String targetUrl;
    private final Map<Side, StoreReader> originals;
    private final AtomicBoolean running = new AtomicBoolean();

    /** @param targetUrl of the target's server, on which a database may be named */
    RebuildOperation(
            Migration migration,
            LogSettings log,
            LogIdentity identity,
            String targetUrl,
            Map<Side, StoreReader> originals) {
        this.migration = migration;
        this.log = log;
        this.identity = identity;
        this.targetUrl = targetUrl;
        this.originals = Map.copyOf(originals);
    }

    private record Task(
            Side side, RebuildPlace place, @Nullable Instant until) {}

    /** @throws Problem if the options are invalid, the place is not empty, or a rebuild is under way */
    Operations.Work work(JsonNode options) {
        Task task = task(options);
        Optional<String> contents;
        try {
            contents = task.place().contents();
        } catch (StoreUnavailableException | UncheckedIOException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()));
        }
        if (contents.isPresent()) {
            throw Problem.refused(
                    "Cannot rebuild into %s: it is not empty (%s). Name an empty place; this one is left as it is."
                            .formatted(task.place().name(), contents.get()));
        }
        if (!running.compareAndSet(false, true)) {
            throw Problem.conflict("A rebuild is under way already; wait for its end");
        }
        return operation -> {
            try {
                return run(task, operation::progress);
            } catch (StoreUnavailableException | UnfitStoreException | LogException | UncheckedIOException e) {
                throw new Operations.OperationFailedException(
                        "Cannot rebuild into %s: %s".formatted(task.place().name(), e.getMessage()));
            } finally {
                running.set(false);
            }
        };
    }

    private Task task(JsonNode options) {
        try {
            Side side = Side.of(options.path("side").asText());
            String into = options.path("into").asText();
            if (into.isBlank()) {
                throw Problem.badRequest("Missing into: where to rebuild");
            }
            String until = options.path("until").asText("");
            return new Task(
                    side,
                    RebuildPlace.of(migration, side, into, targetUrl),
                    until.isEmpty() ? null : Instant.parse(until));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        } catch (DateTimeParseException e) {
            throw Problem.badRequest("Invalid until \"%s\": 2025-11-21T10:00:00Z is expected"
                    .formatted(options.path("until").asText()));
        }
    }

    private JsonNode run(Task task, Consumer<JsonNode> progress) throws InterruptedException {
        @Nullable Instant until = task.until();
        long began = System.nanoTime();
        try (Store place = task.place().open()) {
            Rebuilt rebuilt = Rebuild.run(
                    migration,
                    place,
                    log,
                    identity,
                    RebuildSettings.of(until == null ? null : until.toEpochMilli()),
                    (passed, total, events) -> progress.accept(progress(passed, total, events, began)));
            Map<String, EntityDigest> digests = StoreDigests.of(migration, task.side(), place);
            Optional<Map<String, EntityDigest>> original =
                    until == null ? original(task.side(), rebuilt) : Optional.empty();
            return result(task, rebuilt, digests, original);
        }
    }

    private static JsonNode progress(long passed, long total, long events, long began) {
        return MAPPER.createObjectNode()
                .put("passed", passed)
                .put("total", total)
                .put("events", events)
                .put("rate", rate(events, System.nanoTime() - began));
    }

    private static long rate(long events, long nanos) {
        return Math.round(events / Math.max(1e-3, nanos / 1e9));
    }

    /** What the side itself has, if it stood at the rebuilt one's position all the time that it was read; otherwise empty. */
    private Optional<Map<String, EntityDigest>> original(Side side, Rebuilt rebuilt) throws InterruptedException {
        @Nullable StoreReader store = originals.get(side);
        if (store == null) {
            return Optional.empty();
        }
        Map<Integer, Long> end = new HashMap<>();
        List<Long> next = rebuilt.end().next();
        for (int partition = 0; partition < next.size(); partition++) {
            end.put(partition, next.get(partition));
        }
        long deadline = System.nanoTime() + ORIGINAL_LIMIT_MILLIS * 1_000_000;
        while (isBehind(positions(store), end) && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_MILLIS);
        }
        if (!stands(positions(store), end)) {
            return Optional.empty();
        }
        Map<String, EntityDigest> digests = StoreDigests.of(migration, side, store);
        return stands(positions(store), end) ? Optional.of(digests) : Optional.empty();
    }

    private Map<Integer, Long> positions(StoreReader store) {
        return store.read(migration.entities().get(0), List.of()).positions();
    }

    private static boolean isBehind(Map<Integer, Long> positions, Map<Integer, Long> end) {
        return end.entrySet().stream().anyMatch(at -> positions.getOrDefault(at.getKey(), 0L) < at.getValue());
    }

    private static boolean stands(Map<Integer, Long> positions, Map<Integer, Long> end) {
        return end.entrySet().stream()
                .allMatch(at -> positions.getOrDefault(at.getKey(), 0L).equals(at.getValue()));
    }

    private ObjectNode result(
            Task task,
            Rebuilt rebuilt,
            Map<String, EntityDigest> digests,
            Optional<Map<String, EntityDigest>> original) {
        ObjectNode result = MAPPER.createObjectNode();
        boolean sameAsLog =
                rebuilt.logged().map(logged -> isSame(digests, logged)).orElse(false);
        boolean sameAsOriginal = original.map(other -> isSame(digests, other)).orElse(false);
        boolean known = original.isPresent() || rebuilt.logged().isPresent();
        boolean equal = original.isPresent() ? sameAsOriginal : sameAsLog;
        result.put("verdict", !known ? "unknown" : equal ? "equal" : "differ");
        result.put("reason", reason(known, equal, sameAsLog, original.isPresent(), rebuilt));
        result.put("compared_with", original.isPresent() ? "original" : "log");
        result.put("side", task.side().word());
        result.put("into", task.place().name());
        @Nullable Instant until = task.until();
        if (until != null) {
            result.put("until", until.toString());
        }
        result.put("events", rebuilt.events());
        result.put("seconds", rebuilt.nanos() / 1e9);
        result.put("events_per_second", rate(rebuilt.events(), rebuilt.nanos()));
        result.put("refused", rebuilt.refused());
        result.put("parked", rebuilt.parked());
        ArrayNode forgets = result.putArray("log_may_forget");
        TopicSetup.forgets(migration, log).forEach(forgets::add);
        ArrayNode position = result.putArray("position");
        rebuilt.end().next().forEach(position::add);
        ObjectNode entities = result.putObject("entities");
        digests.forEach((name, digest) -> {
            ObjectNode entity = entities.putObject(name);
            put(entity, "rebuilt", digest);
            original.ifPresent(other -> put(entity, "original", other.getOrDefault(name, EntityDigest.NONE)));
            rebuilt.logged().ifPresent(logged -> put(entity, "log", logged.getOrDefault(name, EntityDigest.NONE)));
        });
        return result;
    }

    private static boolean isSame(Map<String, EntityDigest> digests, Map<String, EntityDigest> others) {
        return digests.entrySet().stream()
                .allMatch(entry -> entry.getValue().equals(others.getOrDefault(entry.getKey(), EntityDigest.NONE)));
    }

    private static String reason(
            boolean known, boolean equal, boolean sameAsLog, boolean comparedWithOriginal, Rebuilt rebuilt) {
        if (!known) {
            return "the side was written to meanwhile, and the log has too many keys to be compared in memory: run it again when it is quiet";
        }
        if (equal) {
            return "";
        }
        String waiting = rebuilt.refused() + rebuilt.parked() == 0
                ? ""
                : "; %d changes were refused and %d wait for others".formatted(rebuilt.refused(), rebuilt.parked());
        return comparedWithOriginal && sameAsLog
                ? "what was rebuilt is what the log says, the original is not: `verify --deep` names the records"
                        + waiting
                : "what was rebuilt is not what %s says".formatted(comparedWithOriginal ? "the original" : "the log")
                        + waiting;
    }

    private static void put(ObjectNode entity, String name, EntityDigest digest) {
        entity.putObject(name)
                .put("count", digest.count())
                .put("digest", digest.digest().hex());
    }
}
