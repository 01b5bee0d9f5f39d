package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Condition;
import dev.changeover.app.cutover.Cutover;
import dev.changeover.app.cutover.Direction;
import dev.changeover.app.cutover.Fallback;
import dev.changeover.app.cutover.Gate;
import dev.changeover.app.cutover.NotSwitchedException;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.cutover.Serving;
import dev.changeover.app.http.MigrationView;
import dev.changeover.app.http.Operations;
import dev.changeover.log.ControlLog;
import dev.changeover.log.LogException;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.topic.Phase;
import dev.changeover.producer.gateway.Problem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** {@code cutover}, {@code rollback} and {@code complete}. */
final class CutoverOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final String WHO = "operator";

    private final ControlLog control;
    private final Phases phases;
    private final ProgressTail progress;
    private final Serving serving;
    private final Gate gate;
    private final int partitions;
    private final String name;
    private final AtomicBoolean running = new AtomicBoolean();

    CutoverOperation(
            ControlLog control,
            Phases phases,
            ProgressTail progress,
            Serving serving,
            Gate gate,
            int partitions,
            String name) {
        this.control = control;
        this.phases = phases;
        this.progress = progress;
        this.serving = serving;
        this.gate = gate;
        this.partitions = partitions;
        this.name = name;
    }

    /**
     * Options: {@code dry_run}, {@code timeout_ms}, {@code who}, {@code why}.
     *
     * @throws Problem 409 in another phase, or with the closed conditions of the gate
     */
    Operations.Work cutover(JsonNode options) {
        Phase phase = phases.state().phase();
        if (phase != Phase.PLANNED && phase != Phase.BACKFILLING) {
            expect(Direction.CUTOVER);
        }
        List<Condition> conditions = gate.fresh();
        List<Condition> closed =
                conditions.stream().filter(each -> !each.open()).toList();
        if (closed.isEmpty()) {
            expect(Direction.CUTOVER);
        } else {
            throw Problem.conflict(
                    "The gate is closed: "
                            + closed.stream()
                                    .map(each -> "%s (%s): %s".formatted(each.name(), each.figure(), each.reason()))
                                    .collect(Collectors.joining("; ")),
                    "gate",
                    MigrationView.gate(closed));
        }
        return work(Direction.CUTOVER, options);
    }

    /** As {@link #cutover}, without a gate: what the certificate says is enough. */
    Operations.Work rollback(JsonNode options) {
        Phase phase = phases.state().phase();
        if (phase == Phase.DUAL_WRITE || phase == Phase.BACKFILLING || phase == Phase.PLANNED) {
            return operation -> MAPPER.createObjectNode()
                    .put("phase", phase.word())
                    .put("primary", phase.primary().word())
                    .put("switched", false)
                    .put("reason", "The legacy side is the primary already");
        }
        expect(Direction.ROLLBACK);
        return work(Direction.ROLLBACK, options);
    }

    /** @throws Problem 409 in another phase */
    Operations.Work complete(JsonNode options) {
        Phase phase = phases.state().phase();
        if (phase != Phase.CUT_OVER) {
            throw Problem.conflict("Cannot complete in phase %s: it is done in %s".formatted(phase, Phase.CUT_OVER));
        }
        return alone(operation -> run("complete", false, options, operation, Cutover::complete));
    }

    private void expect(Direction direction) {
        Phase phase = phases.state().phase();
        if (phase != direction.from()) {
            throw Problem.conflict("Cannot begin a %s in phase %s: it begins in %s"
                    .formatted(direction.word(), phase, direction.from()));
        }
    }

    private Operations.Work work(Direction direction, JsonNode options) {
        boolean dryRun = options.path("dry_run").asBoolean();
        return alone(operation -> run(
                direction.word(),
                dryRun,
                options,
                operation,
                (cutover, timeout, told) -> cutover.run(direction, dryRun, timeout, told)));
    }

    private Operations.Work alone(Operations.Work work) {
        if (running.get()) {
            throw Problem.conflict("A switch of the primary is under way already");
        }
        return operation -> {
            if (!running.compareAndSet(false, true)) {
                throw new Operations.OperationFailedException("A switch of the primary is under way already");
            }
            try {
                return work.run(operation);
            } finally {
                running.set(false);
            }
        };
    }

    private interface Switch {
        Cutover.Report run(Cutover cutover, Duration timeout, Consumer<Cutover.Step> told)
                throws NotSwitchedException, InterruptedException;
    }

    private JsonNode run(
            String action, boolean dryRun, JsonNode options, Operations.Operation operation, Switch switching)
            throws Operations.OperationFailedException, InterruptedException {
        Duration timeout = options.has("timeout_ms")
                ? Duration.ofMillis(options.path("timeout_ms").asLong())
                : TIMEOUT;
        String who = Fallback.by(options.path("who").asText(WHO), name);
        ArrayNode steps = MAPPER.createArrayNode();
        try {
            Cutover cutover = new Cutover(control, phases, progress, serving, partitions, who);
            Cutover.Report report = switching.run(cutover, timeout, step -> {
                steps.add(json(step));
                operation.progress(MAPPER.createObjectNode().set("steps", steps.deepCopy()));
            });
            ObjectNode result = result(report, steps);
            phases.audit(
                    who,
                    dryRun ? "dry run" : "",
                    action,
                    new JsonText(brief(report).toString()));
            return result;
        } catch (NotSwitchedException e) {
            throw new Operations.OperationFailedException(String.valueOf(e.getMessage()));
        } catch (LogException e) {
            throw new Operations.OperationFailedException(
                    "Kafka did not answer; look at the status, it says what counts: " + e.getMessage());
        }
    }

    private ObjectNode brief(Cutover.Report report) {
        return MAPPER.createObjectNode()
                .put("switched", report.switched())
                .put("certificate", report.certificate().id())
                .put("attempts", report.attempts())
                .put("reads_held_ms", report.readsHeld().toMillis())
                .put("writes_longer_ms", report.writesLonger().toMillis());
    }

    private ObjectNode result(Cutover.Report report, ArrayNode steps) {
        ObjectNode result = MAPPER.createObjectNode();
        result.put("phase", phases.state().phase().word());
        result.put("primary", phases.state().primary().word());
        result.put("epoch", phases.state().epoch());
        result.put("switched", report.switched());
        result.put("attempts", report.attempts());
        result.set("steps", steps);
        ObjectNode latency = result.putObject("added_latency");
        latency.put("writes_ms", report.writesLonger().toNanos() / 1e6);
        latency.put("reads_ms", report.readsHeld().toNanos() / 1e6);
        result.set("certificate", MigrationView.certificate(report.certificate()));
        return result;
    }

    private static ObjectNode json(Cutover.Step step) {
        return MAPPER.createObjectNode()
                .put("step", step.name())
                .put("ms", step.took().toNanos() / 1e6)
                .put("detail", step.detail());
    }
}
