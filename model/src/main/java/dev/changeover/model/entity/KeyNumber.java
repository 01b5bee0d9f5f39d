package dev.changeover.model.entity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Numbers made of keys: always the same one for the same key, and practically never one for two. */
public final class KeyNumber {
    private static final int RISING_BITS = 20;

    private KeyNumber() {}

    /** The first 62 bits of the SHA-256 of {@code namespace} and {@code key}'s text: what a {@code number(…)} column holds. */
    public static long of(UUID namespace, RecordKey key) {
        MessageDigest sha256 = sha256();
        sha256.update(ByteBuffer.allocate(16)
                .putLong(namespace.getMostSignificantBits())
                .putLong(namespace.getLeastSignificantBits())
                .flip());
        return ByteBuffer.wrap(sha256.digest(key.text().getBytes(StandardCharsets.UTF_8)))
                        .getLong()
                >>> 2;
    }

    /**
     * As {@link #of}, its last 20 bits replaced by the key's last value, a whole number: keys that differ in it only have numbers in
     * its order, as long as it is from 0 to 1,048,575.
     */
    public static long rising(UUID namespace, RecordKey key) {
        List<Object> values = new ArrayList<>(key.values());
        Object last =
                values.set(values.size() - 1, key.values().get(values.size() - 1) instanceof Integer ? 0 : (Object) 0L);
        long place = ((Number) last).longValue();
        if (place < 0 || place >= (1L << RISING_BITS)) {
            return of(namespace, key);
        }
        long rest = of(namespace, RecordKey.of(key.entity(), values)) >>> RISING_BITS;
        return (rest << RISING_BITS) | place;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
