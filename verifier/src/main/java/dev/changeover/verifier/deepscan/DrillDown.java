package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Scanned;
import java.util.BitSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds out which keys differ in buckets that differ, by reading both sides again and keeping the keys of some of these
 * buckets: as many at a time as memory allows.
 */
final class DrillDown {
    private final BothSides sides;
    private final DeepScanLimits limits;

    /**
     * @param suspects keys whose digests differed, lag included, in key order
     * @param twice keys that a side has more than once, with how often on which side it was met at most
     * @param bucketsLeft buckets that differ but were beyond the limits
     */
    record Outcome(SortedSet<RecordKey> suspects, SortedMap<RecordKey, Integer> twice, int bucketsLeft) {}

    DrillDown(BothSides sides, DeepScanLimits limits) {
        this.sides = sides;
        this.limits = limits;
    }

    /** The same where all keys of both sides are at hand already. */
    static Outcome among(KeyDigests legacy, KeyDigests target) {
        SortedSet<RecordKey> suspects = new TreeSet<>();
        SortedMap<RecordKey, Integer> twice = new TreeMap<>();
        KeyDigests.compare(legacy, target, suspects);
        twice.putAll(legacy.twice());
        twice.putAll(target.twice());
        return new Outcome(suspects, twice, 0);
    }

    Outcome into(Entity entity, BitSet differing, BucketDigests legacy, BucketDigests target)
            throws InterruptedException {
        BitSet left = (BitSet) differing.clone();
        SortedSet<RecordKey> suspects = new TreeSet<>();
        SortedMap<RecordKey, Integer> twice = new TreeMap<>();
        for (int round = 0; round < limits.drillDownRounds() && !left.isEmpty(); round++) {
            if (suspects.size() >= limits.suspects()) {
                break;
            }
            BitSet now = asManyAsFit(left, legacy, target);
            Keys legacyKeys = new Keys(now);
            Keys targetKeys = new Keys(now);
            sides.run(entity, legacyKeys, targetKeys);
            KeyDigests.compare(legacyKeys.found, targetKeys.found, suspects);
            twice.putAll(legacyKeys.found.twice());
            twice.putAll(targetKeys.found.twice());
            left.andNot(now);
        }
        return new Outcome(suspects, twice, left.cardinality());
    }

    private BitSet asManyAsFit(BitSet left, BucketDigests legacy, BucketDigests target) {
        BitSet now = new BitSet(BucketDigests.BUCKETS);
        long keys = 0;
        for (int bucket = left.nextSetBit(0); bucket >= 0; bucket = left.nextSetBit(bucket + 1)) {
            keys += legacy.count(bucket) + target.count(bucket);
            if (keys > limits.drillDownKeys() && !now.isEmpty()) {
                break;
            }
            now.set(bucket);
        }
        return now;
    }

    /** The keys of one side that fall in some buckets. */
    private static final class Keys implements SideScan.Visitor {
        private final BitSet buckets;
        private final KeyDigests found = new KeyDigests(Integer.MAX_VALUE);

        Keys(BitSet buckets) {
            this.buckets = buckets;
        }

        @Override
        public void good(RecordKey key, EntityRecord entityRecord) {
            if (buckets.get(Canonical.bucket(key, BucketDigests.BUCKETS))) {
                found.add(key, Canonical.digest(entityRecord));
            }
        }

        @Override
        public void bad(Scanned scanned) {
            // counted in the first pass
        }
    }
}
