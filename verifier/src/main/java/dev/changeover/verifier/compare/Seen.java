package dev.changeover.verifier.compare;

import dev.changeover.model.canonical.Digest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one side was last seen to hold for a key.
 *
 * @param position how far the key's partition was applied in the store then: the offset of the next event to apply
 * @param digest of the record, or null if there was none
 * @param ours whether a sink of ours wrote it; false for an edit by others
 */
record Seen(long position, @Nullable Digest digest, boolean ours) {
    /**
     * What is known after another look at the same side, or this if the other look was earlier. An edit by others stays
     * theirs when it is seen again by somebody who cannot tell.
     */
    Seen then(Seen later) {
        if (later.position < position) {
            return this;
        }
        boolean sameEdit = !ours && later.ours && Objects.equals(digest, later.digest);
        return sameEdit ? new Seen(later.position, digest, false) : later;
    }
}
