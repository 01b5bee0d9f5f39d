package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.deepscan.DeepScanReport.EntityReport;
import dev.changeover.verifier.deepscan.DeepScanReport.Unreadable;
import dev.changeover.verifier.explain.Differences;
import dev.changeover.verifier.explain.Three;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Compares both stores whole, whatever has or has not gone through the log, while writes go on.
 *
 * <pre>
 * both sides, at the same time ──► count and sum of digests per bucket ──► buckets that differ
 *     ──► both sides again, keys of these buckets only ──► suspects        (of a small entity all keys are known by then)
 *     ──► each suspect read on both sides, then the log: a difference, or lag that is waited for
 * </pre>
 *
 * A store that cannot be read ends the scan with {@link dev.changeover.store.StoreUnavailableException}: a failed read is never
 * an absence.
 */
public final class DeepScan {
    /** How many records a scratch copy has. */
    private static final int SCRATCH_RECORDS = 500;
    /** A small entity's keys are all kept in the first pass, of each side this share of the most that drilling down may hold. */
    private static final int KEPT_SHARE = 3;

    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final ChangesHistory history;
    private final Consumer<Observation> observed;
    private final DeepScanLimits limits;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Executor executor;
    private final Pause pause;

    /**
     * @param observed told what both sides hold of each key that is found to differ
     * @param executor runs the legacy side's scan and the reading of both sides beside the caller's thread: three tasks that wait for each
     *     other, so each must have a thread at once
     */
    public DeepScan(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            ChangesHistory history,
            Consumer<Observation> observed,
            DeepScanLimits limits,
            InstantSource clock,
            RandomGenerator random,
            Executor executor,
            Pause pause) {
        this.migration = migration;
        this.legacy = legacy;
        this.target = target;
        this.history = history;
        this.observed = observed;
        this.limits = limits;
        this.clock = clock;
        this.random = random;
        this.executor = executor;
        this.pause = pause;
    }

    /** @throws IllegalArgumentException if the options name an entity that there is not */
    public DeepScanReport run(DeepScanOptions options, DeepScanListener listener) throws InterruptedException {
        long started = clock.millis();
        List<Entity> entities = entities(options);
        int planted = 0;
        int detected = 0;
        List<EntityReport> reports = new ArrayList<>();
        for (int i = 0; i < entities.size(); i++) {
            Entity entity = entities.get(i);
            listener.entityStarted(entity);
            int share = options.planted() / entities.size() + (i < options.planted() % entities.size() ? 1 : 0);
            Planting planting = new Planting(entity, scratch(entity, share), share, random);
            planted += planting.planted().size();
            detected += detected(entity, planting);
            EntityReport report =
                    options.sample() > 0 ? sample(entity, options, listener) : whole(entity, options, listener);
            listener.entityEnded(report);
            reports.add(report);
        }
        return new DeepScanReport(started, clock.millis(), reports, planted, detected);
    }

    /**
     * What was found when some keys were read again.
     *
     * @param findings differences that are none of lag
     * @param undecided keys that a side lagged behind of for too long
     */
    public record Again(List<Verdict> findings, int undecided) {}

    /** Reads these keys on both sides and compares them with each other and with the log, until it is certain that it is not lag. */
    public Again again(Collection<RecordKey> keys) throws InterruptedException {
        Map<Entity, Set<RecordKey>> byEntity = new LinkedHashMap<>();
        for (RecordKey key : keys) {
            if (key.entity().legacy().isPresent() && key.entity().target().isPresent()) {
                byEntity.computeIfAbsent(key.entity(), none -> new LinkedHashSet<>())
                        .add(key);
            }
        }
        List<Verdict> findings = new ArrayList<>();
        int undecided = 0;
        for (Map.Entry<Entity, Set<RecordKey>> each : byEntity.entrySet()) {
            Settling.Outcome settled = new Settling(migration, legacy, target, history, observed, limits, clock, pause)
                    .settle(each.getKey(), each.getValue(), DeepScanOptions.Backfill.COMPLETE);
            findings.addAll(settled.findings());
            undecided += settled.undecided();
        }
        return new Again(findings, undecided);
    }

    /** Entities that live on one side only have nothing to be compared with. */
    private List<Entity> entities(DeepScanOptions options) {
        List<Entity> named = options.entities().isEmpty()
                ? migration.entities()
                : options.entities().stream().map(migration::entity).toList();
        return named.stream()
                .filter(each -> each.legacy().isPresent() && each.target().isPresent())
                .toList();
    }

