package dev.changeover.model.topic;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import org.jspecify.annotations.Nullable;

/**
 * What a side was seen to hold for a key, read back from the store.
 *
 * @param partition of the key in {@code changes}
 * @param position how far that partition was applied in the store when it was read: the offset of the next event to apply
 * @param digest of the record's canonical form, or null if the store has no such record
 * @param ours whether the state seen was written by a sink of ours; false for an edit by others
 * @param atMillis when, in milliseconds of Unix time
 */
public record Observation(
        Side side,
        RecordKey key,
        int partition,
        long position,
        @Nullable Digest digest,
        boolean ours,
        long atMillis) {}
