package dev.changeover.model.entity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** Numbers made of keys: always the same one for the same key, and practically never one for two. */
public final class KeyNumber {
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

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
