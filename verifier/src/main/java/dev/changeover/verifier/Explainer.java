package dev.changeover.verifier;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.deepscan.ChangesHistory;
import dev.changeover.verifier.deepscan.ChangesHistory.Logged;
import dev.changeover.verifier.explain.Differences;
import dev.changeover.verifier.explain.Three;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says of verdicts what differs field by field, by reading both stores and the log again. It explains what is there now: that
 * may be something else than what was found. Decisions never rest on it.
 */
public final class Explainer {
    private static final Reading NOTHING = new Reading(Map.of(), Map.of(), Map.of());

    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final ChangesHistory history;

    public Explainer(Migration migration, StoreReader legacy, StoreReader target, ChangesHistory history) {
        this.migration = migration;
        this.legacy = legacy;
        this.target = target;
        this.history = history;
    }

    /**
     * The same verdicts in the same order, each with its fields; with none if there is nothing that differs any more.
     *
     * @throws dev.changeover.store.StoreUnavailableException if a store could not be read
     */
    public List<Verdict> explain(List<Verdict> verdicts) throws InterruptedException {
        Map<Entity, Set<RecordKey>> byEntity = new LinkedHashMap<>();
        Set<RecordKey> keys = new LinkedHashSet<>();
        for (Verdict verdict : verdicts) {
            keys.add(verdict.key());
            byEntity.computeIfAbsent(verdict.key().entity(), entity -> new LinkedHashSet<>())
                    .add(verdict.key());
        }
        if (keys.isEmpty()) {
            return List.of();
        }
        Map<Entity, Reading> onLegacy = new LinkedHashMap<>();
        Map<Entity, Reading> onTarget = new LinkedHashMap<>();
        byEntity.forEach((entity, theirs) -> {
            onLegacy.put(entity, entity.legacy().isPresent() ? legacy.read(entity, theirs) : NOTHING);
            onTarget.put(entity, entity.target().isPresent() ? target.read(entity, theirs) : NOTHING);
        });
        Map<RecordKey, Logged> logged;
        try (ChangesHistory.Follower follower = history.follow(keys)) {
            logged = follower.catchUp();
        }
        List<Verdict> explained = new ArrayList<>();
        for (Verdict verdict : verdicts) {
            Entity entity = verdict.key().entity();
            explained.add(explained(
                    verdict,
                    onLegacy.getOrDefault(entity, NOTHING),
                    onTarget.getOrDefault(entity, NOTHING),
                    logged.get(verdict.key())));
        }
        return explained;
    }

    private Verdict explained(Verdict verdict, Reading onLegacy, Reading onTarget, @Nullable Logged logged) {
        RecordKey key = verdict.key();
        Three three = new Three(
                onLegacy.found().get(key),
                logged == null ? null : logged.state(),
                logged == null ? null : logged.before(),
                onTarget.found().get(key),
                onLegacy.faults().getOrDefault(key, ""),
                onTarget.faults().getOrDefault(key, ""));
        Verdict.Kind kind = verdict.kind() == Verdict.Kind.MISSING && isOrphan(verdict, three.log())
                ? Verdict.Kind.PARKED
                : verdict.kind();
        return new Verdict(
                key,
                kind,
                verdict.side(),
                verdict.partition(),
                verdict.position(),
                verdict.sinceMillis(),
                verdict.source(),
                Differences.of(
                        key.entity(),
                        three,
                        verdict.side(),
                        kind,
                        logged == null ? Differences.Logged.NEVER : Differences.Logged.YES));
    }

    /** Whether a record that is missing on a side refers to one that is missing there too: it waits for it. */
    private boolean isOrphan(Verdict verdict, @Nullable EntityRecord log) {
        if (log == null) {
            return false;
        }
        for (Reference reference : verdict.key().entity().references()) {
            Entity other = migration.entity(reference.entity());
            List<Object> values = reference.fields().stream().map(log::value).toList();
            if (values.stream().noneMatch(Missing.class::isInstance)
                    && other.on(verdict.side()).isPresent()
                    && other.key().size() == values.size()) {
                RecordKey parent = RecordKey.of(other, values);
                StoreReader reader = verdict.side() == Side.LEGACY ? legacy : target;
                Reading reading = reader.read(other, List.of(parent));
                if (!reading.found().containsKey(parent) && !reading.faults().containsKey(parent)) {
                    return true;
                }
            }
        }
        return false;
    }
}
