package dev.changeover.producer.backfill;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.topic.BackfillResult;
import dev.changeover.model.topic.BackfillTask;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is planned and what is done, as it was read from the log. Safe for use by several threads. */
final class Ledger {
    /** Id of the last task of a plan, which is none: its {@code records} say how many came before it. */
    static final String PLAN_COMPLETE = "plan-complete";

    /** Begins the id of a task that is none, and says how many chunks one entity has that was planned before the others. */
    static final String ENTITY_PLANNED = "planned:";

    /** Id of the result that says where the barrier stands. */
    static final String BARRIER = "barrier";

    private static final long RATE_OVER_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final Migration migration;
    private final Map<String, BackfillTask> tasks = new HashMap<>();
    private final Map<String, BackfillResult> results = new HashMap<>();
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Map<String, Long> plannedEntities = new HashMap<>();
    /** What each entity refers to, of those before it: parents come before children, and in a circle one has to begin. */
    private final Map<String, List<String>> before = new HashMap<>();

    private final Map<String, Chunks> chunks = new HashMap<>();
    private long planned = -1;
    private @Nullable BackfillResult barrier;

    private record Sample(long atNanos, long records) {}

    /** How many chunks of one entity we have read of. */
    private static final class Chunks {
        private long planned;
        private long through;
    }

    Ledger(Migration migration) {
        this.migration = migration;
        Set<String> earlier = new HashSet<>();
        for (Entity entity : migration.entities()) {
            before.put(
                    entity.name(),
                    entity.references().stream()
                            .map(Reference::entity)
                            .filter(earlier::contains)
                            .distinct()
                            .toList());
            if (entity.legacy().isPresent()) {
                earlier.add(entity.name());
            }
        }
    }

    synchronized void add(BackfillTask task) {
        if (task.id().equals(PLAN_COMPLETE)) {
            planned = task.records();
        } else if (isNote(task)) {
            plannedEntities.put(task.id().substring(ENTITY_PLANNED.length()), task.records());
        } else if (tasks.put(task.id(), task) == null) {
            Chunks known = chunks(task.entity());
            known.planned++;
            known.through += results.containsKey(task.id()) ? 1 : 0;
        }
    }

    private Chunks chunks(String entity) {
        return chunks.computeIfAbsent(entity, none -> new Chunks());
    }

    /** Whether it says something about the plan, and is no chunk. */
    static boolean isNote(BackfillTask task) {
        return task.id().equals(PLAN_COMPLETE) || task.id().startsWith(ENTITY_PLANNED);
    }

    /** @param live whether it came while we watched, so that it says something about the rate */
    synchronized void add(BackfillResult result, boolean live) {
        if (result.taskId().equals(BARRIER)) {
            barrier = result;
        } else if (results.put(result.taskId(), result) == null) {
            BackfillTask task = tasks.get(result.taskId());
            if (task != null) {
                chunks(task.entity()).through++;
            }
            if (live) {
                samples.add(new Sample(System.nanoTime(), result.published() + result.bad()));
            }
        }
    }

    synchronized boolean planned() {
        return planned >= 0;
    }

    /** Whether all chunks are through. */
    synchronized boolean allDone() {
        return planned >= 0 && tasks.size() == planned && results.keySet().containsAll(tasks.keySet());
    }

    /** Whether all chunks of this entity are through. */
    synchronized boolean done(String entity) {
        Chunks known = chunks(entity);
        @Nullable Long expected = plannedEntities.get(entity);
        boolean all = expected == null ? wholePlanIsKnown() : known.planned == expected;
        return all && known.through == known.planned;
    }

    private boolean wholePlanIsKnown() {
        return planned >= 0 && tasks.size() == planned;
    }

    /**
     * Whether all that the records of {@code task} refer to is published. What came before its parent would have to wait for it in the
     * target, one row after the other. Tasks lie in several partitions, which a worker empties one after the other, so their order
     * on the log does not see to that.
     *
     * <p>An entity that was asked for by itself waits for none: what it refers to may have been planned after it, and who waited for
     * tasks that lie behind its own would wait for ever.
     */
    synchronized boolean parentsAreThrough(BackfillTask task) {
        return plannedEntities.containsKey(task.entity())
                || (wholePlanIsKnown()
                        && before.getOrDefault(task.entity(), List.of()).stream()
                                .allMatch(this::done));
    }

    synchronized Optional<BackfillResult> barrier() {
        return Optional.ofNullable(barrier);
    }

    synchronized Map<String, BackfillProgress.OfEntity> byEntity() {
        Map<String, BackfillProgress.OfEntity> all = new LinkedHashMap<>();
        migration.entities().stream()
                .filter(entity -> entity.legacy().isPresent())
                .forEach(entity -> all.put(entity.name(), BackfillProgress.OfEntity.NOTHING));
        for (BackfillTask task : tasks.values()) {
            BackfillResult result = results.get(task.id());
            all.merge(
                    task.entity(),
                    new BackfillProgress.OfEntity(
                            result == null ? Math.max(0, task.records()) : result.published() + result.bad(),
                            result == null ? 0 : result.published(),
                            result == null ? 0 : result.bad(),
                            1,
                            result == null ? 0 : 1),
                    BackfillProgress.OfEntity::plus);
        }
        return all;
    }

    synchronized double recordsPerSecond() {
        long now = System.nanoTime();
        while (!samples.isEmpty() && now - samples.getFirst().atNanos() > RATE_OVER_NANOS) {
            samples.removeFirst();
        }
        if (samples.size() < 2) {
            return 0;
        }
        // The first sample only says when counting began.
        long records = samples.stream().skip(1).mapToLong(Sample::records).sum();
        return records * 1e9 / Math.max(1, now - samples.getFirst().atNanos());
    }

    synchronized Optional<Duration> timeLeft() {
        double rate = recordsPerSecond();
        if (planned < 0 || rate == 0) {
            return Optional.empty();
        }
        long left = tasks.values().stream()
                .filter(task -> !results.containsKey(task.id()))
                .mapToLong(task -> Math.max(1, task.records()))
                .sum();
        return Optional.of(Duration.ofMillis((long) (left * 1000 / rate)));
    }
}
