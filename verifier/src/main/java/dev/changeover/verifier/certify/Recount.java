package dev.changeover.verifier.certify;

import dev.changeover.log.LogSettings;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.Certificate.BucketState;
import dev.changeover.model.topic.Certificate.EntityState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A certificate worked out anew from nothing but the log: {@code changes} is read from its beginning up to the certificate's barrier, and
 * what it amounts to there is compared with what the certificate says of both sides. It needs no store, and none of what the verifier
 * keeps; so it can be done long after, and by whoever does not believe the one who issued the certificate.
 *
 * @param events that were read
 * @param entities in the order of the definition
 * @param reasons why it does not hold, in words; empty if it does
 */
public record Recount(long events, List<EntityCount> entities, List<String> reasons) {
    public Recount {
        entities = List.copyOf(entities);
        reasons = List.copyOf(reasons);
    }

    /**
     * What the log amounts to at the barrier.
     *
     * @param digest the sum of the records' digests
     * @param differing buckets of which the certificate says something else
     */
    public record EntityCount(String entity, long count, Digest digest, List<Integer> differing) {
        public EntityCount {
            differing = List.copyOf(differing);
        }
    }

    public boolean confirmed() {
        return reasons.isEmpty();
    }

    /**
     * Reads the whole log up to the barrier.
     *
     * @throws IllegalArgumentException if the certificate's barrier is not one of this migration's log
     * @throws dev.changeover.log.LogException if Kafka cannot be reached
     */
    public static Recount of(Migration migration, LogSettings log, Certificate certificate)
            throws InterruptedException {
        if (certificate.barrier().next().size() != migration.partitions()) {
            throw new IllegalArgumentException("Invalid certificate %s: its barrier has %d partitions, the log has %d"
                    .formatted(certificate.id(), certificate.barrier().next().size(), migration.partitions()));
        }
        long[] events = new long[1];
        List<EntityCount> counts = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        try (LogDigests digests = new LogDigests(migration, log)) {
            digests.advanceTo(certificate.barrier(), (key, partition, offset) -> events[0]++);
            for (Entity entity : migration.entities()) {
                EntityState said = certificate.entities().stream()
                        .filter(state -> state.entity().equals(entity.name()))
                        .findFirst()
                        .orElse(null);
                if (said == null) {
                    reasons.add("%s is not in the certificate: the definition was changed since".formatted(entity));
                    continue;
                }
                EntityCount count = new EntityCount(
                        entity.name(),
                        digests.count(entity),
                        digests.digest(entity),
                        differing(digests.buckets(entity), said.buckets()));
                counts.add(count);
                compare(count, said, reasons);
            }
        }
        if (!certificate.equal()) {
            reasons.add("it does not say that the sides are equal: " + String.join("; ", certificate.reasons()));
        }
        return new Recount(events[0], counts, reasons);
    }

    private static void compare(EntityCount count, EntityState said, List<String> reasons) {
        if (count.count() != said.legacyCount() || !count.digest().equals(said.legacyDigest())) {
            reasons.add(difference(count, "legacy", said.legacyCount(), said.legacyDigest()));
        }
        if (count.count() != said.targetCount() || !count.digest().equals(said.targetDigest())) {
            reasons.add(difference(count, "target", said.targetCount(), said.targetDigest()));
        }
        if (!count.differing().isEmpty()) {
            reasons.add(
                    "%s: the log amounts to something else in buckets %s".formatted(count.entity(), count.differing()));
        }
    }

    private static String difference(EntityCount count, String side, long records, Digest digest) {
        return "%s: the certificate says %d records with digest %s on the %s side, the log amounts to %d with %s"
                .formatted(
                        count.entity(),
                        records,
                        digest.hex(),
                        side,
                        count.count(),
                        count.digest().hex());
    }

    /** A certificate that does not say equal has no buckets. */
    private static List<Integer> differing(List<BucketState> counted, List<BucketState> said) {
        return said.isEmpty()
                ? List.of()
                : IntStream.range(0, counted.size())
                        .filter(bucket ->
                                bucket >= said.size() || !counted.get(bucket).equals(said.get(bucket)))
                        .boxed()
                        .toList();
    }
}
