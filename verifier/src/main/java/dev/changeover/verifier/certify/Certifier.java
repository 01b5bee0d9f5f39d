package dev.changeover.verifier.certify;

import dev.changeover.log.Barriers;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Verdict;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.deepscan.DeepScan;
import dev.changeover.verifier.deepscan.DeepScanListener;
import dev.changeover.verifier.deepscan.DeepScanOptions;
import dev.changeover.verifier.deepscan.DeepScanReport;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Issues certificates while writes go on. Not safe for use by several threads.
 *
 * <pre>
 * whole: both sinks pass barrier A ──► both stores are read whole; what differs is read again until it is certain
 * since: both sinks pass barrier B ──► each key with an event between A and B, and each key that others wrote to meanwhile,
 *                                      is read on both sides and compared with the log
 * </pre>
 *
 * So each key of both stores was seen equal behind its last event before B: in the scan if it has none since A, otherwise by itself. The
 * counts and digests that a certificate states are what {@code changes} amounts to at the barrier, so anybody can compute them again.
 */
public final class Certifier implements AutoCloseable {
    /** How many keys may have changed since the last look; more are better looked at by a scan. */
    private static final int MAX_CHANGED = 200_000;

    private static final int MAX_REASONS = 20;
    private static final int MAX_SHOWN = 120;
    private static final Duration SCAN_CATCH_UP = Duration.ofSeconds(30);
    private static final Duration CATCH_UP = Duration.ofSeconds(3);

    private final Migration migration;
    private final Scan scan;
    private final Again again;
    private final ProgressTail progress;
    private final Others others;
    private final Touches touches;
    private final String configHash;
    private final InstantSource clock;
    private final LogDigests digests;
    /** Up to where everything is known to be equal, and by which scan; null if nothing is known. */
    private @Nullable Position known;

    private @Nullable DeepScanReport scanned;
    private @Nullable Position scannedFrom;

    /** Reads both stores whole. */
    public interface Scan {
        DeepScanReport run(DeepScanOptions options, DeepScanListener listener) throws InterruptedException;
    }

    /** Waits until everything has been seen that others have written until now; false if that takes too long. */
    public interface Others {
        boolean await(Duration limit) throws InterruptedException;
    }

    /** Reads some keys again that have no event before {@code since} of which the log must be asked. */
    public interface Again {
        DeepScan.Again run(Collection<RecordKey> keys, Position since) throws InterruptedException;
    }

    public Certifier(
            Migration migration,
            LogSettings log,
            Scan scan,
            Again again,
            ProgressTail progress,
            Others others,
            Touches touches,
            String configHash,
            InstantSource clock) {
        this.migration = migration;
        this.scan = scan;
        this.again = again;
        this.progress = progress;
        this.others = others;
        this.touches = touches;
        this.configHash = configHash;
        this.clock = clock;
        this.digests = new LogDigests(migration, log);
    }

    /** Looks at everything. Takes as long as a deep scan. */
    public Certificate whole(Barriers.Reached at) throws InterruptedException {
        known = null;
        scanned = null;
        try {
            if (!passed(at.changes(), SCAN_CATCH_UP)) {
                return unsure(at, behind(at.changes()));
            }
            digests.advanceTo(at.changes(), (key, partition, offset) -> {});
            touches.take(); // what others wrote before the scan begins is found by the scan
            DeepScanReport report = scan.run(DeepScanOptions.whole(), DeepScanListener.NONE);
            scanned = report;
            scannedFrom = at.changes();
            List<String> reasons = new ArrayList<>();
            report.findings().stream()
                    .limit(MAX_REASONS)
                    .map(Certifier::sentence)
                    .forEach(reasons::add);
            if (report.unreadableCounted() > 0) {
                reasons.add("%d records cannot be read".formatted(report.unreadableCounted()));
            }
            long findings = report.findingsCounted() + report.unreadableCounted();
            if (findings == 0 && report.outcome() != DeepScanReport.Outcome.EQUAL) {
                reasons.add(
                        report.records() == 0
                                ? "no record was looked at"
                                : "%d records could not be judged; planted differences found: %d of %d"
                                        .formatted(report.undecided(), report.detected(), report.planted()));
            }
            if (reasons.isEmpty()) {
                known = at.changes();
            }
            return certificate(at, reasons, report.records(), 0, 0, findings);
        } catch (StoreUnavailableException | KafkaException e) {
            return unsure(at, "Cannot look: " + e.getMessage());
        }
    }

