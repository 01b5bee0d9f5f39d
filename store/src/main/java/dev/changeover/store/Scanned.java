package dev.changeover.store;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.EntityRecord;
import org.jspecify.annotations.Nullable;

/**
 * One thing met by a scan.
 *
 * @param record the record, or null if it is a bad one
 * @param origin where it stands: {@code data/users/42.json}, {@code data/chat_sessions/gap.json#/2}, {@code api/logs/info.log:17}
 * @param fault what is wrong with it and what to do, with line and column where known; empty for a good one
 * @param keyText the record key's text of a bad one if that much could be read, otherwise empty
 * @param content the bytes of a bad one, at most 1 MiB of them; empty for a good one
 */
public record Scanned(
        @Nullable EntityRecord record,
        String origin,
        String fault,
        String keyText,
        @Nullable Bytes content) {
    public static Scanned good(EntityRecord record, String origin) {
        return new Scanned(record, origin, "", "", null);
    }

    public static Scanned bad(String origin, String fault, String keyText, Bytes content) {
        return new Scanned(null, origin, fault, keyText, content);
    }
}
