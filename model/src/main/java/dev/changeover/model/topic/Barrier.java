package dev.changeover.model.topic;

import java.nio.charset.StandardCharsets;

/**
 * A marker that is written into every partition of {@code writes} and forwarded to the same partition of {@code changes}.
 *
 * @param id its name, never empty; the same in every partition
 * @param kind what it is for: {@code backfill-complete}, {@code cutover}, {@code rollback}, {@code verify} …
 */
public record Barrier(String id, String kind) {
    public Barrier {
        if (id.isEmpty() || kind.isEmpty()) {
            throw new IllegalArgumentException("Invalid barrier \"%s\" of kind \"%s\"".formatted(id, kind));
        }
    }

    /** The key of its records on the log. */
    public byte[] keyBytes() {
        return ("barrier:" + id).getBytes(StandardCharsets.UTF_8);
    }
}
