package dev.changeover.model.topic;

import dev.changeover.model.canonical.Digest;
import java.util.List;

/**
 * The verifier's statement about both sides at a barrier.
 *
 * @param barrierId of the {@link Barrier}
 * @param barrier its place in each partition of {@code changes}: it speaks of exactly the events before it
 * @param issuedAtMillis when, in milliseconds of Unix time
 * @param equal whether both sides were equal and everything was looked at
 * @param entities what was found, entity by entity, in the order of the definition
 * @param reasons why it is not equal, in words; empty if it is
 * @param evidence on what it rests
 */
public record Certificate(
        String id,
        String barrierId,
        Position barrier,
        long issuedAtMillis,
        boolean equal,
        List<EntityState> entities,
        List<String> reasons,
        Evidence evidence) {
    public Certificate {
        entities = List.copyOf(entities);
        reasons = List.copyOf(reasons);
        if (equal && !(reasons.isEmpty() && entities.stream().allMatch(EntityState::equal))) {
            throw new IllegalArgumentException(
                    "Invalid certificate %s: it says equal, but %s %s".formatted(id, reasons, entities));
        }
    }

    /**
     * One entity on both sides: how many records, and the sum of their digests.
     *
     * @param buckets the same of what the log amounts to at the barrier, by bucket of the keys' hash; whoever replays {@code changes} up
     *     to the barrier comes to the same figures. Empty if it is not equal
     */
    public record EntityState(
            String entity,
            long legacyCount,
            Digest legacyDigest,
            long targetCount,
            Digest targetDigest,
            List<BucketState> buckets) {
        public EntityState {
            buckets = List.copyOf(buckets);
        }

        public boolean equal() {
            return legacyCount == targetCount && legacyDigest.equals(targetDigest);
        }
    }

    /** What a bucket holds. */
    public record BucketState(long count, Digest digest) {}

    /**
     * What was looked at.
     *
     * @param configHash SHA-256 of the definition and the schema, in hexadecimal digits
     * @param scanStartedMillis when the scan of both stores began, in milliseconds of Unix time; 0 if there was none
     * @param scannedFrom every event before this position was in both stores when the scan began
     * @param scanned records read by it, of both sides together
     * @param reread keys that were changed since, each read again on both sides and compared with the log
     * @param findings keys that were found to differ; if there are none and the certificate does not say equal, it was not certain
     * @param byOthers of these, keys that somebody else has written to
     * @param planted differences planted for the scan
     * @param detected how many of them it found
     */
    public record Evidence(
            String configHash,
            long scanStartedMillis,
            long scanEndedMillis,
            Position scannedFrom,
            long scanned,
            long reread,
            long byOthers,
            long findings,
            int planted,
            int detected) {}
}
