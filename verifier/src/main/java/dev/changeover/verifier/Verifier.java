package dev.changeover.verifier;

import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.sqlite.ForeignWrites;
import dev.changeover.verifier.certify.Certifier;
import dev.changeover.verifier.certify.Touches;
import dev.changeover.verifier.compare.Comparison;
import dev.changeover.verifier.compare.ComparisonSettings;
import dev.changeover.verifier.deepscan.DeepScan;
import dev.changeover.verifier.deepscan.DeepScanListener;
import dev.changeover.verifier.deepscan.DeepScanOptions;
import dev.changeover.verifier.deepscan.DeepScanReport;
import dev.changeover.verifier.deepscan.KafkaChangesHistory;
import dev.changeover.verifier.deepscan.Pause;
import dev.changeover.verifier.observe.FileObserver;
import dev.changeover.verifier.observe.Observations;
import dev.changeover.verifier.observe.Observer;
import dev.changeover.verifier.observe.PostgresAddress;
import dev.changeover.verifier.observe.PostgresObserver;
import dev.changeover.verifier.observe.ReadBackObserver;
import dev.changeover.verifier.observe.Rechecks;
import dev.changeover.verifier.observe.RowKeys;
import dev.changeover.verifier.observe.SlotHealth;
import dev.changeover.verifier.observe.SqliteObserver;
import dev.changeover.verifier.observe.WatchedFiles;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verifier's role: looks at both sides, compares them with the log, and says on {@code verdicts} what differs.
 *
 * <p>The stores are the caller's and are closed by it, after the verifier.
 */
