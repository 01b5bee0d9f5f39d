package dev.changeover.processor;

import java.util.Arrays;
import org.apache.kafka.common.utils.Utils;

/**
 * A Bloom filter of fixed size: a key that was added is always found, one that was not is found by mistake the more often, the more
 * keys there are: of 8 bits for each key one in 30, of 16 one in 200. Its bits are those of Kirsch and Mitzenmacher, "Less Hashing,
 * Same Performance: Building a Better Bloom Filter" (2006).
 */
final class KeyFilter {
    private static final int HASHES = 3;

    private final long[] words;
    private final int unused;

    /** @param bitsLog2 the logarithm of its bits to the base of 2, 6 to 31 */
    KeyFilter(int bitsLog2) {
        words = new long[1 << (bitsLog2 - 6)];
        unused = Integer.SIZE - bitsLog2;
    }

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
    private int bit(int hash) {
        int mixed = hash * 0x9E3779B9; // Knuth's multiplicative hashing: the upper bits depend on all lower ones
        return mixed >>> unused;
    }
}
