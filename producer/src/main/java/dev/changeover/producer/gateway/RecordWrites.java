package dev.changeover.producer.gateway;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.entity.Uuid5;
import dev.changeover.model.event.ChangeEvent;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code PUT}, {@code POST}, {@code PATCH} and {@code DELETE} of one record. */
final class RecordWrites {
    private static final Logger LOG = LoggerFactory.getLogger(RecordWrites.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    static final String ORIGIN = "gateway";

    private final Migration migration;
    private final GatewaySettings settings;
    private final Bodies bodies;
    private final StoreReads reads;
    private final Snapshots snapshots;
    private final Writes writes;
    private final Executor answering;
    private final InstantSource clock;

    RecordWrites(
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

    void put(Context context, RecordPath path) {
        RecordKey key = path.key(path.entity(migration));
        WriteOptions options = WriteOptions.of(context, settings);
        withBody(
                context,
                body -> options.request(ChangeEvent.put(RecordBody.of(key, body), ORIGIN, clock.millis()), false));
    }

    void post(Context context, RecordPath path) {
        Entity entity = path.entity(migration);
        WriteOptions options = WriteOptions.of(context, settings);
        withBody(
                context,
                body -> options.request(
                        ChangeEvent.put(created(entity, body, options.idempotencyKey()), ORIGIN, clock.millis()),
                        true));
    }

    void patch(Context context, RecordPath path) {
        RecordKey key = path.key(path.entity(migration));
        WriteOptions options = WriteOptions.of(context, settings);
        withBody(
                context,
                body -> options.request(
                        ChangeEvent.patch(key, RecordBody.patch(key, body), ORIGIN, clock.millis()), false));
    }

    void delete(Context context, RecordPath path) {
        RecordKey key = path.key(path.entity(migration));
        Writes.Request request =
                WriteOptions.of(context, settings).request(ChangeEvent.delete(key, ORIGIN, clock.millis()), false);
        context.future(() -> write(context, request));
    }

    private void withBody(Context context, Function<byte[], Writes.Request> request) {
        context.future(() ->
                bodies.read(context, settings.maxBodyBytes()).thenCompose(body -> write(context, request.apply(body))));
    }

    /** A key that is one UUID may be left to us: the same for a repeat with the same idempotency key. */
    private EntityRecord created(Entity entity, byte[] body, String idempotencyKey) {
        boolean uuid = entity.key().size() == 1 && entity.key().get(0).type().kind() == FieldType.Kind.UUID;
        if (!uuid || RecordBody.names(entity.key().get(0).name(), body)) {
            return RecordBody.of(entity, body);
        }
        UUID id = idempotencyKey.isEmpty()
                ? UUID.randomUUID()
                : Uuid5.of(migration.namespace(), entity.name() + "\n" + idempotencyKey);
        return RecordBody.of(RecordKey.of(entity, List.of(id)), body);
    }

    private CompletableFuture<Void> write(Context context, Writes.Request request) {
        CompletableFuture<Void> ready = snapshots.needed(request)
                ? reads.submit(() -> {
                    snapshots.publishBefore(request);
                    return null;
                })
                : CompletableFuture.completedFuture(null);
        return ready.thenCompose(known -> writes.write(request)
                .exceptionally(RecordWrites::unknown)
                .thenAcceptAsync(result -> answer(context, request, result), answering));
    }

    /** It may be on the log: whatever went wrong after it was handed over is no "500, nothing happened". */
    static Writes.Result unknown(Throwable failure) {
        LOG.atError().setCause(failure).log("A write failed");
        return new Writes.Result(-1, -1, Writes.Outcome.UNKNOWN, "an internal error, see the log", Set.of(), false);
    }

    private void answer(Context context, Writes.Request request, Writes.Result result) {
        RecordKey key = request.event().key();
        @Nullable Problem problem = problem(key, result);
        if (problem != null) {
            problem.send(context);
            return;
        }
        int done = request.createOnly() ? 201 : 200;
        context.status(result.inTime() ? done : 202);
        if (request.createOnly()) {
            context.header("Location", RecordPath.of(migration, key));
        }
        context.contentType("application/json; charset=utf-8");
        context.result(body(key, result).toString());
    }

    static @Nullable Problem problem(RecordKey key, Writes.Result result) {
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
            case UNAVAILABLE -> Problem.unavailable("Kafka cannot be reached; nothing was written, try again");
        };
    }

    static ObjectNode body(RecordKey key, Writes.Result result) {
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

    private static com.fasterxml.jackson.databind.JsonNode keyNode(RecordKey key) {
        try {
            return MAPPER.readTree(key.text()).path("key");
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("Cannot read a key's own text", e);
        }
    }
}
