package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.BitSet;

/** Count and sum of digests of one side's records of one entity, by bucket of their keys. One thread writes it. */
final class BucketDigests {
    static final int BUCKETS = 4096;

    private final long[] high = new long[BUCKETS];
    private final long[] low = new long[BUCKETS];
    private final long[] count = new long[BUCKETS];
    private long records;

    /** Returns the record's digest. */
    Digest add(RecordKey key, EntityRecord entityRecord) {
        int bucket = Canonical.bucket(key, BUCKETS);
        Digest digest = Canonical.digest(entityRecord);
        long sum = low[bucket] + digest.low();
        high[bucket] += digest.high() + (Long.compareUnsigned(sum, digest.low()) < 0 ? 1 : 0);
        low[bucket] = sum;
        count[bucket]++;
        records++;
        return digest;
    }

    long records() {
        return records;
    }

    long count(int bucket) {
        return count[bucket];
    }

    Digest total() {
        Digest total = Digest.ZERO;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            total = total.plus(new Digest(high[bucket], low[bucket]));
        }
        return total;
    }

    BitSet differing(BucketDigests other) {
        BitSet differing = new BitSet(BUCKETS);
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            if (high[bucket] != other.high[bucket]
                    || low[bucket] != other.low[bucket]
                    || count[bucket] != other.count[bucket]) {
                differing.set(bucket);
            }
        }
        return differing;
    }
}
