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
 */
public record Certificate(
        String id,
        String barrierId,
        Position barrier,
        long issuedAtMillis,
        boolean equal,
        List<EntityState> entities,
        List<String> reasons) {
    public Certificate {
        entities = List.copyOf(entities);
        reasons = List.copyOf(reasons);
        if (equal && !(reasons.isEmpty() && entities.stream().allMatch(EntityState::equal))) {
            throw new IllegalArgumentException(
                    "Invalid certificate %s: it says equal, but %s %s".formatted(id, reasons, entities));
        }
    }

    /** One entity on both sides: how many records, and the sum of their digests. */
    public record EntityState(
            String entity, long legacyCount, Digest legacyDigest, long targetCount, Digest targetDigest) {
        public boolean equal() {
            return legacyCount == targetCount && legacyDigest.equals(targetDigest);
        }
    }
}
