package dev.changeover.sink;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import java.time.Duration;

/**
 * How a sink works.
 *
 * @param groupId consumer group; all sinks of a side share its partitions, so it must be the same in every process
 * @param instance names this process in the group over restarts, so that its partitions wait for it; empty to be anybody. Two
 *     at once with the same name shut each other out
 * @param maxBatchRows a batch is applied when it has so many events, at the latest; 1 to 100,000. One poll may exceed it
 * @param maxBatchBytes or so many bytes of them
 * @param retryFirst first wait when the store cannot be reached; doubles each time
 * @param retryMax longest wait
 * @param maxFences how often in a row another writer may be met before this one stops
 */
public record SinkSettings(
        String groupId,
        String instance,
        int maxBatchRows,
        int maxBatchBytes,
        Duration retryFirst,
        Duration retryMax,
        int maxFences) {
    public SinkSettings {
        if (groupId.isBlank()) {
            throw new IllegalArgumentException("Missing group of the sink");
        }
        if (maxBatchRows < 1 || maxBatchRows > 100_000) {
            throw new IllegalArgumentException("Invalid maxBatchRows %d: 1 to 100000".formatted(maxBatchRows));
        }
        if (maxBatchBytes < 1) {
            throw new IllegalArgumentException("Invalid maxBatchBytes %d: at least 1".formatted(maxBatchBytes));
        }
        if (retryFirst.isNegative() || retryFirst.isZero() || retryMax.compareTo(retryFirst) < 0) {
            throw new IllegalArgumentException("Invalid waits %s to %s".formatted(retryFirst, retryMax));
        }
        if (maxFences < 1) {
            throw new IllegalArgumentException("Invalid maxFences %d: at least 1".formatted(maxFences));
        }
    }

    /** 10,000 events or 8 MiB, waits of 100 ms to 10 s, five fences. */
    public static SinkSettings of(Migration migration, Side side) {
        return new SinkSettings(
                "changeover.%s.%s-sink".formatted(migration.name(), side.word()),
                "",
                10_000,
                8 * 1024 * 1024,
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                5);
    }

    public SinkSettings withInstance(String name) {
        return new SinkSettings(groupId, name, maxBatchRows, maxBatchBytes, retryFirst, retryMax, maxFences);
    }

    public SinkSettings withBatches(int rows, int bytes) {
        return new SinkSettings(groupId, instance, rows, bytes, retryFirst, retryMax, maxFences);
    }

    public SinkSettings withRetries(Duration first, Duration max) {
        return new SinkSettings(groupId, instance, maxBatchRows, maxBatchBytes, first, max, maxFences);
    }
}
