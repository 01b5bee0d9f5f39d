package dev.changeover.producer.backfill;

import java.time.Duration;

/**
 * How a backfill works.
 *
 * @param instance names this process among those that backfill, the same after a restart: then what it left open is ended at
 *     once and not after a time-out, during which everything behind it on {@code writes} waits
 * @param workers threads that publish chunks, 1 to 64
 * @param chunkRecords about how many records a chunk has, 1 to 100,000
 * @param bufferBytes how much of a chunk is read before its transaction begins; what is larger is read inside of it
 * @param maxRecordsPerSecond of all workers of this process together; 0 for no limit
 * @param maxBehind how many events the processor and the sinks may have before them when a chunk is published, so that live
 *     writes, which stand in the same line, do not wait for long; more where they take up more within a second and a half; 0 for no limit
 * @param entity the one to be backfilled before the others, by name; empty for all that are left. The barrier follows when all are
 *     through
 * @param retryFirst first wait when the store cannot be read; doubles each time
 * @param retryMax longest wait
 */
public record BackfillSettings(
        String instance,
        int workers,
        int chunkRecords,
        int bufferBytes,
        int maxRecordsPerSecond,
        int maxBehind,
        String entity,
        Duration retryFirst,
        Duration retryMax) {
    public BackfillSettings {
        if (instance.isBlank()) {
            throw new IllegalArgumentException("Missing instance of the backfill");
        }
        if (workers < 1 || workers > 64) {
            throw new IllegalArgumentException("Invalid workers %d: 1 to 64".formatted(workers));
        }
        if (chunkRecords < 1 || chunkRecords > 100_000) {
            throw new IllegalArgumentException("Invalid chunkRecords %d: 1 to 100000".formatted(chunkRecords));
        }
        if (bufferBytes < 1 || maxRecordsPerSecond < 0 || maxBehind < 0) {
            throw new IllegalArgumentException("Invalid bufferBytes %d, maxRecordsPerSecond %d or maxBehind %d"
                    .formatted(bufferBytes, maxRecordsPerSecond, maxBehind));
        }
        if (retryFirst.isNegative() || retryFirst.isZero() || retryMax.compareTo(retryFirst) < 0) {
            throw new IllegalArgumentException("Invalid waits %s to %s".formatted(retryFirst, retryMax));
        }
    }

    /** Two workers, chunks of 1,000 records, 16 MiB, no limit of the rate, 2,000 events behind or the work of a second and a half, waits of 200 ms to 10 s. */
    public static BackfillSettings of(String instance) {
        return new BackfillSettings(
                instance, 2, 1_000, 16 * 1024 * 1024, 0, 2_000, "", Duration.ofMillis(200), Duration.ofSeconds(10));
    }

    public BackfillSettings withRate(int recordsPerSecond) {
        return new BackfillSettings(
                instance,
                workers,
                chunkRecords,
                bufferBytes,
                recordsPerSecond,
                maxBehind,
                entity,
                retryFirst,
                retryMax);
    }

    public BackfillSettings withWorkers(int threads) {
        return new BackfillSettings(
                instance,
                threads,
                chunkRecords,
                bufferBytes,
                maxRecordsPerSecond,
                maxBehind,
                entity,
                retryFirst,
                retryMax);
    }

    public BackfillSettings withChunks(int records) {
        return new BackfillSettings(
                instance, workers, records, bufferBytes, maxRecordsPerSecond, maxBehind, entity, retryFirst, retryMax);
    }

    public BackfillSettings withEntity(String name) {
        return new BackfillSettings(
                instance,
                workers,
                chunkRecords,
                bufferBytes,
                maxRecordsPerSecond,
                maxBehind,
                name,
                retryFirst,
                retryMax);
    }
}
