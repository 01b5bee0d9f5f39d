package dev.changeover.producer.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.StrictJson;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/{migration}/batch}: NDJSON, a write to a line. All of them go onto the log together or none does; each has a result
 * of its own, in the order of the lines.
 */
final class BatchRoute {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_LINES = 10_000;
    private static final int MAX_FAULTS = 100;
    private static final Set<String> MEMBERS = Set.of("op", "entity", "key", "fields", "idempotency_key");
    private static final Set<Writes.Outcome> OF_THE_WHOLE =
            Set.of(Writes.Outcome.OVERLOADED, Writes.Outcome.UNAVAILABLE, Writes.Outcome.UNKNOWN);

    private final Migration migration;
    private final GatewaySettings settings;
    private final Bodies bodies;
    private final StoreReads reads;
    private final Snapshots snapshots;
    private final Writes writes;
    private final Executor answering;
    private final InstantSource clock;

    BatchRoute(
            Migration migration,
            GatewaySettings settings,
            Bodies bodies,
            StoreReads reads,
            Snapshots snapshots,
            Writes writes,
            Executor answering,
            InstantSource clock) {
        this.migration = migration;
        this.settings = settings;
        this.bodies = bodies;
        this.reads = reads;
        this.snapshots = snapshots;
        this.writes = writes;
        this.answering = answering;
        this.clock = clock;
    }

    void post(Context context) {
        WriteOptions options = WriteOptions.of(context, settings);
        context.future(() -> bodies.read(context, settings.maxBatchBytes())
                .thenCompose(body -> write(context, requests(body, options))));
    }

    private CompletableFuture<Void> write(Context context, List<Writes.Request> requests) {
        CompletableFuture<Void> ready = requests.stream().anyMatch(snapshots::needed)
                ? reads.submit(() -> {
                    requests.stream().filter(snapshots::needed).forEach(snapshots::publishBefore);
                    return null;
                })
                : CompletableFuture.completedFuture(null);
        return ready.thenCompose(known -> writes.writeAll(requests)
                .exceptionally(failure -> Collections.nCopies(requests.size(), RecordWrites.unknown(failure)))
                .thenComposeAsync(results -> answer(context, requests, results), answering));
    }

