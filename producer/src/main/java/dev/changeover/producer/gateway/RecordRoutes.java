package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Migration;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/** Records over HTTP: {@code /v1/{migration}/{entity}/{key…}} and {@code /v1/{migration}/batch}. */
final class RecordRoutes {
    private final RecordReads recordReads;
    private final RecordWrites recordWrites;
    private final BatchRoute batch;

    private RecordRoutes(RecordReads recordReads, RecordWrites recordWrites, BatchRoute batch) {
        this.recordReads = recordReads;
        this.recordWrites = recordWrites;
        this.batch = batch;
    }

    /** @param answering threads in which answers are sent; not those of the log, on which all other writes wait */
    static RecordRoutes of(
            Migration migration,
            GatewaySettings settings,
            GatewayState state,
            Writes writes,
            Bodies bodies,
            StoreReads reads,
            Executor answering,
            InstantSource clock) {
        Snapshots snapshots = new Snapshots(migration, state, reads, writes, clock);
        return new RecordRoutes(
                new RecordReads(migration, state, reads, answering),
                new RecordWrites(migration, settings, bodies, reads, snapshots, writes, answering, clock),
                new BatchRoute(migration, settings, bodies, reads, snapshots, writes, answering, clock));
    }

    void handle(Context context, RecordPath path) {
        switch (context.req().getMethod()) {
            case "GET", "HEAD" -> {
                if (path.ofEntity()) {
                    recordReads.page(context, path);
                } else {
                    recordReads.one(context, path);
                }
            }
            case "POST" -> post(context, path);
            case "PUT" -> {
                ofRecord(context, path, "PUT");
                recordWrites.put(context, path);
            }
            case "PATCH" -> {
                ofRecord(context, path, "PATCH");
                recordWrites.patch(context, path);
            }
            case "DELETE" -> {
                ofRecord(context, path, "DELETE");
                recordWrites.delete(context, path);
            }
            default -> throw Problem.methodNotAllowed("Invalid method");
        }
    }

    private void post(Context context, RecordPath path) {
        if (!path.ofEntity()) {
            context.header("Allow", "GET, HEAD, PUT, PATCH, DELETE");
            throw Problem.methodNotAllowed("POST creates in the entity's own path; use PUT for a key");
        }
        if (path.segments().get(1).equals("batch")) {
            batch.post(context);
        } else {
            recordWrites.post(context, path);
        }
    }

    private static void ofRecord(Context context, RecordPath path, String method) {
        if (path.ofEntity()) {
            context.header("Allow", "GET, HEAD, POST");
            throw Problem.methodNotAllowed("%s is for one record: name its key in the path".formatted(method));
        }
    }
}
