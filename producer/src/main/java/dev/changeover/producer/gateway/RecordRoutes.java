package dev.changeover.producer.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Records over HTTP: {@code /v1/{migration}/{entity}/{key…}}. */
final class RecordRoutes {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1000;
    private static final int MAX_BATCH_LINES = 10_000;
    private static final int MAX_CHILDREN_SNAPSHOT = 10_000;
    private static final int MAX_IDEMPOTENCY_KEY = 255;
    private static final Pattern DURATION = Pattern.compile("\\d{1,7}");

    private final Migration migration;
    private final GatewaySettings settings;
    private final GatewayState state;
    private final Writes writes;
    private final Map<Side, StoreReader> stores;
    private final InstantSource clock;

    RecordRoutes(
            Migration migration,
            GatewaySettings settings,
            GatewayState state,
            Writes writes,
            Map<Side, StoreReader> stores,
            InstantSource clock) {
        this.migration = migration;
        this.settings = settings;
        this.state = state;
        this.writes = writes;
        this.stores = Map.copyOf(stores);
        this.clock = clock;
    }

    void put(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        RecordKey key = path.key(entity, 2);
        EntityRecord record = record(entity, key, body(context));
        write(context, ChangeEvent.put(record, "gateway", clock.millis()), false, List.of());
    }

    void post(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        EntityRecord record = record(entity, null, body(context));
        write(context, ChangeEvent.put(record, "gateway", clock.millis()), true, snapshotOf(record.key()));
    }

    void patch(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        RecordKey key = path.key(entity, 2);
        JsonText patch = body(context);
        if (!patch.text().startsWith("{")) {
            throw Problem.badRequest("Invalid patch: a merge patch is a JSON object");
        }
        write(context, ChangeEvent.patch(key, patch, "gateway", clock.millis()), false, snapshotOf(key));
    }

    void delete(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        RecordKey key = path.key(entity, 2);
        List<ChangeEvent> snapshots = new ArrayList<>(snapshotOf(key));
        snapshots.addAll(snapshotsOfChildren(key));
        write(context, ChangeEvent.delete(key, "gateway", clock.millis()), false, snapshots);
    }

