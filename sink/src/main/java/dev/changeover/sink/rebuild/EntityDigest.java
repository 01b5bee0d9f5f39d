package dev.changeover.sink.rebuild;

import dev.changeover.model.canonical.Digest;

/**
 * All records of one entity in one place.
 *
 * @param count how many there are
 * @param digest sum of the digests of their canonical forms
 */
public record EntityDigest(long count, Digest digest) {
    public static final EntityDigest NONE = new EntityDigest(0, Digest.ZERO);

    EntityDigest with(Digest added) {
        return new EntityDigest(count + 1, digest.plus(added));
    }

    EntityDigest without(Digest removed) {
        return new EntityDigest(count - 1, digest.minus(removed));
    }
}
