package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.Operations;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Phase;
import dev.changeover.producer.backfill.Backfill;
import dev.changeover.producer.backfill.BackfillProgress;
import dev.changeover.producer.backfill.BackfillSettings;
import dev.changeover.producer.backfill.BackfillSummary;
import dev.changeover.store.StoreReader;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@code backfill}: from {@code planned} through {@code backfilling} to {@code dual-write}; resumes what was begun. */
final class BackfillOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration REPORT = Duration.ofMillis(200);
    private static final String WHO = "operator";

    private final Migration migration;
    private final LogSettings log;
    private final ProgressTail progress;
    private final StoreReader legacy;
    private final String instance;
    private final int chunkRecords;
    private final Phases phases;
    private final InstantSource clock;

    BackfillOperation(
            Migration migration,
            LogSettings log,
            ProgressTail progress,
            StoreReader legacy,
            String instance,
            int chunkRecords,
            Phases phases,
            InstantSource clock) {
        this.migration = migration;
        this.log = log;
        this.progress = progress;
        this.legacy = legacy;
        this.instance = instance;
        this.chunkRecords = chunkRecords;
        this.phases = phases;
        this.clock = clock;
    }

    Operations.Work work(JsonNode options) {
        int rate = options.path("rate_limit").asInt(0);
        String entity = options.path("entity").asText("");
        KnownEntities.check(entity, migration.entities());
        return operation -> run(operation, rate, entity);
    }

    private JsonNode run(Operations.Operation operation, int rate, String entity)
            throws Operations.OperationFailedException, InterruptedException {
        phases.enter(Phase.PLANNED, Phase.BACKFILLING, WHO, "backfill");
        long began = System.nanoTime();
        try (Backfill backfill = Backfill.start(
                migration,
                legacy,
                log,
                progress,
                BackfillSettings.of("gateway-" + instance)
                        .withChunks(chunkRecords)
                        .withRate(rate)
                        .withEntity(entity),
                clock)) {
            while (true) {
                operation.progress(json(backfill.progress()));
                try {
                    BackfillSummary summary = backfill.completion().get(REPORT.toMillis(), TimeUnit.MILLISECONDS);
                    operation.progress(json(backfill.progress()));
                    return finish(summary, (System.nanoTime() - began) / 1e9);
                } catch (TimeoutException e) {
                    // not yet: report again
                }
            }
        } catch (ExecutionException e) {
            throw new Operations.OperationFailedException("The backfill stopped: " + e.getCause());
        }
    }

    private JsonNode finish(BackfillSummary summary, double seconds) {
        if (summary.whole()) {
            phases.enter(Phase.BACKFILLING, Phase.DUAL_WRITE, WHO, "the backfill is complete");
        }
        return MAPPER.createObjectNode()
                .put("published", summary.published())
                .put("bad", summary.bad())
                .put("seconds", seconds)
                .put("phase", phases.state().phase().word());
    }

    private static ObjectNode json(BackfillProgress progress) {
        BackfillProgress.OfEntity total = progress.total();
        ObjectNode json = MAPPER.createObjectNode();
        json.put("state", progress.state().name().toLowerCase(java.util.Locale.ROOT));
        json.put("done", total.published() + total.bad());
        json.put("total", Math.max(total.expected(), total.published() + total.bad()));
        json.put("bad", total.bad());
        json.put("rate", Math.round(progress.recordsPerSecond()));
        progress.timeLeft().ifPresent(left -> json.put("seconds_left", left.toSeconds()));
        ObjectNode entities = json.putObject("entities");
        progress.entities()
                .forEach((name, figures) -> entities.putObject(name)
                        .put("done", figures.published() + figures.bad())
                        .put("total", figures.expected()));
        if (!progress.lastError().isEmpty()) {
            json.put("last_error", progress.lastError());
        }
        return json;
    }
}
