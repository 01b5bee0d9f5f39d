package dev.changeover.model.canonical;

/**
 * 128 bits that stand for a record's canonical form, or the sum of many.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record Digest(long high, long low) {
    public static final Digest ZERO = new Digest(0, 0);

    /** The sum modulo 2^128: order does not matter, and equal ones do not cancel as they would under XOR. */
    public Digest plus(Digest other) {
        long sum = low + other.low;
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new Digest(high + other.high + carry, sum);
    }

    /** What {@link #plus} added is taken away again. */
    public Digest minus(Digest other) {
        long difference = low - other.low;
        long borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
        return new Digest(high - other.high - borrow, difference);
    }

    /** 32 lower-case hexadecimal digits. */
    public String hex() {
        return "%016x%016x".formatted(high, low);
    }

    /** @throws IllegalArgumentException if it is not 32 hexadecimal digits */
    public static Digest ofHex(String hex) {
        if (hex.length() != 32) {
            throw new IllegalArgumentException("Invalid digest \"%s\": 32 hexadecimal digits".formatted(hex));
        }
        return new Digest(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
    }

    @Override
    public String toString() {
        return hex();
    }
}
