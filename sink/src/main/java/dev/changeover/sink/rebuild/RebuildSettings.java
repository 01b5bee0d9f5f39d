package dev.changeover.sink.rebuild;

import org.jspecify.annotations.Nullable;

/**
 * How a store is rebuilt.
 *
 * @param untilMillis events that the broker took later, in milliseconds of Unix time, are left out; null for none
 * @param maxBatchRows a batch is applied when it has so many events; 1 to 1,000,000. One poll may exceed it
 * @param maxBatchBytes or so many bytes of them
 * @param maxKeysFolded of how many keys the log's last state is kept in memory for comparison, at some 50 bytes each; with more
 *     keys there is nothing to compare with on the log's side
 */
public record RebuildSettings(@Nullable Long untilMillis, int maxBatchRows, long maxBatchBytes, int maxKeysFolded) {
    public RebuildSettings {
        if (maxBatchRows < 1 || maxBatchRows > 1_000_000) {
            throw new IllegalArgumentException("Invalid maxBatchRows %d: 1 to 1000000".formatted(maxBatchRows));
        }
        if (maxBatchBytes < 1 || maxKeysFolded < 0) {
            throw new IllegalArgumentException(
                    "Invalid limits %d bytes, %d keys: at least 1 and 0".formatted(maxBatchBytes, maxKeysFolded));
        }
    }

    /** 20,000 events or 16 MiB at once, 5,000,000 keys. */
    public static RebuildSettings of(@Nullable Long untilMillis) {
        return new RebuildSettings(untilMillis, 20_000, 16L * 1024 * 1024, 5_000_000);
    }
}
