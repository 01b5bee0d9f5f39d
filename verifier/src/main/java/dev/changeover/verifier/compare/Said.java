package dev.changeover.verifier.compare;

import dev.changeover.model.canonical.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What the log last said of a key.
 *
 * @param offset of that event in the key's partition of {@code changes}
 * @param digest of the record as it should be, or null if it should not be there
 * @param live whether the event was a live change; a snapshot read is not
 */
record Said(long offset, @Nullable Digest digest, boolean live) {}
