package dev.changeover.model.entity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** Version 5 UUIDs: always the same UUID for the same name (RFC 9562, section 5.5). */
public final class Uuid5 {
    private static final ThreadLocal<MessageDigest> SHA1 = ThreadLocal.withInitial(Uuid5::sha1);

    private Uuid5() {}

    /** The UUID of {@code key}'s text in {@code namespace}: what a {@code uuid5(…)} column holds. */
    public static UUID of(UUID namespace, RecordKey key) {
        return of(namespace, key.text());
    }

    public static UUID of(UUID namespace, String name) {
        MessageDigest sha1 = SHA1.get();
        sha1.reset();
        sha1.update(ByteBuffer.allocate(16)
                .putLong(namespace.getMostSignificantBits())
                .putLong(namespace.getLeastSignificantBits())
                .array());
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8)));
        long high = (hash.getLong() & ~0xF000L) | 0x5000L;
        long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-1", e);
        }
    }
}
