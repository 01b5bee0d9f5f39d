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
import java.util.concurrent.Executor;
import java.util.function.Function;
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
        @Nullable Side asked = side(entity, query);
        CompletableFuture<Found> found = asked == null
                ? fromPrimary(primary -> shared(entity, key, primary)).whenComplete((answer, failure) -> {
                    if (failure == null) {
                        state.shares().served(key);
                    }
                })
                : found(entity, key, asked);
        context.future(() -> found.thenComposeAsync(
                answer -> SlowReader.send(
                        json(context).header(SIDE_HEADER, answer.side().word()), answer.body(key)),
                answering));
    }

    /** From the share that the target serves before it is the primary; from the primary if the target cannot. */
    private CompletableFuture<Found> shared(Entity entity, RecordKey key, Side primary) {
        boolean fromTarget = primary == Side.LEGACY && state.shares().fromTarget(key);
        return fromTarget
                ? found(entity, key, Side.TARGET).exceptionallyCompose(failure -> found(entity, key, primary))
                : found(entity, key, primary);
    }

    /** What {@code look} finds on the primary, once it may be shown; if something was decided meanwhile, what it finds then. */
    private <T extends Look> CompletableFuture<T> fromPrimary(Function<Side, CompletableFuture<T>> look) {
        return state.served()
                .thenCompose(served -> look.apply(served.primary())
                        .thenCompose(found -> found.side() == served.primary()
                                ? state.mayShow(served, found.positions())
                                        .thenCompose(may ->
                                                may ? CompletableFuture.completedFuture(found) : fromPrimary(look))
                                : CompletableFuture.completedFuture(found)));
    }

    /** What was found on a side. */
    private interface Look {
        Side side();

        /** Where the side was then, in the partitions that it can have come from. */
        Map<Integer, Long> positions();
    }

    private record Found(Side side, @Nullable EntityRecord found, Map<Integer, Long> positions) implements Look {
        byte[] body(RecordKey key) {
            if (found == null) {
                throw Problem.notFound("There is no %s on the %s side".formatted(key.label(), side));
            }
            return item(found).getBytes(StandardCharsets.UTF_8);
        }
    }

    private CompletableFuture<Found> found(Entity entity, RecordKey key, Side side) {
        return reads.submit(() -> read(entity, key, side));
    }

    private Found read(Entity entity, RecordKey key, Side side) {
        Reading reading = reads.on(side).read(entity, List.of(key));
        @Nullable String fault = reading.faults().get(key);
        if (fault != null) {
            throw Problem.refused("Cannot read %s on the %s side: %s".formatted(key.label(), side, fault));
        }
        int partition = migration.partitionOf(key);
        return new Found(
                side,
                reading.found().get(key),
                Map.of(partition, reading.positions().getOrDefault(partition, 0L)));
    }

    void page(Context context, RecordPath path) {
        Entity entity = path.entity(migration);
        Query query = Query.parse(context.req().getQueryString());
        @Nullable Side asked = side(entity, query);
        int limit = query.limit();
        @Nullable RecordKey after = query.after(migration, entity);
        Map<String, Object> equal = query.filters(entity);
        Function<Side, CompletableFuture<Page>> look =
                side -> reads.submit(() -> page(entity, side, after, equal, limit));
        CompletableFuture<Page> found = asked == null ? fromPrimary(look) : look.apply(asked);
        context.future(() -> found.thenComposeAsync(page -> SlowReader.send(json(context), page.body()), answering));
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Page(Side side, byte[] body, Map<Integer, Long> positions) implements Look {}

    private Page page(Entity entity, Side side, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
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
        // Asked afterwards: all that is on the page came before.
        Map<Integer, Long> positions = reads.on(side).read(entity, List.of()).positions();
        return new Page(side, body.append('}').toString().getBytes(StandardCharsets.UTF_8), positions);
    }

    /** The side that is asked for; for an entity that lives on one side only, that one; null for the primary. */
    private static @Nullable Side side(Entity entity, Query query) {
        @Nullable Side asked = query.side().orElse(null);
        if (asked != null && entity.on(asked).isEmpty()) {
            throw Problem.notFound("There are no %s on the %s side".formatted(entity.name(), asked));
        }
        if (asked != null) {
            return asked;
        }
        for (Side side : Side.values()) {
            if (entity.on(side).isEmpty()) {
                return side.other();
            }
        }
        return null;
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
