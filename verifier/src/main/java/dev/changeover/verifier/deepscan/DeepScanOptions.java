package dev.changeover.verifier.deepscan;

import java.util.List;

/**
 * What one deep scan shall do.
 *
 * @param entities names of the entities to look at; empty for all
 * @param sample about how many records of each side of each entity to look at; 0 for all
 * @param recordsPerSecond the most records to read of one side in a second; 0 for as many as it can
 * @param planted how many differences to plant in a scratch copy, which the scan must find; 0 for none
 * @param backfill whether a record that the log has never heard of may still be on its way
 */
public record DeepScanOptions(
        List<String> entities, int sample, long recordsPerSecond, int planted, Backfill backfill) {
    /** How far the backfill is. */
    public enum Backfill {
        /** A record that only the legacy side has, and the log not, is not yet backfilled: no finding. */
        RUNNING,
        /** Such a record is one: the log should have it. */
        COMPLETE
    }

    public DeepScanOptions {
        entities = List.copyOf(entities);
        if (sample < 0 || recordsPerSecond < 0 || planted < 0 || planted > 64) {
            throw new IllegalArgumentException(
                    "Invalid deep scan: sample %d and rate %d must not be negative, planted %d must be 0 to 64"
                            .formatted(sample, recordsPerSecond, planted));
        }
    }

    /** Everything, as fast as it goes, after the backfill. */
    public static DeepScanOptions whole() {
        return new DeepScanOptions(List.of(), 0, 0, 8, Backfill.COMPLETE);
    }

    public DeepScanOptions of(List<String> these) {
        return new DeepScanOptions(these, sample, recordsPerSecond, planted, backfill);
    }

    public DeepScanOptions sampled(int records) {
        return new DeepScanOptions(entities, records, recordsPerSecond, planted, backfill);
    }

    public DeepScanOptions limitedTo(long records) {
        return new DeepScanOptions(entities, sample, records, planted, backfill);
    }

    public DeepScanOptions planting(int differences) {
        return new DeepScanOptions(entities, sample, recordsPerSecond, differences, backfill);
    }

    public DeepScanOptions whileBackfilling() {
        return new DeepScanOptions(entities, sample, recordsPerSecond, planted, Backfill.RUNNING);
    }
}