public final class Verifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);
    private static final Duration CATCH_UP = Duration.ofSeconds(30);
    private static final Duration HOUSEKEEPING = Duration.ofMinutes(1);
    /** For what the application writes in ways that no observer sees. */
    private static final Duration LEGACY_SCANS = Duration.ofMinutes(10);

    private static final Duration UNCLEAR_AFTER = Duration.ofSeconds(1);
    /** So many times as long as such a scan has taken is rested before the next one: our own sink goes on writing into large files. */
    private static final int REST_PER_UNCLEAR_SCAN = 10;
    /** How long an explanation holds before the stores are read again for it. */
    private static final Duration EXPLAINED_FOR = Duration.ofSeconds(5);

    private static final int MOST_EXPLAINED = 1_000;
    private static final Duration SETTLE_AT_BARRIER = Duration.ofSeconds(2);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final int LOOKS_AGAIN = 2;
    private static final int MOST_CONFIRMED = 1_000;

    private final Migration migration;
    private final LogSettings log;
    private final StoreReader legacy;
    private final StoreReader target;
    private final VerifierSettings settings;
    private final InstantSource clock;
    private final Explainer explainer;
    private final ReentrantLock scanning = new ReentrantLock();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Map<Side, Set<Entity>> unclear = new EnumMap<>(Side.class);
    /** By the places of their verdicts. */
    private final Map<String, Explained> explanations = new LinkedHashMap<>();

    private final List<Observer> observers = new CopyOnWriteArrayList<>();
    private final Touches touches = new Touches();
    private volatile Consumer<Collection<RecordKey>> othersWrote = keys -> {};
    private volatile Consumer<Collection<RecordKey>> applicationMayHaveWritten = keys -> {};
    private volatile Consumer<Collection<RecordKey>> applicationWrote = keys -> {};
    /** What is to be closed, the last one first. */
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private final ScheduledExecutorService chores =
            Executors.newSingleThreadScheduledExecutor(threads("verifier-chores"));
    private final ExecutorService scanners = Executors.newCachedThreadPool(threads("deep-scan"));

    private final ProgressTail progress;
    private final VerdictTail verdicts;
    private final Observations observations;
    private final Rechecks rechecks;
    private final Comparison comparison;
    private @Nullable PostgresObserver writeAheadLog;
    private final List<SqliteObserver> noted = new CopyOnWriteArrayList<>();
    private volatile @Nullable DeepScanReport lastDeepScan;
    /** How long the last scan took of what was unclear. */
    private volatile long unclearScanMillis;

    private record Explained(Verdict verdict, Verdict explained, long atMillis) {}

    private Verifier(
            Migration migration,
            LogSettings log,
            ProgressTail progress,
            VerdictTail verdicts,
            StoreReader legacy,
            StoreReader target,
            VerifierSettings settings,
            InstantSource clock) {
        this.migration = migration;
        this.log = log;
        this.legacy = legacy;
        this.target = target;
        this.progress = progress;
        this.verdicts = verdicts;
        this.settings = settings;
        this.clock = clock;
        this.explainer = new Explainer(migration, legacy, target, new KafkaChangesHistory(migration, log));
        try {
            this.observations = part(new Observations(migration, log, clock));
            this.comparison = part(Comparison.start(
                    migration,
                    log,
                    ComparisonSettings.in(settings.directory().resolve("comparison"))
                            .as(settings.instance())));
            this.rechecks = part(Rechecks.start(verdicts, legacy, target, observations, settings.recheckEvery()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * @param progress what it follows with others in its process; remains the caller's to close, after the verifier, and so
     *     {@code verdicts}
     * @param legacyFiles the legacy side if it is files: they are then watched for edits by others
     * @param address of the target if it is PostgreSQL: its write-ahead log is then followed for edits by others
     * @param keys how a row's record is found out there
     * @throws dev.changeover.log.LogException if Kafka cannot be reached or the topics are not there
     */
    public static Verifier start(
            Migration migration,
            LogSettings log,
            ProgressTail progress,
            VerdictTail verdicts,
            StoreReader legacy,
            StoreReader target,
            Optional<WatchedFiles> legacyFiles,
            Optional<PostgresAddress> address,
            RowKeys keys,
            VerifierSettings settings,
            InstantSource clock) {
        Verifier verifier = new Verifier(migration, log, progress, verdicts, legacy, target, settings, clock);
        try {
            verifier.observeBothSides(legacyFiles);
            address.ifPresent(where -> verifier.followTarget(where, keys));
            verifier.doChores();
            verifier.verdicts.awaitCaughtUp(CATCH_UP);
        } catch (RuntimeException e) {
            verifier.close();
            throw e;
        }
        return verifier;
    }

    private void observeBothSides(Optional<WatchedFiles> legacyFiles) {
        progress.awaitCaughtUp(CATCH_UP);
        Optional<FileObserver> files = legacyFiles.map(watched -> part(FileObserver.start(
                migration,
                watched,
                legacy,
                observations,
                settings.rescanEvery(),
                entity -> unclear(Side.LEGACY, entity),
                keys -> applicationMayHaveWritten.accept(keys))));
        files.ifPresent(observers::add);
        observers.add(part(ReadBackObserver.start(
                Side.LEGACY,
                migration,
                log,
                legacy,
                progress,
                observations,
                key -> files.ifPresent(observer -> observer.ours(key)),
                settings.instance())));
        observers.add(part(ReadBackObserver.start(
                Side.TARGET, migration, log, target, progress, observations, key -> {}, settings.instance())));
    }

    private void followTarget(PostgresAddress address, RowKeys keys) {
        PostgresObserver observer = part(PostgresObserver.start(
                migration,
                address,
                settings.directory().resolve("target-observer"),
                target,
                observations,
                keys,
                entity -> unclear(Side.TARGET, entity),
                this::writtenByOthers));
        observers.add(observer);
        writeAheadLog = observer;
    }

    /**
     * Looks at what others have written into an SQLite file of one side, from now on.
     *
     * @param others closed with the verifier
     */
    public void follow(ForeignWrites others) {
        part(others);
        SqliteObserver observer = part(SqliteObserver.start(
                migration,
                others,
                others.side() == Side.LEGACY ? legacy : target,
                observations,
                entity -> unclear(others.side(), entity),
                others.side() == Side.LEGACY ? this::writtenByTheApplication : this::writtenByOthers));
        observers.add(observer);
        noted.add(observer);
    }

    private void doChores() {
        chores.scheduleWithFixedDelay(
                logged(() -> comparison.forgetWhatWasCompared()),
                HOUSEKEEPING.toMillis(),
                HOUSEKEEPING.toMillis(),
                TimeUnit.MILLISECONDS);
        if (migration.capture() == Migration.Capture.WATCH) {
            chores.scheduleWithFixedDelay(
                    logged(this::scanLegacy), LEGACY_SCANS.toMillis(), LEGACY_SCANS.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (!settings.deepScanEvery().isZero()) {
            DeepScanOptions options = DeepScanOptions.whole().limitedTo(settings.deepScanRecordsPerSecond());
            chores.scheduleWithFixedDelay(
                    logged(() -> deepScan(options, DeepScanListener.NONE)),
                    settings.deepScanEvery().toMillis(),
                    settings.deepScanEvery().toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void writtenByOthers(Collection<RecordKey> keys) {
        touches.add(keys);
        othersWrote.accept(keys);
    }

    /** From now on told of records that others have written to in the target; the write-ahead log is read on when it returns. */
    public void onOthersWrote(Consumer<Collection<RecordKey>> listener) {
        othersWrote = listener;
    }

    private void writtenByTheApplication(Collection<RecordKey> keys) {
        touches.add(keys);
        applicationWrote.accept(keys);
    }

    /**
     * From now on told of what the application may have written into the legacy side.
     *
     * @param perhaps of records in files that were written, perhaps by our sink; it returns at once
     * @param surely of records in SQLite files; a note of them is forgotten when it returns
     */
    public void onApplicationWrote(Consumer<Collection<RecordKey>> perhaps, Consumer<Collection<RecordKey>> surely) {
        applicationMayHaveWritten = perhaps;
        applicationWrote = surely;
    }

    /** Scans all entities of the legacy side soon, for what was written while nobody looked. */
    public void scanLegacy() {
        migration.entities().stream()
                .filter(entity -> entity.legacy().isPresent())
                .forEach(entity -> unclear(Side.LEGACY, entity));
    }

    /** Somebody has written into this entity on this side and cannot be told where: it is scanned soon, once for many writes. */
    private void unclear(Side side, Entity entity) {
        if (side == Side.TARGET) { // files change by our own sink as well: that proves nothing
            touches.add(side, entity);
        }
        synchronized (unclear) {
            if (!unclear.computeIfAbsent(side, none -> new LinkedHashSet<>()).add(entity)) {
                return;
            }
        }
        boolean rests = side == Side.LEGACY && migration.capture() != Migration.Capture.WATCH;
        long rest = rests ? unclearScanMillis * REST_PER_UNCLEAR_SCAN : 0;
        chores.schedule(
                logged(() -> scanUnclear(side)), Math.max(UNCLEAR_AFTER.toMillis(), rest), TimeUnit.MILLISECONDS);
    }

    private void scanUnclear(Side side) throws InterruptedException {
        // What is not backfilled yet differs anyway; on the target everything is put there by the log.
        if (side == Side.LEGACY && !comparison.status().backfilled()) {
            chores.schedule(logged(() -> scanUnclear(side)), UNCLEAR_AFTER.toMillis(), TimeUnit.MILLISECONDS);
            return;
        }
        Set<Entity> theirs;
        synchronized (unclear) {
            theirs = unclear.remove(side);
        }
        if (theirs != null) {
            List<String> names = theirs.stream().map(Entity::name).toList();
            DeepScanReport report = scan(DeepScanOptions.whole().planting(0).of(names), DeepScanListener.NONE, side);
            unclearScanMillis = report.endedMillis() - report.startedMillis();
        }
    }

    /**
     * Scans both stores whole, or what {@code options} say, in the caller's thread; a second one waits for the first.
     *
     * @throws StoreUnavailableException if a store could not be read: nothing is known then
     */
    public DeepScanReport deepScan(DeepScanOptions options, DeepScanListener listener) throws InterruptedException {
        DeepScanReport report = confirmed(scan(options, listener, null));
        if (options.entities().isEmpty() && options.sample() == 0) {
            lastDeepScan = report;
        }
        LOG.atInfo()
                .addKeyValue("outcome", report.outcome())
                .addKeyValue("records", report.records())
                .addKeyValue("findings", report.findingsCounted())
                .addKeyValue("undecided", report.undecided())
                .log("Deep scan ended");
        return report;
    }

    /**
     * What issues certificates. One at a time, and it must be closed.
     *
     * @param configHash of definition and schema, as the certificates are to say
     */
    public Certifier certifier(String configHash) {
        return new Certifier(
                migration,
                log,
                this::deepScan,
                this::again,
                progress,
                this::seenWhatOthersWrote,
                touches,
                configHash,
                clock);
    }

    /**
     * What differs is looked at again: a foreign key's ON DELETE changes a row as soon as the other record is deleted, and the event that says
     * so, in another partition, may come a little later.
     */
    private DeepScan.Again again(Collection<RecordKey> keys, Position since) throws InterruptedException {
        DeepScan.Again looked = look(keys, since);
        for (int i = 0; i < LOOKS_AGAIN && !looked.findings().isEmpty(); i++) {
            Pause.until(stopping).pause(BETWEEN_LOOKS);
            DeepScan.Again confirmed =
                    look(looked.findings().stream().map(Verdict::key).distinct().toList(), since);
            looked = new DeepScan.Again(
                    notBeingCaptured(looked.findings(), confirmed.findings()),
                    looked.undecided() + confirmed.undecided());
        }
        return looked;
    }

    /**
     * Without those that the application writes all the time: each time that legacy was ahead of the log, the log had followed by the next
     * look. The one that is ahead of it now is captured as the others were.
     */
    private List<Verdict> notBeingCaptured(List<Verdict> before, List<Verdict> now) {
        if (migration.capture() != Migration.Capture.WATCH) {
            return now;
        }
        Map<RecordKey, Long> versions = new HashMap<>();
        before.forEach(finding -> versions.put(finding.key(), finding.position()));
        return now.stream()
                .filter(finding -> finding.side() != Side.LEGACY
                        || finding.position() <= versions.getOrDefault(finding.key(), Long.MAX_VALUE))
                .toList();
    }

    /** The report with those of its findings that stand when they are looked at again. */
    private DeepScanReport confirmed(DeepScanReport report) throws InterruptedException {
        List<Verdict> found = report.findings();
        if (found.isEmpty() || found.size() != report.findingsCounted() || found.size() > MOST_CONFIRMED) {
            return report;
        }
        Set<RecordKey> standing = new LinkedHashSet<>();
        again(
                        found.stream().map(Verdict::key).distinct().toList(),
                        new Position(Collections.nCopies(migration.partitions(), 0L)))
                .findings()
                .forEach(finding -> standing.add(finding.key()));
        return report.withFindings(finding ->
                (finding.position() < 0 && finding.side() == Side.TARGET) || standing.contains(finding.key()));
    }

    private DeepScan.Again look(Collection<RecordKey> keys, Position since) throws InterruptedException {
        DeepScan.Again again = new DeepScan(
                        migration,
                        legacy,
                        target,
                        new KafkaChangesHistory(migration, log).since(since),
                        seen -> observations.send(seen, "deep-scan"),
                        settings.limits().settlingWithin(SETTLE_AT_BARRIER),
                        clock,
                        RandomGenerator.getDefault(),
                        scanners,
                        Pause.until(stopping))
                .again(keys);
        observations.flush();
        return again;
    }

    /**
     * Waits until everything has been seen that others have written into the target until now; false if that takes too long.
     *
     * @throws StoreUnavailableException if the target does not answer
     */
    public boolean seenWhatOthersWrote(Duration limit) throws InterruptedException {
        for (SqliteObserver noting : noted) {
            if (!noting.awaitSeen(limit)) {
                return false;
            }
        }
        PostgresObserver following = writeAheadLog;
        return following == null || (following.streaming() && following.awaitMark(limit));
    }

    /** @param theirs a side that others are known to have written to; null if none is */
    private DeepScanReport scan(DeepScanOptions options, DeepScanListener listener, @Nullable Side theirs)
            throws InterruptedException {
        scanning.lockInterruptibly();
        try {
            DeepScanReport report = new DeepScan(
                            migration,
                            legacy,
                            target,
                            new KafkaChangesHistory(migration, log),
                            seen -> observations.send(seen.side() == theirs ? byOthers(seen) : seen, "deep-scan"),
                            settings.limits(),
                            clock,
                            RandomGenerator.getDefault(),
                            scanners,
                            Pause.until(stopping))
                    .run(options, listener);
            observations.flush();
            return report;
        } finally {
            scanning.unlock();
        }
    }

    private static Observation byOthers(Observation seen) {
        return new Observation(
                seen.side(), seen.key(), seen.partition(), seen.position(), seen.digest(), false, seen.atMillis());
    }

    /** The last deep scan of everything since the process began. */
    public Optional<DeepScanReport> lastDeepScan() {
        return Optional.ofNullable(lastDeepScan);
    }

    /** Findings that stand, those of the deep scan included. */
    public long openVerdicts() {
        return verdicts.count();
    }

    /**
     * At most {@code limit} findings that match, each with the fields that differ, in the order of their places. Without fields
     * if a store could not be read just now.
     */
    public List<Verdict> mismatches(Predicate<Verdict> matching, int limit) throws InterruptedException {
        List<Verdict> found = verdicts.open(matching, Math.min(limit, MOST_EXPLAINED));
        synchronized (explanations) {
            explanations.keySet().retainAll(found.stream().map(Verdict::place).toList());
            List<Verdict> missing =
                    found.stream().filter(verdict -> !isExplained(verdict)).toList();
            try {
                List<Verdict> explained = explainer.explain(missing);
                for (int i = 0; i < missing.size(); i++) {
                    Verdict verdict = missing.get(i);
                    explanations.put(verdict.place(), new Explained(verdict, explained.get(i), clock.millis()));
                }
            } catch (StoreUnavailableException | KafkaException e) {
                LOG.atWarn().addKeyValue("reason", e.getMessage()).log("Cannot explain what differs just now");
            }
            List<Verdict> answer = new ArrayList<>();
            for (Verdict verdict : found) {
                Explained explained = explanations.get(verdict.place());
                answer.add(explained == null ? verdict : explained.explained());
            }
            return answer;
        }
    }

    private boolean isExplained(Verdict verdict) {
        Explained explained = explanations.get(verdict.place());
        return explained != null
                && explained.verdict().equals(verdict)
                && clock.millis() - explained.atMillis() < EXPLAINED_FOR.toMillis();
    }

    public VerifierHealth health() {
        List<String> faults = new ArrayList<>();
        comparison.fault().ifPresent(faults::add);
        if (!verdicts.alive()) {
            faults.add("verdicts are not followed any more");
        }
        rechecks.fault().ifPresent(faults::add);
        long observed = 0;
        for (Observer observer : observers) {
            observer.fault().ifPresent(faults::add);
            observed += observer.emitted();
        }
        PostgresObserver following = writeAheadLog;
        boolean noting = noted.stream().anyMatch(observer -> observer.side() == Side.TARGET);
        return new VerifierHealth(
                comparison.running(),
                faults,
                comparison.status().unproven(),
                comparison.status().waiting(),
                verdicts.count(),
                observed,
                noting
                        ? noted.stream().allMatch(observer -> observer.fault().isEmpty())
                        : following != null && following.streaming(),
                slot(following));
    }

    private static Optional<SlotHealth> slot(@Nullable PostgresObserver following) {
        try {
            return following == null ? Optional.empty() : Optional.of(following.slot());
        } catch (StoreUnavailableException e) {
            return Optional.empty();
        }
    }

    private interface Chore {
        void run() throws InterruptedException;
    }

    /** A chore that fails is tried again next time. */
    private Runnable logged(Chore chore) {
        return () -> {
            try {
                chore.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.atWarn().setCause(e).log("A chore of the verifier has failed");
            }
        };
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private <T extends AutoCloseable> T part(T started) {
        parts.push(started);
        return started;
    }

    @Override
    public void close() {
        stopping.countDown();
        chores.shutdownNow();
        scanners.shutdownNow();
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.atWarn().setCause(e).log("A part of the verifier did not close cleanly");
            }
        }
    }
}
