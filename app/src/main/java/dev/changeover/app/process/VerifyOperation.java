package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Gate;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.MigrationView;
import dev.changeover.app.http.Operations;
import dev.changeover.log.Barriers;
import dev.changeover.log.LogException;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Verdict;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.Verifier;
import dev.changeover.verifier.deepscan.DeepScanListener;
import dev.changeover.verifier.deepscan.DeepScanOptions;
import dev.changeover.verifier.deepscan.DeepScanReport;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code verify}: by the stream's verdicts, or by a deep scan of both stores. */
final class VerifyOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_LISTED = 100;
    private static final Duration BARRIER_LIMIT = Duration.ofMinutes(5);

    private final List<Entity> entities;
    private final @Nullable Verifier verifier;
    private final Barriers barriers;
    private final MigrationView view;
    private final Phases phases;

    VerifyOperation(
            List<Entity> entities, @Nullable Verifier verifier, Barriers barriers, MigrationView view, Phases phases) {
        this.entities = List.copyOf(entities);
        this.verifier = verifier;
        this.barriers = barriers;
        this.view = view;
        this.phases = phases;
    }

    /** @throws Problem if the options are invalid, or this process has no verifier */
    Operations.Work work(JsonNode options) {
        String entity = options.path("entity").asText("");
        KnownEntities.check(entity, entities);
        @Nullable Verifier looking = verifier;
        if (phases.state().phase() == Phase.COMPLETE) {
            throw Problem.refused("The migration is complete: the legacy side is not written any more");
        }
        if (looking == null) {
            throw Problem.refused("This process has no verifier; ask the one that has");
        }
        int sample = options.path("sample").asInt(0);
        return options.path("deep").asBoolean()
                ? operation -> deep(looking, entity, sample, operation)
                : operation -> stream(looking, entity);
    }

    private JsonNode deep(Verifier looking, String entity, int sample, Operations.Operation operation)
            throws Operations.OperationFailedException, InterruptedException {
        DeepScanOptions options = DeepScanOptions.whole().sampled(sample);
        if (!entity.isEmpty()) {
            options = options.of(List.of(entity));
        }
        Phase phase = phases.state().phase();
        if (phase == Phase.PLANNED || phase == Phase.BACKFILLING) {
            options = options.whileBackfilling();
        }
        try {
            // What the backfill has read may still be before the processor: the log would not know of it yet.
            barriers.sendThrough(new Barrier(UUID.randomUUID().toString(), "verify"), BARRIER_LIMIT);
            DeepScanReport report = looking.deepScan(options, new DeepScanListener() {
                @Override
                public void entityStarted(Entity started) {
                    operation.progress(MAPPER.createObjectNode().put("entity", started.name()));
                }
            });
            ObjectNode result = result(report);
            if (entity.isEmpty() && sample == 0) {
                phases.audit(
                        "operator", Gate.DEEP_SCAN, new JsonText(brief(report).toString()));
            }
            return result;
        } catch (StoreUnavailableException | LogException e) {
            throw new Operations.OperationFailedException("Cannot tell: " + e.getMessage());
        }
    }

    private static ObjectNode brief(DeepScanReport report) {
        return MAPPER.createObjectNode()
                .put("verdict", verdict(report))
                .put("records", report.records())
                .put("findings", report.findingsCounted())
                .put("planted", planted(report))
                .put("planted_found", report.planted() > 0 && report.detected() == report.planted());
    }

    private static String planted(DeepScanReport report) {
        return "%d of %d".formatted(report.detected(), report.planted());
    }

    private static String verdict(DeepScanReport report) {
        return switch (report.outcome()) {
            case EQUAL -> "equal";
            case DIFFERENT -> "differ";
            case UNDECIDED -> "unknown";
        };
    }

    private static ObjectNode result(DeepScanReport report) {
        ObjectNode result = MAPPER.createObjectNode();
        result.put("verdict", verdict(report));
        result.put(
                "reason",
                switch (report.outcome()) {
                    case EQUAL -> "";
                    case DIFFERENT ->
                        "%d records differ, %d cannot be read"
                                .formatted(report.findingsCounted(), report.unreadableCounted());
                    case UNDECIDED ->
                        report.records() == 0
                                ? "no record was looked at"
                                : "%d records could not be judged; planted differences found: %s"
                                        .formatted(report.undecided(), planted(report));
                });
        result.put("planted", planted(report));
        long millis = Math.max(1, report.endedMillis() - report.startedMillis());
        result.put("records", report.records());
        result.put("records_per_second", report.records() * 1000 / millis);
        ObjectNode all = result.putObject("entities");
        ArrayNode unreadable = result.putArray("unreadable");
        for (DeepScanReport.EntityReport each : report.entities()) {
            ObjectNode figures = all.putObject(each.entity());
            for (Side side : Side.values()) {
                figures.putObject(side.word())
                        .put("count", each.counted().getOrDefault(side, 0L))
                        .put(
                                "digest",
                                each.digests().getOrDefault(side, Digest.ZERO).hex());
            }
            figures.put("differences", each.findingsCounted());
            figures.put("unreadable", each.unreadableCounted());
            figures.put("undecided", each.undecided());
            figures.put("scope", each.scope());
            figures.put("records_per_second", Math.round(each.recordsPerSecond()));
            each.unreadable().stream()
                    .limit(MAX_LISTED)
                    .forEach(bad -> unreadable
                            .addObject()
                            .put("side", bad.side().word())
                            .put("origin", bad.origin())
                            .put("fault", bad.fault()));
        }
        mismatches(report.findings(), result);
        return result;
    }

    private static void mismatches(List<Verdict> findings, ObjectNode result) {
        ArrayNode list = result.putArray("mismatches");
        findings.stream().limit(MAX_LISTED).forEach(finding -> list.add(MigrationView.mismatch(finding)));
    }

    private JsonNode stream(Verifier looking, String entity) throws InterruptedException {
        ObjectNode result = MAPPER.createObjectNode();
        List<Verdict> open = looking.mismatches(
                verdict -> entity.isEmpty() || verdict.key().entity().name().equals(entity), MAX_LISTED);
        List<String> faults = looking.health().faults();
        result.put("verdict", !open.isEmpty() ? "differ" : faults.isEmpty() ? "equal" : "unknown");
        result.put("reason", !open.isEmpty() ? open.size() + " open mismatches" : String.join("; ", faults));
        result.set("lag", view.lag());
        mismatches(open, result);
        return result;
    }
}
