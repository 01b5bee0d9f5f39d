package dev.changeover.processor;

import java.util.Arrays;
import org.apache.kafka.common.utils.Utils;

/**
 * A Bloom filter of fixed size: a key that was added is always found, one that was not is found by mistake the more often, the more
 * keys there are: one in 200 at half a million keys, one in 8 at two millions. Its bits are those of Kirsch and Mitzenmacher, "Less
 * Hashing, Same Performance: Building a Better Bloom Filter" (2006).
 */
final class KeyFilter {
    /** 2^23 bits, 1 MiB, for each partition. */
    private static final int BITS_LOG2 = 23;

    private static final int HASHES = 3;

    private final long[] words = new long[(1 << BITS_LOG2) / Long.SIZE];

    void add(byte[] key) {
        int hash = Arrays.hashCode(key);
        int step = Utils.murmur2(key);
        for (int i = 0; i < HASHES; i++) {
            int bit = bit(hash + i * step);
            words[bit >>> 6] |= 1L << bit;
        }
    }

    boolean mayContain(byte[] key) {
        int hash = Arrays.hashCode(key);
        int step = Utils.murmur2(key);
        for (int i = 0; i < HASHES; i++) {
            int bit = bit(hash + i * step);
            if ((words[bit >>> 6] & 1L << bit) == 0) {
                return false;
            }
        }
        return true;
    }

    /** All bits of {@code hash} count: those of similar keys differ in a few. */
    private static int bit(int hash) {
        int mixed = hash * 0x9E3779B9; // Knuth's multiplicative hashing: the upper bits depend on all lower ones
        return mixed >>> (Integer.SIZE - BITS_LOG2);
    }
}