    private EntityReport whole(Entity entity, DeepScanOptions options, DeepScanListener listener)
            throws InterruptedException {
        Progress progress = new Progress(entity, "whole");
        BothSides sides = sides(options);
        FirstPass onLegacy = new FirstPass(Side.LEGACY, progress, limits.drillDownKeys() / KEPT_SHARE);
        FirstPass onTarget = new FirstPass(Side.TARGET, progress, limits.drillDownKeys() / KEPT_SHARE);
        sides.run(entity, onLegacy, onTarget);
        progress.figures(onLegacy.digests, onTarget.digests);

        BitSet differing = onLegacy.digests.differing(onTarget.digests);
        progress.bucketsDiffering = differing.cardinality();
        boolean small = onLegacy.keys.isComplete() && onTarget.keys.isComplete();
        DrillDown.Outcome drilled = small
                ? DrillDown.among(onLegacy.keys, onTarget.keys)
                : new DrillDown(sides, limits).into(entity, differing, onLegacy.digests, onTarget.digests);
        progress.undecided += drilled.bucketsLeft();
        drilled.twice().forEach((key, times) -> progress.found(twice(entity, key, times), listener));
        settle(entity, drilled.suspects(), options, progress, listener);
        if (small && !differing.isEmpty() && progress.isEqual()) {
            // What lagged has come: the first figures would say that the sides differ.
            FiguresOnly legacyNow = new FiguresOnly();
            FiguresOnly targetNow = new FiguresOnly();
            sides.run(entity, legacyNow, targetNow);
            progress.figures(legacyNow.digests, targetNow.digests);
        }
        return progress.report();
    }

    private void settle(
            Entity entity,
            Set<RecordKey> suspects,
            DeepScanOptions options,
            Progress progress,
            DeepScanListener listener)
            throws InterruptedException {
        progress.suspects = suspects.size();
        Set<RecordKey> within = new LinkedHashSet<>();
        suspects.stream().limit(limits.suspects()).forEach(within::add);
        progress.undecided += suspects.size() - within.size();
        Settling.Outcome settled = new Settling(migration, legacy, target, history, observed, limits, clock, pause)
                .settle(entity, within, options.backfill());
        settled.findings().forEach(finding -> progress.found(finding, listener));
        progress.undecided += settled.undecided();
        progress.notBackfilled = settled.notBackfilled();
    }

    /** Some records of each side, and what the other side has under their keys. */
    private EntityReport sample(Entity entity, DeepScanOptions options, DeepScanListener listener)
            throws InterruptedException {
        Progress progress = new Progress(entity, "sample");
        Set<RecordKey> keys = new TreeSet<>();
        for (Side side : Side.values()) {
            List<EntityRecord> some = some(reader(side), entity, options.sample(), bad -> progress.bad(side, bad));
            some.forEach(each -> keys.add(each.key()));
            progress.counted.put(side, (long) some.size());
        }
        settle(entity, keys, options, progress, listener);
        return progress.report();
    }

    /** Records from chunks chosen by chance; each chunk is as likely as the others. */
    private List<EntityRecord> some(StoreReader reader, Entity entity, int wanted, Consumer<Scanned> bad) {
        int chunkRecords = Math.max(1, Math.min(limits.chunkRecords(), wanted / 4 + 1));
        List<Chunk> chosen = new ArrayList<>();
        int most = Math.max(1, (wanted + chunkRecords - 1) / chunkRecords);
        Iterator<Chunk> chunks = reader.chunks(entity, chunkRecords);
        for (int met = 0; chunks.hasNext(); met++) {
            Chunk chunk = chunks.next();
            if (chosen.size() < most) {
                chosen.add(chunk);
            } else {
                int place = random.nextInt(met + 1);
                if (place < most) {
                    chosen.set(place, chunk);
                }
            }
        }
        List<EntityRecord> records = new ArrayList<>();
        Scans scans = reader.scans();
        for (Chunk chunk : chosen) {
            try (RecordStream stream = scans.scan(entity, chunk)) {
                for (int i = 0; stream.hasNext() && records.size() < wanted && i < 2 * chunkRecords; i++) {
                    Scanned scanned = stream.next();
                    EntityRecord entityRecord = scanned.record();
                    if (entityRecord == null) {
                        bad.accept(scanned);
                    } else {
                        records.add(entityRecord);
                    }
                }
            }
        }
        return records;
    }

    private List<EntityRecord> scratch(Entity entity, int differences) {
        return differences == 0 ? List.of() : some(legacy, entity, SCRATCH_RECORDS, bad -> {});
    }

