package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.RecordJson;
import dev.changeover.store.Reading;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** {@code GET} of records: one by its key, or a page of them. */
final class RecordReads {
    /** Of the answer: the side that it is from. */
    private static final String SIDE_HEADER = "Changeover-Side";

    private final Migration migration;
    private final GatewayState state;
    private final StoreReads reads;
    private final Executor answering;

    RecordReads(Migration migration, GatewayState state, StoreReads reads, Executor answering) {
        this.migration = migration;
        this.state = state;
        this.reads = reads;
        this.answering = answering;
    }

    void one(Context context, RecordPath path) {
        Entity entity = path.entity(migration);
        RecordKey key = path.key(entity);
        Query query = Query.parse(context.req().getQueryString());
        CompletableFuture<Side> asked = side(entity, query);
        boolean shared = query.side().isEmpty() && isOnBoth(entity);
        context.future(() -> asked.thenCompose(
                        primary -> shared ? shared(entity, key, primary) : found(entity, key, primary))
                .thenComposeAsync(
                        found -> SlowReader.send(
                                json(context).header(SIDE_HEADER, found.side().word()), found.body()),
                        answering));
    }

    /** Of the share that the target serves before it is the primary; from the primary if the target cannot. */
    private CompletableFuture<Found> shared(Entity entity, RecordKey key, Side primary) {
        ReadShares shares = state.shares();
        Side chosen = primary == Side.LEGACY && shares.fromTarget(key) ? Side.TARGET : primary;
        CompletableFuture<Found> found = found(entity, key, chosen);
        if (chosen != primary) {
            found = found.exceptionallyCompose(failure ->
                    isMissing(failure) ? CompletableFuture.failedFuture(failure) : found(entity, key, primary));
        }
        return found.whenComplete((served, failure) -> {
            if (served != null || isMissing(failure)) {
                shares.served(key);
            }
        });
    }

    private static boolean isMissing(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof Problem problem && problem.status() == 404;
    }

    private static boolean isOnBoth(Entity entity) {
        return entity.on(Side.LEGACY).isPresent() && entity.on(Side.TARGET).isPresent();
    }

    private record Found(Side side, EntityRecord found) {
        byte[] body() {
            return item(found).getBytes(StandardCharsets.UTF_8);
        }
    }

    private CompletableFuture<Found> found(Entity entity, RecordKey key, Side side) {
        return reads.submit(() -> new Found(side, read(entity, key, side)));
    }

    private EntityRecord read(Entity entity, RecordKey key, Side side) {
        Reading reading = reads.on(side).read(entity, List.of(key));
        @Nullable String fault = reading.faults().get(key);
        if (fault != null) {
            throw Problem.refused("Cannot read %s on the %s side: %s".formatted(key.label(), side, fault));
        }
        @Nullable EntityRecord found = reading.found().get(key);
        if (found == null) {
            throw Problem.notFound("There is no %s on the %s side".formatted(key.label(), side));
        }
        return found;
    }

    void page(Context context, RecordPath path) {
        Entity entity = path.entity(migration);
        Query query = Query.parse(context.req().getQueryString());
        CompletableFuture<Side> asked = side(entity, query);
        int limit = query.limit();
        @Nullable RecordKey after = query.after(migration, entity);
        Map<String, Object> equal = query.filters(entity);
        context.future(() -> asked.thenCompose(side -> reads.submit(() -> page(entity, side, after, equal, limit)))
                .thenComposeAsync(body -> SlowReader.send(json(context), body), answering));
    }

    private byte[] page(Entity entity, Side side, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        // One more than wanted tells whether there is a next page.
        int fetched = Math.min(limit + 1, Query.MAX_LIMIT);
        List<EntityRecord> records = reads.on(side).page(entity, after, equal, fetched);
        boolean more = records.size() == fetched;
        List<EntityRecord> shown = records.subList(0, Math.min(limit, records.size()));
        StringBuilder body = new StringBuilder("{\"items\":[");
        for (int i = 0; i < shown.size(); i++) {
            body.append(i == 0 ? "" : ",").append(item(shown.get(i)));
        }
        body.append("],\"next\":");
        if (more) {
            body.append('"')
                    .append(Query.cursor(shown.get(shown.size() - 1).key()))
                    .append('"');
        } else {
            body.append("null");
        }
        return body.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The side that is asked for, otherwise the primary; for an entity that lives on one side only, that one. */
    private CompletableFuture<Side> side(Entity entity, Query query) {
        @Nullable Side asked = query.side().orElse(null);
        if (asked != null && entity.on(asked).isEmpty()) {
            throw Problem.notFound("There are no %s on the %s side".formatted(entity.name(), asked));
        }
        if (asked != null) {
            return CompletableFuture.completedFuture(asked);
        }
        for (Side side : Side.values()) {
            if (entity.on(side).isEmpty()) {
                return CompletableFuture.completedFuture(side.other());
            }
        }
        return state.served().thenApply(GatewayState.Served::primary);
    }

    private static Context json(Context context) {
        return context.status(200).contentType("application/json; charset=utf-8");
    }

    private static String item(EntityRecord entityRecord) {
        String key = entityRecord.key().text();
        return key.substring(0, key.length() - 1) + ",\"fields\":"
                + RecordJson.text(entityRecord).text() + "}";
    }
}
