package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.Operations;
import dev.changeover.log.LogException;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.Wait;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.deepscan.ChangesHistory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code repair}: what the log says of a record that is wrong on a side goes through the log once more, as a live write that counts only
 * if the log still says so when it gets there. So it keeps its place in the order of its record, and a write that comes meanwhile is never
 * undone: the repair loses then, and the newer write heals the record itself.
 */
final class RepairOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int PORTION = 200;
    private static final int MOST = 100_000;
    private static final int MAX_LISTED = 1_000;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final Duration HEAL_LIMIT = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 100;
    private static final String AMBIGUOUS =
            "Both sides hold something else than the log: adopt the one that is unexpected with --side legacy or --side target";

    private final Migration migration;
    private final VerdictTail verdicts;
    private final Map<Side, StoreReader> stores;
    private final ChangesHistory history;
    private final @Nullable Publisher publisher;
    private final Phases phases;
    private final InstantSource clock;

    RepairOperation(
            Migration migration,
            VerdictTail verdicts,
            Map<Side, StoreReader> stores,
            ChangesHistory history,
            @Nullable Publisher publisher,
            Phases phases,
            InstantSource clock) {
        this.migration = migration;
        this.verdicts = verdicts;
        this.stores = Map.copyOf(stores);
        this.history = history;
        this.publisher = publisher;
        this.phases = phases;
        this.clock = clock;
    }

    /** What is to be done about one record. */
    private record Step(
            Verdict verdict, String action, @Nullable Write write, String reason) {}

    /** @throws Problem if the options are invalid, or this process has no gateway */
    Operations.Work work(JsonNode options) {
        Publisher open = publisher;
        if (open == null) {
            throw Problem.refused("This process has no gateway; ask the one that has");
        }
        Predicate<Verdict> matching = matching(options);
        boolean adopt = options.path("adopt").asBoolean();
        boolean dryRun = options.path("dry_run").asBoolean();
        return operation -> {
            try {
                return run(open, matching, adopt, dryRun, operation);
            } catch (StoreUnavailableException | LogException e) {
                throw new Operations.OperationFailedException("Cannot repair now: " + e.getMessage());
            }
        };
    }

    private Predicate<Verdict> matching(JsonNode options) {
        String side = options.path("side").asText("");
        String entity = options.path("entity").asText("");
        KnownEntities.check(entity, migration.entities());
        try {
            @Nullable Side wanted = side.isEmpty() ? null : Side.of(side);
            return verdict -> (wanted == null || verdict.side() == wanted)
                    && (entity.isEmpty() || verdict.key().entity().name().equals(entity));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private JsonNode run(
            Publisher open, Predicate<Verdict> matching, boolean adopt, boolean dryRun, Operations.Operation operation)
            throws InterruptedException {
        List<Verdict> wrong = verdicts.open(matching, MOST);
        ObjectNode result = MAPPER.createObjectNode().put("found", wrong.size());
        ArrayNode items = result.putArray("items");
        Set<RecordKey> ambiguous = adopt ? toChooseFrom(wrong) : Set.of();
        int done = 0;
        int failed = 0;
        for (int from = 0; from < wrong.size(); from += PORTION) {
            List<Verdict> portion = wrong.subList(from, Math.min(wrong.size(), from + PORTION));
            List<Step> steps = steps(portion, adopt, ambiguous);
            for (Step step : dryRun ? steps : repaired(open, steps)) {
                done += step.reason().isEmpty() ? 1 : 0;
                failed += step.reason().isEmpty() ? 0 : 1;
                list(items, step);
            }
            operation.progress(
                    MAPPER.createObjectNode().put("done", from + portion.size()).put("total", wrong.size()));
        }
        result.put("dry_run", dryRun);
        result.put("repaired", dryRun ? 0 : done);
        result.put("failed", failed);
        if (!dryRun && !wrong.isEmpty()) {
            result.put("left", left(wrong));
            phases.audit(
                    "operator",
                    "repair",
                    new JsonText(MAPPER.createObjectNode()
                            .put("found", wrong.size())
                            .put("repaired", done)
                            .put("failed", failed)
                            .toString()));
        }
        return result;
    }

    private List<Step> steps(List<Verdict> portion, boolean adopt, Set<RecordKey> ambiguous)
            throws InterruptedException {
        Set<RecordKey> keys =
                new LinkedHashSet<>(portion.stream().map(Verdict::key).toList());
        Map<RecordKey, ChangesHistory.Logged> logged;
        try (ChangesHistory.Follower follower = history.follow(keys)) {
            logged = follower.catchUp();
        }
        List<Step> steps = new ArrayList<>();
        for (Verdict verdict : portion) {
            ChangesHistory.Logged last = logged.get(verdict.key());
            steps.add(
                    ambiguous.contains(verdict.key())
                            ? new Step(verdict, "adopt", null, AMBIGUOUS)
                            : step(verdict, last == null ? null : last.state(), adopt));
        }
        return steps;
    }

    /** Records that are wrong on both sides, one of which others have edited: whoever adopts has to choose. */
    private static Set<RecordKey> toChooseFrom(List<Verdict> wrong) {
        Set<RecordKey> once = new HashSet<>();
        Set<RecordKey> twice = new HashSet<>();
        Set<RecordKey> edited = new HashSet<>();
        for (Verdict verdict : wrong) {
            if (!once.add(verdict.key())) {
                twice.add(verdict.key());
            }
            if (verdict.kind() == Verdict.Kind.UNEXPECTED) {
                edited.add(verdict.key());
            }
        }
        twice.retainAll(edited);
        return twice;
    }

    private Step step(Verdict verdict, @Nullable EntityRecord said, boolean adopt) {
        RecordKey key = verdict.key();
        if (adopt && verdict.kind() == Verdict.Kind.UNEXPECTED) {
            return adoption(verdict, said);
        }
        Write write = said == null
                ? Write.delete(key, "repair", clock).expectingNone()
                : Write.put(said, "repair", clock).expecting(Canonical.digest(said));
        return new Step(verdict, said == null ? "delete" : "write", write, "");
    }

    /** What others wrote into a side is taken over as if it had been written through us. */
    private Step adoption(Verdict verdict, @Nullable EntityRecord said) {
        RecordKey key = verdict.key();
        StoreReader store = stores.get(verdict.side());
        if (store == null) {
            throw new IllegalStateException("Cannot adopt what is on a side that is not open");
        }
        Reading reading = store.read(key.entity(), List.of(key));
        String fault = reading.faults().get(key);
        if (fault != null) {
            return new Step(verdict, "adopt", null, "Cannot adopt %s: %s".formatted(key.label(), fault));
        }
        EntityRecord found = reading.found().get(key);
        Write write = found == null ? Write.delete(key, "adopted", clock) : Write.put(found, "adopted", clock);
        return new Step(
                verdict, "adopt", said == null ? write.expectingNone() : write.expecting(Canonical.digest(said)), "");
    }

    /**
     * All at once on the log, then one answer after the other; each step with why it did not go in, if it did not. A write
     * goes to both sides, so a record that is wrong on both needs one only.
     */
    private static List<Step> repaired(Publisher open, List<Step> steps) throws InterruptedException {
        Map<RecordKey, CompletableFuture<Published>> published = new HashMap<>();
        Map<Step, CompletableFuture<Published>> answers = new LinkedHashMap<>();
        for (Step step : steps) {
            Write write = step.write();
            answers.put(
                    step,
                    write == null
                            ? CompletableFuture.failedFuture(new IllegalStateException(step.reason()))
                            : published.computeIfAbsent(
                                    step.verdict().key(),
                                    key -> open.publish(write.until(Wait.BOTH).within(ANSWER_LIMIT))));
        }
        List<Step> done = new ArrayList<>();
        for (Map.Entry<Step, CompletableFuture<Published>> answer : answers.entrySet()) {
            Step step = answer.getKey();
            done.add(new Step(step.verdict(), step.action(), step.write(), reason(answer.getValue())));
        }
        return done;
    }

    private static String reason(CompletableFuture<Published> answer) throws InterruptedException {
        try {
            Published published = answer.get(ANSWER_LIMIT.toMillis() * 2, TimeUnit.MILLISECONDS);
            return switch (published.outcome()) {
                case ACCEPTED, DUPLICATE ->
                    published.inTime() ? "" : "it is on the log, and not on both sides yet: look again later";
                case CONFLICT -> "it was written meanwhile, which repairs it: look again";
                case BEATEN, PARKED, INVALID, NOT_FOUND, KEY_REUSED, REFUSED, UNKNOWN, OVERLOADED, UNAVAILABLE ->
                    published.reason();
            };
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause();
            return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
        }
    }

    /** Waits until the verifier has looked again, at the most {@link #HEAL_LIMIT}. */
    private long left(List<Verdict> wrong) throws InterruptedException {
        Set<RecordKey> keys =
                new LinkedHashSet<>(wrong.stream().map(Verdict::key).toList());
        long deadline = System.nanoTime() + HEAL_LIMIT.toNanos();
        long left = open(keys);
        while (left > 0 && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_MILLIS);
            left = open(keys);
        }
        return left;
    }

    private long open(Set<RecordKey> keys) {
        return verdicts.open(verdict -> keys.contains(verdict.key()), MOST).size();
    }

    private static void list(ArrayNode items, Step step) {
        if (items.size() >= MAX_LISTED) {
            return;
        }
        Verdict verdict = step.verdict();
        ObjectNode item = items.addObject();
        item.put("entity", verdict.key().entity().name());
        item.put("record", verdict.key().label());
        item.put("side", verdict.side().word());
        item.put("verdict", verdict.kind().word());
        item.put("action", step.action());
        item.put("reason", step.reason());
    }
}
