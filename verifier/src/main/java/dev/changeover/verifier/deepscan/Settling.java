package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.deepscan.ChangesHistory.Logged;
import dev.changeover.verifier.explain.Differences;
import dev.changeover.verifier.explain.Three;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells differences from lag. A suspect is read on both sides, and only afterwards the log is read to its end: the log then
 * knows every event that either side had applied at its reading. A side is final for the key if its position lies behind the
 * key's last event; only when both are, a difference is one. Otherwise the suspect is looked at again, later.
 */
final class Settling {
    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final ChangesHistory history;
    private final Consumer<Observation> observed;
    private final DeepScanLimits limits;
    private final InstantSource clock;
    private final Pause pause;

    Settling(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            ChangesHistory history,
            Consumer<Observation> observed,
            DeepScanLimits limits,
            InstantSource clock,
            Pause pause) {
        this.migration = migration;
        this.legacy = legacy;
        this.target = target;
        this.history = history;
        this.observed = observed;
        this.limits = limits;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * @param findings each key once for each side that is wrong
     * @param undecided keys that a side lagged behind of for too long
     * @param notBackfilled keys that only the legacy side has, while the backfill runs
     */
    record Outcome(List<Verdict> findings, int undecided, int notBackfilled) {}

    Outcome settle(Entity entity, Set<RecordKey> suspects, DeepScanOptions.Backfill backfill)
            throws InterruptedException {
        Judge judge = new Judge(entity, backfill);
        Set<RecordKey> open = new LinkedHashSet<>(suspects);
        try (Following log = new Following(history, suspects)) {
            long deadline = clock.millis() + limits.settleTime().toMillis();
            while (!open.isEmpty()) {
                for (List<RecordKey> batch : batches(open)) {
                    open.removeAll(judge.judge(batch, log));
                }
                if (!open.isEmpty()) {
                    if (clock.millis() >= deadline) {
                        break;
                    }
                    pause.pause(atLeastOneMilli(limits.settlePause()));
                }
            }
        }
        return new Outcome(judge.findings, open.size(), judge.notBackfilled);
    }

    private static Duration atLeastOneMilli(Duration duration) {
        return duration.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : duration;
    }

    private List<List<RecordKey>> batches(Collection<RecordKey> keys) {
        List<RecordKey> all = new ArrayList<>(keys);
        List<List<RecordKey>> batches = new ArrayList<>();
        for (int from = 0; from < all.size(); from += limits.readBatch()) {
            batches.add(all.subList(from, Math.min(all.size(), from + limits.readBatch())));
        }
        return batches;
    }

    /** Opens the log only when somebody asks: most suspects are settled without it. */
    private static final class Following implements AutoCloseable {
        private final ChangesHistory history;
        private final Set<RecordKey> keys;
        private ChangesHistory.@Nullable Follower follower;

        Following(ChangesHistory history, Set<RecordKey> keys) {
            this.history = history;
            this.keys = Set.copyOf(keys);
        }

        Map<RecordKey, Logged> catchUp() throws InterruptedException {
            if (follower == null) {
                follower = history.follow(keys);
            }
            return follower.catchUp();
        }

        @Override
        public void close() {
            if (follower != null) {
                follower.close();
            }
        }
    }

    /** One entity's verdicts. */
    private final class Judge {
        private final Entity entity;
        private final DeepScanOptions.Backfill backfill;
        private final List<Verdict> findings = new ArrayList<>();
        private int notBackfilled;

        Judge(Entity entity, DeepScanOptions.Backfill backfill) {
            this.entity = entity;
            this.backfill = backfill;
        }

        /** The keys of {@code batch} that need not be looked at again. */
        Set<RecordKey> judge(List<RecordKey> batch, Following log) throws InterruptedException {
            Reading onLegacy = legacy.read(entity, batch);
            Reading onTarget = target.read(entity, batch);
            Set<RecordKey> settled = new LinkedHashSet<>();
            List<RecordKey> rest = new ArrayList<>();
            for (RecordKey key : batch) {
                // At the same position both know the same: no need to ask the log.
                if (equal(key, onLegacy, onTarget) && position(key, onLegacy) == position(key, onTarget)) {
                    settled.add(key);
                } else {
                    rest.add(key);
                }
            }
            if (!rest.isEmpty()) {
                Map<RecordKey, Logged> logged = log.catchUp();
                for (RecordKey key : rest) {
                    if (decided(key, logged.get(key), onLegacy, onTarget)) {
                        settled.add(key);
                    }
                }
            }
            return settled;
        }

        private boolean decided(RecordKey key, @Nullable Logged logged, Reading onLegacy, Reading onTarget) {
            long version = logged == null ? -1 : logged.offset();
            if (position(key, onLegacy) <= version || position(key, onTarget) <= version) {
                return false;
            }
            if (!equal(key, onLegacy, onTarget)) {
                found(key, logged, version, onLegacy, onTarget);
            }
            return true;
        }

        private void found(RecordKey key, @Nullable Logged logged, long version, Reading onLegacy, Reading onTarget) {
            boolean onlyLegacy =
                    !onTarget.found().containsKey(key) && !onTarget.faults().containsKey(key);
            if (logged == null && onlyLegacy && backfill == DeepScanOptions.Backfill.RUNNING) {
                notBackfilled++;
                return;
            }
            Three three = new Three(
                    onLegacy.found().get(key),
                    logged == null ? null : logged.state(),
                    logged == null ? null : logged.before(),
                    onTarget.found().get(key),
                    onLegacy.faults().getOrDefault(key, ""),
                    onTarget.faults().getOrDefault(key, ""));
            for (Side side : wrongSides(three, logged)) {
                Verdict.Kind kind = kind(three, side, logged);
                findings.add(new Verdict(
                        key,
                        kind,
                        side,
                        migration.partitionOf(key),
                        version,
                        clock.millis(),
                        "deep-scan",
                        Differences.of(
                                entity,
                                three,
                                side,
                                kind,
                                logged == null ? Differences.Logged.NEVER : Differences.Logged.YES)));
            }
            observed.accept(observation(Side.LEGACY, key, onLegacy));
            observed.accept(observation(Side.TARGET, key, onTarget));
        }

        /** Where the log has never heard of the key, the side that has a record of it has it from elsewhere. */
        private List<Side> wrongSides(Three three, @Nullable Logged logged) {
            List<Side> wrong = new ArrayList<>();
            for (Side side : List.of(Side.TARGET, Side.LEGACY)) {
                if (!three.fault(side).isEmpty()
                        || (logged != null && !same(three.on(side), three.log()))
                        || (logged == null && three.on(side) != null && three.on(side.other()) == null)) {
                    wrong.add(side);
                }
            }
            // Both have one, they differ, and nothing says which is right: the legacy side's came first.
            return wrong.isEmpty() ? List.of(Side.TARGET) : wrong;
        }

        private Verdict.Kind kind(Three three, Side side, @Nullable Logged logged) {
            EntityRecord should = logged == null ? three.on(side.other()) : three.log();
            if (!three.fault(side).isEmpty() || (three.on(side) != null && should != null)) {
                return Verdict.Kind.MISMATCH;
            }
            if (three.on(side) == null) {
                return Verdict.Kind.MISSING;
            }
            return logged == null ? Verdict.Kind.UNEXPECTED : Verdict.Kind.EXTRA;
        }

        private Observation observation(Side side, RecordKey key, Reading reading) {
            EntityRecord entityRecord = reading.found().get(key);
            String fault = reading.faults().get(key);
            Digest digest =
                    fault != null ? unreadable(fault) : entityRecord == null ? null : Canonical.digest(entityRecord);
            return new Observation(
                    side, key, migration.partitionOf(key), position(key, reading), digest, true, clock.millis());
        }

        private long position(RecordKey key, Reading reading) {
            return reading.positions().getOrDefault(migration.partitionOf(key), 0L);
        }
    }

    /** Stands for a record that is there but cannot be read: equal to none that can. */
    static Digest unreadable(String fault) {
        return new Digest(-1, fault.hashCode());
    }

    private static boolean equal(RecordKey key, Reading a, Reading b) {
        return !a.faults().containsKey(key)
                && !b.faults().containsKey(key)
                && same(a.found().get(key), b.found().get(key));
    }

    private static boolean same(@Nullable EntityRecord a, @Nullable EntityRecord b) {
        if (a == null || b == null) {
            return a == null && b == null;
        }
        return Canonical.digest(a).equals(Canonical.digest(b));
    }
}