    /** NDJSON: all or nothing on the log, a result for each line. */
    void batch(Context context) {
        byte[] body = bytes(context, settings.maxBatchBytes());
        List<Writes.Request> requests = new ArrayList<>();
        List<ChangeEvent> snapshots = new ArrayList<>();
        List<Problem.FieldFault> faults = new ArrayList<>();
        String text = new String(body, StandardCharsets.UTF_8);
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            if (requests.size() == MAX_BATCH_LINES) {
                throw Problem.tooLarge("Invalid batch: more than %d lines; send several".formatted(MAX_BATCH_LINES));
            }
            try {
                ChangeEvent event = batchEvent(line);
                if (event.patch() != null || event.after() == null) {
                    snapshots.addAll(snapshotOf(event.key()));
                }
                if (event.after() == null && event.patch() == null) {
                    snapshots.addAll(snapshotsOfChildren(event.key()));
                }
                requests.add(new Writes.Request(
                        event, false, idempotencyKey(context, number), wait(context), timeout(context)));
            } catch (Problem problem) {
                if (problem.errors().isEmpty()) {
                    faults.add(new Problem.FieldFault("line " + number, String.valueOf(problem.getMessage())));
                }
                for (Problem.FieldFault fault : problem.errors()) {
                    faults.add(new Problem.FieldFault("line " + number + ": " + fault.field(), fault.message()));
                }
            }
        }
        if (!faults.isEmpty()) {
            throw Problem.invalid("Invalid batch: nothing was written", faults);
        }
        if (requests.isEmpty()) {
            throw Problem.badRequest("Invalid batch: it has no lines");
        }
        writes.publishFirst(snapshots);
        CompletableFuture<Void> answer = writes.writeAll(requests).thenAccept(results -> {
            ObjectNode document = MAPPER.createObjectNode();
            ArrayNode lines = document.putArray("results");
            boolean inTime = true;
            for (int i = 0; i < results.size(); i++) {
                lines.add(batchResult(requests.get(i).event().key(), results.get(i)));
                inTime &= results.get(i).inTime();
            }
            context.status(inTime ? 200 : 202);
            json(context, document);
        });
        context.future(() -> answer);
    }

    private ChangeEvent batchEvent(String line) {
        JsonText compact = compact(line.getBytes(StandardCharsets.UTF_8));
        Map<String, JsonText> members = members(compact);
        String op = text(members, "op");
        Entity entity = RecordPath.entity(migration, text(members, "entity"));
        @Nullable JsonText keyJson = members.get("key");
        @Nullable JsonText fields = members.get("fields");
        RecordKey key = keyJson == null ? null : key(entity, keyJson);
        return switch (op) {
            case "put" ->
                ChangeEvent.put(
                        record(entity, key, fields == null ? JsonText.EMPTY_OBJECT : fields),
                        "gateway",
                        clock.millis());
            case "patch" ->
                ChangeEvent.patch(
                        needed(key), fields == null ? JsonText.EMPTY_OBJECT : fields, "gateway", clock.millis());
            case "delete" -> ChangeEvent.delete(needed(key), "gateway", clock.millis());
            default -> throw Problem.badRequest("Invalid op \"%s\": put, patch or delete".formatted(op));
        };
    }

    private static RecordKey needed(@Nullable RecordKey key) {
        if (key == null) {
            throw Problem.badRequest("Missing key");
        }
        return key;
    }

    private RecordKey key(Entity entity, JsonText keyJson) {
        try {
            return KeyJson.read(
                    migration,
                    ("{\"entity\":" + MAPPER.getNodeFactory().textNode(entity.name()) + ",\"key\":" + keyJson.text()
                                    + "}")
                            .getBytes(StandardCharsets.UTF_8));
        } catch (dev.changeover.model.event.MalformedEventException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static String text(Map<String, JsonText> members, String name) {
        @Nullable JsonText value = members.get(name);
        if (value == null || !value.text().startsWith("\"")) {
            throw Problem.badRequest("Missing \"%s\": a text".formatted(name));
        }
        return unquote(value);
    }

    private static String unquote(JsonText value) {
        try {
            return MAPPER.readTree(value.text()).asText();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("Cannot read compact JSON again", e);
        }
    }

    void get(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        RecordKey key = path.key(entity, 2);
        Side side = side(context);
        Reading reading = reading(side, entity, key);
        @Nullable EntityRecord record = reading.found().get(key);
        @Nullable String fault = reading.faults().get(key);
        if (fault != null) {
            throw Problem.refused("Cannot read %s on the %s side: %s".formatted(key.label(), side, fault));
        }
        if (record == null) {
            throw Problem.notFound("There is no %s on the %s side".formatted(key.label(), side));
        }
        context.status(200);
        context.contentType("application/json; charset=utf-8");
        context.result(item(record));
    }

    void list(Context context, RecordPath path) {
        Entity entity = RecordPath.entity(migration, path.segments().get(1));
        Side side = side(context);
        int limit = limit(context);
        @Nullable RecordKey after = cursor(context);
        Map<String, Object> equal = filters(context, entity);
        List<EntityRecord> records;
        try {
            records = store(side).page(entity, after, equal, limit);
        } catch (StoreUnavailableException e) {
            throw Problem.unavailable("Cannot read the %s side: %s".formatted(side, e.getMessage()));
        }
        StringBuilder body = new StringBuilder("{\"items\":[");
        for (int i = 0; i < records.size(); i++) {
            body.append(i == 0 ? "" : ",").append(item(records.get(i)));
        }
        body.append("],\"next\":");
        if (records.size() < limit) {
            body.append("null");
        } else {
            body.append('"')
                    .append(Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(
                                    records.get(records.size() - 1).key().bytes()))
                    .append('"');
        }
        context.status(200);
        context.contentType("application/json; charset=utf-8");
        context.result(body.append('}').toString());
    }

    private static String item(EntityRecord record) {
        String key = record.key().text();
        return key.substring(0, key.length() - 1) + ",\"fields\":"
                + RecordJson.text(record).text() + "}";
    }

    private void write(Context context, ChangeEvent event, boolean createOnly, List<ChangeEvent> snapshots) {
        Writes.Request request =
                new Writes.Request(event, createOnly, idempotencyKey(context, 0), wait(context), timeout(context));
        if (!snapshots.isEmpty()) {
            writes.publishFirst(snapshots);
        }
        CompletableFuture<Void> answer =
                writes.write(request).thenAccept(result -> answer(context, event.key(), createOnly, result));
        context.future(() -> answer);
    }

    private void answer(Context context, RecordKey key, boolean created, Writes.Result result) {
        @Nullable Problem problem = problem(key, result);
        if (problem != null) {
            problem.send(context);
            return;
        }
        context.status(!result.inTime() ? 202 : created ? 201 : 200);
        if (created) {
            context.header("Location", location(key));
        }
        json(context, result(key, result));
    }

    private ObjectNode batchResult(RecordKey key, Writes.Result result) {
        @Nullable Problem problem = problem(key, result);
        if (problem != null) {
            return problem.json();
        }
        return result(key, result).put("status", result.inTime() ? 200 : 202);
    }

    private static @Nullable Problem problem(RecordKey key, Writes.Result result) {
        return switch (result.outcome()) {
            case ACCEPTED, DUPLICATE -> null;
            case INVALID -> Problem.invalid(result.reason(), List.of());
            case NOT_FOUND -> Problem.notFound("There is no %s".formatted(key.label()));
            case CONFLICT ->
                Problem.conflict(
                        result.reason().isEmpty() ? "%s exists already".formatted(key.label()) : result.reason());
            case KEY_REUSED ->
                Problem.refused("This Idempotency-Key came before with another body; use a new one for a new write");
            case REFUSED -> Problem.refused(result.reason());
            case UNKNOWN ->
                Problem.unknown("It is not known whether this was written: %s. Repeat it with the same Idempotency-Key."
                        .formatted(result.reason()));
            case OVERLOADED -> Problem.overloaded("Too many writes are under way; nothing was written, try again");
            case UNAVAILABLE -> Problem.unavailable("Kafka cannot be reached; nothing was written: " + result.reason());
        };
    }

    private static ObjectNode result(RecordKey key, Writes.Result result) {
        ObjectNode body = MAPPER.createObjectNode();
        body.put("entity", key.entity().name());
        body.set("key", keyNode(key));
        body.put("partition", result.partition());
        body.put("offset", result.offset());
        ArrayNode applied = body.putArray("applied");
        for (Side side : Side.values()) {
            if (result.applied().contains(side)) {
                applied.add(side.word());
            }
        }
        return body;
    }

    static JsonNode keyNode(RecordKey key) {
        try {
            return MAPPER.readTree(key.text()).path("key");
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("Cannot read a key's own text", e);
        }
    }

    private String location(RecordKey key) {
        StringBuilder location =
                new StringBuilder("/v1/" + migration.name() + "/" + key.entity().name());
        for (Object value : key.values()) {
            location.append('/')
                    .append(java.net.URLEncoder.encode(ValueJson.text(value), StandardCharsets.UTF_8)
                            .replace("+", "%20"));
        }
        return location.toString();
    }

    /** What the legacy store holds for a key that the processor may not know yet; it loses to whatever is known. */
    private List<ChangeEvent> snapshotOf(RecordKey key) {
        if (!state.backfillMayRun() || key.entity().legacy().isEmpty()) {
            return List.of();
        }
        @Nullable
        EntityRecord record = reading(Side.LEGACY, key.entity(), key).found().get(key);
        return record == null
                ? List.of()
                : List.of(ChangeEvent.snapshot(record, "gateway, before a write", clock.millis()));
    }

    /** Likewise the records that a delete of {@code key} takes along. */
    private List<ChangeEvent> snapshotsOfChildren(RecordKey key) {
        if (!state.backfillMayRun()) {
            return List.of();
        }
        List<ChangeEvent> snapshots = new ArrayList<>();
        for (Entity child : migration.entities()) {
            Reference parent = child.parent().orElse(null);
            if (parent == null
                    || !parent.entity().equals(key.entity().name())
                    || child.legacy().isEmpty()) {
                continue;
            }
            Map<String, Object> equal = new LinkedHashMap<>();
            for (int i = 0; i < parent.fields().size(); i++) {
                equal.put(parent.fields().get(i), key.values().get(i));
            }
            @Nullable RecordKey after = null;
            List<EntityRecord> page;
            do {
                page = store(Side.LEGACY).page(child, after, equal, MAX_LIMIT);
                for (EntityRecord record : page) {
                    snapshots.add(ChangeEvent.snapshot(record, "gateway, before a delete", clock.millis()));
                    snapshots.addAll(snapshotsOfChildren(record.key()));
                    after = record.key();
                }
            } while (page.size() == MAX_LIMIT && snapshots.size() < MAX_CHILDREN_SNAPSHOT);
        }
        return snapshots;
    }

    private Reading reading(Side side, Entity entity, RecordKey key) {
        try {
            return store(side).read(entity, List.of(key));
        } catch (StoreUnavailableException e) {
            throw Problem.unavailable("Cannot read the %s side: %s".formatted(side, e.getMessage()));
        }
    }

    private StoreReader store(Side side) {
        StoreReader store = stores.get(side);
        if (store == null) {
            throw Problem.unavailable("This process does not read the %s side".formatted(side));
        }
        return store;
    }

    private Side side(Context context) {
        @Nullable String side = context.queryParam("side");
        if (side == null) {
            return state.primary();
        }
        try {
            return Side.of(side);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static int limit(Context context) {
        @Nullable String limit = context.queryParam("limit");
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (!DURATION.matcher(limit).matches() || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > MAX_LIMIT) {
            throw Problem.badRequest("Invalid limit \"%s\": 1 to %d".formatted(limit, MAX_LIMIT));
        }
        return Integer.parseInt(limit);
    }

    private @Nullable RecordKey cursor(Context context) {
        @Nullable String after = context.queryParam("after");
        if (after == null) {
            return null;
        }
        try {
            return KeyJson.read(migration, Base64.getUrlDecoder().decode(after));
        } catch (IllegalArgumentException | dev.changeover.model.event.MalformedEventException e) {
            throw Problem.badRequest("Invalid cursor: give \"after\" the \"next\" of the page before, unchanged");
        }
    }

    private static Map<String, Object> filters(Context context, Entity entity) {
        Map<String, Object> equal = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> parameter : context.queryParamMap().entrySet()) {
            String name = parameter.getKey();
            if (name.equals("limit") || name.equals("after") || name.equals("side")) {
                continue;
            }
            @Nullable Field field = entity.fieldOrNull(name);
            if (field == null) {
                throw Problem.badRequest("Invalid filter \"%s\": %s has no such field".formatted(name, entity.name()));
            }
            try {
                equal.put(name, ValueJson.parse(field, parameter.getValue().get(0)));
            } catch (InvalidValueException e) {
                throw Problem.badRequest("Invalid filter %s: %s".formatted(name, e.getMessage()));
            }
        }
        return equal;
    }

    private Duration timeout(Context context) {
        @Nullable String timeout = context.queryParam("timeout_ms");
        if (timeout == null) {
            return settings.defaultTimeout();
        }
        Matcher matcher = DURATION.matcher(timeout);
        if (!matcher.matches()) {
            throw Problem.badRequest("Invalid timeout_ms \"%s\": whole milliseconds".formatted(timeout));
        }
        Duration wanted = Duration.ofMillis(Long.parseLong(timeout));
        return wanted.compareTo(settings.maxTimeout()) > 0 ? settings.maxTimeout() : wanted;
    }

    private static Writes.Wait wait(Context context) {
        @Nullable String wait = context.queryParam("wait");
        if (wait == null) {
            return Writes.Wait.PRIMARY;
        }
        return switch (wait) {
            case "published" -> Writes.Wait.PUBLISHED;
            case "primary" -> Writes.Wait.PRIMARY;
            case "both" -> Writes.Wait.BOTH;
            default -> throw Problem.badRequest("Invalid wait \"%s\": published, primary or both".formatted(wait));
        };
    }

    private static String idempotencyKey(Context context, int line) {
        @Nullable String key = context.header("Idempotency-Key");
        if (key == null) {
            return "";
        }
        if (key.isEmpty() || key.length() > MAX_IDEMPOTENCY_KEY) {
            throw Problem.badRequest("Invalid Idempotency-Key: 1 to %d characters".formatted(MAX_IDEMPOTENCY_KEY));
        }
        return line == 0 ? key : key + "#" + line;
    }

    private JsonText body(Context context) {
        return compact(bytes(context, settings.maxBodyBytes()));
    }

    private static byte[] bytes(Context context, int limit) {
        @Nullable String type = context.contentType();
        if (type != null) {
            String media = type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
            if (!media.equals("application/json")
                    && !media.equals("application/merge-patch+json")
                    && !media.equals("application/x-ndjson")
                    && !media.equals("application/ndjson")) {
                throw Problem.unsupportedMediaType("Invalid content type %s: application/json".formatted(media));
            }
        }
        try (java.io.InputStream in = context.bodyInputStream()) {
            byte[] body = in.readNBytes(limit + 1);
            if (body.length > limit) {
                throw Problem.tooLarge("Invalid body: more than %d bytes".formatted(limit));
            }
            return body;
        } catch (java.io.IOException e) {
            throw Problem.badRequest("Cannot read the body: " + e.getMessage());
        }
    }

    private static JsonText compact(byte[] body) {
        try {
            return StrictJson.compact(body);
        } catch (InvalidJsonException e) {
            throw Problem.badRequest("Invalid JSON: " + e.getMessage());
        }
    }

    /** The top-level members of an object, in order. */
    private static Map<String, JsonText> members(JsonText object) {
        if (!object.text().startsWith("{")) {
            throw Problem.badRequest("Invalid body: a JSON object is expected");
        }
        Map<String, JsonText> members = new LinkedHashMap<>();
        try (com.fasterxml.jackson.core.JsonParser parser = StrictJson.factory().createParser(object.text())) {
            parser.nextToken();
            while (parser.nextToken() == com.fasterxml.jackson.core.JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                members.put(name, StrictJson.copy(parser));
            }
            return members;
        } catch (java.io.IOException e) {
            throw Problem.badRequest("Invalid JSON: " + e.getMessage());
        }
    }

    /** The record in {@code fields}, whose key fields may be left out where the path has them, and must be the same if not. */
    private static EntityRecord record(Entity entity, @Nullable RecordKey key, JsonText fields) {
        Map<String, JsonText> members = members(fields);
        JsonText whole = fields;
        if (key != null) {
            StringBuilder filled = new StringBuilder("{");
            for (int i = 0; i < key.values().size(); i++) {
                String name = entity.key().get(i).name();
                if (!members.containsKey(name)) {
                    if (filled.length() > 1) {
                        filled.append(',');
                    }
                    filled.append(MAPPER.getNodeFactory().textNode(name))
                            .append(':')
                            .append(valueJson(key.values().get(i)));
                }
            }
            if (filled.length() > 1) {
                String rest = fields.text().substring(1);
                whole = new JsonText(
                        filled.append(rest.equals("}") ? "" : ",").append(rest).toString());
            }
        }
        try {
            EntityRecord record = RecordJson.read(entity, whole);
            if (key != null && !record.key().equals(key)) {
                throw Problem.invalid(
                        "Invalid record: its key is not that of the path",
                        List.of(new Problem.FieldFault(entity.key().get(0).name(), "differs from the path")));
            }
            return record;
        } catch (InvalidRecordException e) {
            throw Problem.invalid(
                    "Invalid %s: %s".formatted(entity.name(), e.getMessage()),
                    e.errors().stream()
                            .map(error -> new Problem.FieldFault(error.field(), error.message()))
                            .toList());
        }
    }

    private static String valueJson(Object value) {
        return value instanceof Number || value instanceof Boolean
                ? value.toString()
                : MAPPER.getNodeFactory().textNode(ValueJson.text(value)).toString();
    }

    private static void json(Context context, JsonNode body) {
        context.contentType("application/json; charset=utf-8");
        context.result(body.toString());
    }
}
