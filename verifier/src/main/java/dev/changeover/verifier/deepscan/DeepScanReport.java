package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a deep scan looked at and what it found.
 *
 * @param startedMillis in milliseconds of Unix time
 * @param entities in the order of the definition
 * @param planted differences planted in a scratch copy
 * @param detected how many of these the scan's own machinery found, each with its kind and side
 */
public record DeepScanReport(
        long startedMillis, long endedMillis, List<EntityReport> entities, int planted, int detected) {
    public DeepScanReport {
        entities = List.copyOf(entities);
    }

    /** What can be said. */
    public enum Outcome {
        EQUAL,
        DIFFERENT,
        /** No difference is proven, but equality is not either: some keys lagged too long, or nothing was looked at. */
        UNDECIDED
    }

    /**
     * @param side the side that holds what cannot be read
     * @param origin where it stands
     * @param fault what is wrong with it and what to do
     */
    public record Unreadable(Side side, String origin, String fault) {}

    /**
     * One entity's part.
     *
     * @param counted records read of the legacy and of the target side; of a sample, the records looked at
     * @param digests sum of all records' digests of each side; zero for a sample
     * @param scope {@code whole}, or {@code sample}
     * @param positionsBefore offset of the next event to apply, by side and partition, when the scan began
     * @param bucketsDiffering buckets whose digests differed at first sight, lag included
     * @param suspects keys that differed at first sight, lag included
     * @param findings differences that are none of lag; at most {@link DeepScanLimits#listed} of them
     * @param findingsCounted all of them
     * @param unreadable bad records met; at most {@link DeepScanLimits#listed} of them
     * @param unreadableCounted all of them
     * @param undecided keys that lagged too long to be judged, and keys beyond the limits
     * @param notBackfilled keys that only the legacy side has and the log not, while the backfill runs
     */
    public record EntityReport(
            String entity,
            String scope,
            long startedMillis,
            long endedMillis,
            Map<Side, Long> counted,
            Map<Side, Digest> digests,
            Map<Side, Map<Integer, Long>> positionsBefore,
            int bucketsDiffering,
            long suspects,
            List<Verdict> findings,
            long findingsCounted,
            List<Unreadable> unreadable,
            long unreadableCounted,
            long undecided,
            long notBackfilled) {
        public long records() {
            return counted.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Of both sides together. */
        public double recordsPerSecond() {
            return records() * 1000.0 / Math.max(1, endedMillis - startedMillis);
        }
    }

    /** The same with these of its findings only; for a report that lists all of them. */
    public DeepScanReport withFindings(Predicate<Verdict> standing) {
        List<EntityReport> fewer = entities.stream()
                .map(each -> {
                    List<Verdict> left =
                            each.findings().stream().filter(standing).toList();
                    return new EntityReport(
                            each.entity(),
                            each.scope(),
                            each.startedMillis(),
                            each.endedMillis(),
                            each.counted(),
                            each.digests(),
                            each.positionsBefore(),
                            each.bucketsDiffering(),
                            each.suspects(),
                            left,
                            left.size(),
                            each.unreadable(),
                            each.unreadableCounted(),
                            each.undecided(),
                            each.notBackfilled());
                })
                .toList();
        return new DeepScanReport(startedMillis, endedMillis, fewer, planted, detected);
    }

    /** Of all entities, as far as listed. */
    public List<Verdict> findings() {
        return entities.stream().flatMap(each -> each.findings().stream()).toList();
    }

    public long findingsCounted() {
        return entities.stream().mapToLong(EntityReport::findingsCounted).sum();
    }

    public long unreadableCounted() {
        return entities.stream().mapToLong(EntityReport::unreadableCounted).sum();
    }

    public long undecided() {
        return entities.stream().mapToLong(EntityReport::undecided).sum();
    }

    /** Records of both sides looked at. Zero is a finding, not a success. */
    public long records() {
        return entities.stream().mapToLong(EntityReport::records).sum();
    }

    public Outcome outcome() {
        if (findingsCounted() > 0 || unreadableCounted() > 0) {
            return Outcome.DIFFERENT;
        }
        return undecided() > 0 || records() == 0 || detected < planted ? Outcome.UNDECIDED : Outcome.EQUAL;
    }
}