    /** Looks at what was written since the last certificate that said equal. */
    public Certificate since(Barriers.Reached at) throws InterruptedException {
        Position from = known;
        if (from == null) {
            return unsure(at, "both stores have not been read whole by this process");
        }
        known = null;
        try {
            Set<RecordKey> changed = new LinkedHashSet<>();
            digests.advanceTo(at.changes(), (key, partition, offset) -> {
                if (changed.size() <= MAX_CHANGED) {
                    changed.add(key);
                }
            });
            if (changed.size() > MAX_CHANGED) {
                return unsure(at, "more than %d records have changed since the scan".formatted(MAX_CHANGED));
            }
            if (!passed(at.changes(), CATCH_UP)) {
                return unsure(at, behind(at.changes()));
            }
            if (!others.await(CATCH_UP)) {
                return unsure(
                        at,
                        "the target's write-ahead log is not read, or not fast enough: what others have written is not known");
            }
            Touches.Taken alien = touches.take();
            if (!alien.unclear().isEmpty()) {
                return unsure(at, "somebody else has written to " + String.join(", ", alien.unclear()));
            }
            Set<RecordKey> all = new LinkedHashSet<>(changed);
            all.addAll(alien.keys());
            // Those that others wrote to may have no event since: of them the log is asked from its beginning.
            DeepScan.Again ours = again.run(changed, from);
            DeepScan.Again theirs = again.run(alien.keys(), beginning());
            List<Verdict> findings = new ArrayList<>(theirs.findings());
            findings.addAll(ours.findings());
            int undecided = ours.undecided() + theirs.undecided();
            List<String> reasons = new ArrayList<>(findings.stream()
                    .limit(MAX_REASONS)
                    .map(Certifier::sentence)
                    .distinct()
                    .toList());
            if (undecided > 0) {
                reasons.add("%d records change too fast, or a side lags".formatted(undecided));
            }
            if (reasons.isEmpty()) {
                known = at.changes();
            }
            return certificate(
                    at,
                    reasons,
                    scanned == null ? 0 : scanned.records(),
                    all.size(),
                    alien.keys().size(),
                    findings.size());
        } catch (StoreUnavailableException | KafkaException e) {
            return unsure(at, "Cannot look: " + e.getMessage());
        }
    }

    private Position beginning() {
        return new Position(Collections.nCopies(migration.partitions(), 0L));
    }

    private boolean passed(Position barrier, Duration limit) throws InterruptedException {
        return progress.await(() -> lagging(barrier).isEmpty(), limit);
    }

    private List<Side> lagging(Position barrier) {
        List<Side> lagging = new ArrayList<>();
        for (Side side : Side.values()) {
            for (int partition = 0; partition < migration.partitions(); partition++) {
                long next = progress.of(side, partition).map(Progress::next).orElse(0L);
                if (next < barrier.next().get(partition) && !lagging.contains(side)) {
                    lagging.add(side);
                }
            }
        }
        return lagging;
    }

    private String behind(Position barrier) {
        return "%s has not applied everything before the barrier".formatted(lagging(barrier));
    }

    /** A certificate that says only why it says nothing. */
    public Certificate unsure(Barriers.Reached at, String reason) {
        known = null;
        return certificate(at, List.of(reason), scanned == null ? 0 : scanned.records(), 0, 0, 0);
    }

    private Certificate certificate(
            Barriers.Reached at, List<String> reasons, long records, long reread, long byOthers, long findings) {
        DeepScanReport report = scanned;
        List<Certificate.EntityState> entities = new ArrayList<>();
        if (reasons.isEmpty()) {
            for (Entity entity : migration.entities()) {
                if (entity.legacy().isPresent() && entity.target().isPresent()) {
                    long count = digests.count(entity);
                    Digest digest = digests.digest(entity);
                    entities.add(new Certificate.EntityState(
                            entity.name(), count, digest, count, digest, digests.buckets(entity)));
                }
            }
        } else if (report != null) {
            for (DeepScanReport.EntityReport each : report.entities()) {
                entities.add(new Certificate.EntityState(
                        each.entity(),
                        each.counted().getOrDefault(Side.LEGACY, 0L),
                        each.digests().getOrDefault(Side.LEGACY, Digest.ZERO),
                        each.counted().getOrDefault(Side.TARGET, 0L),
                        each.digests().getOrDefault(Side.TARGET, Digest.ZERO),
                        List.of()));
            }
        }
        return new Certificate(
                UUID.randomUUID().toString(),
                at.barrier().id(),
                at.changes(),
                clock.millis(),
                reasons.isEmpty(),
                entities,
                reasons,
                new Certificate.Evidence(
                        configHash,
                        report == null ? 0 : report.startedMillis(),
                        report == null ? 0 : report.endedMillis(),
                        scannedFrom == null ? beginning() : scannedFrom,
                        records,
                        reread,
                        byOthers,
                        findings,
                        report == null ? 0 : report.planted(),
                        report == null ? 0 : report.detected()));
    }

    /** The record, the side that is wrong, and its fields. */
    private static String sentence(Verdict finding) {
        StringBuilder sentence = new StringBuilder("%s is wrong on the %s side (%s)"
                .formatted(finding.key().label(), finding.side(), finding.kind().word()));
        String separator = ": ";
        for (Verdict.Difference difference : finding.differences()) {
            sentence.append(separator)
                    .append("field %s is %s there, and should be %s (%s)"
                            .formatted(
                                    difference.field(),
                                    shown(finding.side() == Side.LEGACY ? difference.legacy() : difference.target()),
                                    shown(
                                            difference.log() != null
                                                    ? difference.log()
                                                    : finding.side() == Side.LEGACY
                                                            ? difference.target()
                                                            : difference.legacy()),
                                    difference.cause()));
            separator = "; ";
        }
        return sentence.toString();
    }

    private static String shown(@Nullable JsonText value) {
        String text = value == null ? "absent" : value.text();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }

    @Override
    public void close() {
        digests.close();
    }
}
