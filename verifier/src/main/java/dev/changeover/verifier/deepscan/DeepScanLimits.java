package dev.changeover.verifier.deepscan;

import java.time.Duration;

/**
 * What bounds a deep scan's memory and time.
 *
 * @param chunkRecords records of a chunk
 * @param drillDownKeys the most keys, of both sides together, that are held at once while looking into buckets that differ
 * @param drillDownRounds the most times that both sides are read again for that
 * @param suspects the most keys of an entity that are read again one by one
 * @param readBatch keys of one such read
 * @param settleTime how long to wait for a side that lags before a suspect counts as undecided
 * @param settlePause how long to wait between two looks
 * @param listed the most findings, and the most unreadable records, that a report lists; all are counted
 */
public record DeepScanLimits(
        int chunkRecords,
        int drillDownKeys,
        int drillDownRounds,
        int suspects,
        int readBatch,
        Duration settleTime,
        Duration settlePause,
        int listed) {
    public static final DeepScanLimits DEFAULT =
            new DeepScanLimits(5_000, 200_000, 6, 20_000, 500, Duration.ofSeconds(30), Duration.ofMillis(100), 1_000);

    public DeepScanLimits {
        if (chunkRecords < 1
                || drillDownKeys < 1
                || drillDownRounds < 1
                || suspects < 1
                || readBatch < 1
                || listed < 1
                || settleTime.isNegative()
                || settlePause.isNegative()) {
            throw new IllegalArgumentException("Invalid limits of a deep scan: each must be at least 1");
        }
    }

    /** The same, but for how long it waits for a side that lags. */
    public DeepScanLimits settlingWithin(Duration time) {
        return new DeepScanLimits(
                chunkRecords, drillDownKeys, drillDownRounds, suspects, readBatch, time, settlePause, listed);
    }
}