    private static CompletionStage<Void> answer(
            Context context, List<Writes.Request> requests, List<Writes.Result> results) {
        Writes.Result first = results.get(0);
        if (OF_THE_WHOLE.contains(first.outcome())
                && results.stream().allMatch(result -> result.outcome() == first.outcome())) {
            Problem problem = RecordWrites.problem(requests.get(0).event().key(), first);
            throw problem == null ? new IllegalStateException("No problem in " + first.outcome()) : problem;
        }
        ObjectNode document = MAPPER.createObjectNode();
        ArrayNode lines = document.putArray("results");
        for (int i = 0; i < results.size(); i++) {
            lines.add(line(requests.get(i).event().key(), results.get(i)));
        }
        boolean inTime = results.stream().allMatch(Writes.Result::inTime);
        context.status(inTime ? 200 : 202).contentType("application/json; charset=utf-8");
        return SlowReader.send(context, document.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode line(RecordKey key, Writes.Result result) {
        @Nullable Problem problem = RecordWrites.problem(key, result);
        return problem == null
                ? RecordWrites.body(key, result).put("status", result.inTime() ? 200 : 202)
                : problem.json();
    }

    /** @throws Problem 400 with everything that is wrong in any line */
    private List<Writes.Request> requests(byte[] body, WriteOptions options) {
        List<Writes.Request> requests = new ArrayList<>();
        List<Problem.FieldFault> faults = new ArrayList<>();
        int number = 0;
        for (int from = 0; from < body.length && faults.size() < MAX_FAULTS; number++) {
            int end = endOfLine(body, from);
            byte[] line = Arrays.copyOfRange(body, from, end);
            from = end + 1;
            if (isBlank(line)) {
                continue;
            }
            if (requests.size() == MAX_LINES) {
                throw Problem.tooLarge("Invalid batch: more than %d lines; send several".formatted(MAX_LINES));
            }
            try {
                requests.add(request(line, options.ofLine(number + 1)));
            } catch (Problem problem) {
                faults.addAll(faults(number + 1, problem));
            }
        }
        if (!faults.isEmpty()) {
            throw Problem.invalid("Invalid batch: nothing was written", faults);
        }
        if (requests.isEmpty()) {
            throw Problem.badRequest("Invalid batch: it has no lines");
        }
        return requests;
    }

    private Writes.Request request(byte[] line, WriteOptions options) {
        if (line.length > settings.maxBodyBytes()) {
            throw Problem.tooLarge("more than %d bytes".formatted(settings.maxBodyBytes()));
        }
        Map<String, JsonText> members = members(line);
        Entity entity = RecordPath.entity(migration, text(members, "entity"));
        byte[] fields =
                members.getOrDefault("fields", JsonText.EMPTY_OBJECT).text().getBytes(StandardCharsets.UTF_8);
        String op = text(members, "op");
        RecordKey key = key(entity, members.get("key"));
        ChangeEvent event = switch (op) {
            case "put" -> ChangeEvent.put(RecordBody.of(key, fields), RecordWrites.ORIGIN, clock.millis());
            case "patch" -> ChangeEvent.patch(key, RecordBody.patch(key, fields), RecordWrites.ORIGIN, clock.millis());
            case "delete" -> ChangeEvent.delete(key, RecordWrites.ORIGIN, clock.millis());
            default -> throw Problem.badRequest("Invalid op \"%s\": put, patch or delete".formatted(op));
        };
        WriteOptions own = members.containsKey("idempotency_key")
                ? options.with(WriteOptions.checked(text(members, "idempotency_key")))
                : options;
        return own.request(event, false);
    }

    private RecordKey key(Entity entity, @Nullable JsonText keyJson) {
        if (keyJson == null) {
            throw Problem.badRequest("Missing \"key\": an object with the key fields of %s".formatted(entity));
        }
        String whole = "{\"entity\":" + MAPPER.getNodeFactory().textNode(entity.name()) + ",\"key\":" + keyJson + "}";
        try {
            return KeyJson.read(migration, whole.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedEventException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, JsonText> members(byte[] line) {
        JsonText whole = RecordBody.compact(line);
        if (!whole.text().startsWith("{")) {
            throw Problem.badRequest("Invalid line: a JSON object is expected");
        }
        Map<String, JsonText> members = new LinkedHashMap<>();
        try (JsonParser parser = StrictJson.factory().createParser(whole.text())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (!MEMBERS.contains(name)) {
                    throw Problem.badRequest("Invalid member \"%s\": op, entity, key, fields".formatted(name));
                }
                members.put(name, StrictJson.copy(parser));
            }
            return members;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read compact JSON again", e);
        }
    }

    private static String text(Map<String, JsonText> members, String name) {
        @Nullable JsonText value = members.get(name);
        if (value == null || !value.text().startsWith("\"")) {
            throw Problem.badRequest("Missing \"%s\": a text".formatted(name));
        }
        try {
            return MAPPER.readTree(value.text()).asText();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read compact JSON again", e);
        }
    }

    private static List<Problem.FieldFault> faults(int number, Problem problem) {
        if (problem.errors().isEmpty()) {
            return List.of(new Problem.FieldFault("line " + number, String.valueOf(problem.getMessage())));
        }
        return problem.errors().stream()
                .map(fault -> new Problem.FieldFault("line %d: %s".formatted(number, fault.field()), fault.message()))
                .toList();
    }

    private static int endOfLine(byte[] body, int from) {
        int end = from;
        while (end < body.length && body[end] != '\n') {
            end++;
        }
        return end;
    }

    private static boolean isBlank(byte[] line) {
        for (byte each : line) {
            if (each != ' ' && each != '\t' && each != '\r') {
                return false;
            }
        }
        return true;
    }
}
