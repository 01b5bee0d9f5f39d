package dev.changeover.model.event;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import org.jspecify.annotations.Nullable;

/**
 * One create, update, delete or snapshot read of one record.
 *
 * @param op what happened
 * @param key which record
 * @param before the full state before, where it is known
 * @param after the full state after; null for a delete, for a merge patch on {@code writes}, and for a snapshot read that was
 *     read by {@link EventCodec#readUnlessSnapshot}
 * @param patch RFC 7396 merge patch on the latest state, an object; only on {@code writes}, only with {@code UPDATE}
 * @param origin where it came from, for people: {@code data/users/42.json}, {@code gateway}, {@code cascade of users 42}
 * @param timestampMillis when it was sent, in milliseconds of Unix time; no decision is ever taken by it
 */
public record ChangeEvent(
        Op op,
        RecordKey key,
        @Nullable EntityRecord before,
        @Nullable EntityRecord after,
        @Nullable JsonText patch,
        String origin,
        long timestampMillis) {
    public ChangeEvent {
        if (op != Op.SNAPSHOT && (op == Op.DELETE) != (after == null && patch == null)) {
            throw new IllegalArgumentException(
                    "Invalid event of %s: %s with%s state after".formatted(key, op, after == null ? "out" : " a"));
        }
        if (patch != null && (op != Op.UPDATE || after != null)) {
            throw new IllegalArgumentException(
                    "Invalid event of %s: a patch stands alone, in an update".formatted(key));
        }
    }

    public static ChangeEvent snapshot(EntityRecord record, String origin, long timestampMillis) {
        return new ChangeEvent(Op.SNAPSHOT, record.key(), null, record, null, origin, timestampMillis);
    }

    public static ChangeEvent put(EntityRecord record, String origin, long timestampMillis) {
        return new ChangeEvent(Op.CREATE, record.key(), null, record, null, origin, timestampMillis);
    }

    public static ChangeEvent patch(RecordKey key, JsonText patch, String origin, long timestampMillis) {
        return new ChangeEvent(Op.UPDATE, key, null, null, patch, origin, timestampMillis);
    }

    public static ChangeEvent delete(RecordKey key, String origin, long timestampMillis) {
        return new ChangeEvent(Op.DELETE, key, null, null, null, origin, timestampMillis);
    }
}