    /** How many of the planted differences this very machinery finds; none if it finds one that is not there. */
    private int detected(Entity entity, Planting planting) throws InterruptedException {
        if (planting.planted().isEmpty()) {
            return 0;
        }
        Map<Integer, Long> positions = new LinkedHashMap<>();
        for (int partition = 0; partition < migration.partitions(); partition++) {
            positions.put(partition, 1L);
        }
        DeepScan scratch = new DeepScan(
                migration,
                new ScratchReader(planting.copy(Side.LEGACY), positions),
                new ScratchReader(planting.copy(Side.TARGET), positions),
                keys -> new ScratchHistory(planting.originals()),
                ignored -> {},
                limits,
                clock,
                random,
                executor,
                pause);
        EntityReport report = scratch.whole(entity, DeepScanOptions.whole().planting(0), DeepScanListener.NONE);
        Set<Planting.Planted> found = new LinkedHashSet<>();
        for (Verdict finding : report.findings()) {
            found.add(new Planting.Planted(finding.key(), finding.side(), finding.kind()));
        }
        int all = found.size();
        found.retainAll(planting.planted());
        return found.size() == all ? all : 0;
    }

    private BothSides sides(DeepScanOptions options) {
        long rate = options.recordsPerSecond();
        return new BothSides(
                new SideScan(Side.LEGACY, legacy, limits.chunkRecords(), rate, pause),
                new SideScan(Side.TARGET, target, limits.chunkRecords(), rate, pause),
                executor);
    }

    private StoreReader reader(Side side) {
        return side == Side.LEGACY ? legacy : target;
    }

    private Verdict twice(Entity entity, RecordKey key, int times) {
        Three three = new Three(null, null, null, null, "the same key stands in it %d times".formatted(times), "");
        return new Verdict(
                key,
                Verdict.Kind.MISMATCH,
                Side.LEGACY,
                migration.partitionOf(key),
                -1,
                clock.millis(),
                "deep-scan",
                Differences.of(entity, three, Side.LEGACY, Verdict.Kind.MISMATCH, Differences.Logged.NEVER));
    }

    /** One side's first pass. */
    private static final class FirstPass implements SideScan.Visitor {
        private final Side side;
        private final Progress progress;
        private final BucketDigests digests = new BucketDigests();
        private final KeyDigests keys;

        FirstPass(Side side, Progress progress, int most) {
            this.side = side;
            this.progress = progress;
            this.keys = new KeyDigests(most);
        }

        @Override
        public void good(RecordKey key, EntityRecord entityRecord) {
            keys.add(key, digests.add(key, entityRecord));
        }

        @Override
        public void bad(Scanned scanned) {
            progress.bad(side, scanned);
        }
    }

    private static final class FiguresOnly implements SideScan.Visitor {
        private final BucketDigests digests = new BucketDigests();

        @Override
        public void good(RecordKey key, EntityRecord entityRecord) {
            digests.add(key, entityRecord);
        }

        @Override
        public void bad(Scanned scanned) {
            // counted in the first pass
        }
    }

    /** What is known so far of one entity. */
    private final class Progress {
        private final Entity entity;
        private final String scope;
        private final long started = clock.millis();
        private final Map<Side, Map<Integer, Long>> positions = new EnumMap<>(Side.class);
        private final Map<Side, Long> counted = new EnumMap<>(Side.class);
        private final Map<Side, Digest> digests = new EnumMap<>(Side.class);
        private final List<Verdict> findings = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();
        private long findingsCounted;
        private long unreadableCounted;
        private int bucketsDiffering;
        private long suspects;
        private long undecided;
        private long notBackfilled;

        Progress(Entity entity, String scope) {
            this.entity = entity;
            this.scope = scope;
            for (Side side : Side.values()) {
                positions.put(
                        side, Map.copyOf(reader(side).read(entity, List.of()).positions()));
                digests.put(side, Digest.ZERO);
            }
        }

        void figures(BucketDigests onLegacy, BucketDigests onTarget) {
            counted.put(Side.LEGACY, onLegacy.records());
            counted.put(Side.TARGET, onTarget.records());
            digests.put(Side.LEGACY, onLegacy.total());
            digests.put(Side.TARGET, onTarget.total());
        }

        synchronized boolean isEqual() {
            return findingsCounted == 0 && unreadableCounted == 0 && undecided == 0;
        }

        void found(Verdict finding, DeepScanListener listener) {
            findingsCounted++;
            if (findings.size() < limits.listed()) {
                findings.add(finding);
            }
            listener.found(finding);
        }

        synchronized void bad(Side side, Scanned scanned) {
            unreadableCounted++;
            if (unreadable.size() < limits.listed()) {
                unreadable.add(new Unreadable(side, scanned.origin(), scanned.fault()));
            }
        }

        synchronized EntityReport report() {
            return new EntityReport(
                    entity.name(),
                    scope,
                    started,
                    clock.millis(),
                    Map.copyOf(counted),
                    Map.copyOf(digests),
                    Map.copyOf(positions),
                    bucketsDiffering,
                    suspects,
                    List.copyOf(findings),
                    findingsCounted,
                    List.copyOf(unreadable),
                    unreadableCounted,
                    undecided,
                    notBackfilled);
        }
    }
}
