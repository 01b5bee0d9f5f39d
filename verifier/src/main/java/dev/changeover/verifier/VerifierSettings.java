package dev.changeover.verifier;

import dev.changeover.verifier.deepscan.DeepScanLimits;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the verifier runs.
 *
 * @param directory for its state; what is in it may be deleted while it does not run, and is made again
 * @param instance name of this process among the verifiers of the migration, the same after a restart
 * @param recheckEvery how often to look again at what differs
 * @param rescanEvery how often to look for legacy files that others have changed
 * @param deepScanEvery how often to scan both stores whole by itself; zero for never
 * @param deepScanRecordsPerSecond the most records of one side that such a scan reads in a second; 0 for no limit
 * @param limits of deep scans
 */
public record VerifierSettings(
        Path directory,
        String instance,
        Duration recheckEvery,
        Duration rescanEvery,
        Duration deepScanEvery,
        long deepScanRecordsPerSecond,
        DeepScanLimits limits) {
    private static final Duration WATCH_EVERY = Duration.ofMillis(250);

    public VerifierSettings {
        if (instance.isBlank()
                || recheckEvery.toMillis() < 10
                || rescanEvery.toMillis() < 10
                || deepScanEvery.isNegative()
                || deepScanRecordsPerSecond < 0) {
            throw new IllegalArgumentException(
                    "Invalid verifier settings: instance \"%s\", recheck every %s, rescan every %s, deep scan every %s"
                            .formatted(instance, recheckEvery, rescanEvery, deepScanEvery));
        }
    }

    public static VerifierSettings in(Path directory) {
        return new VerifierSettings(
                directory,
                "verifier",
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ZERO,
                0,
                DeepScanLimits.DEFAULT);
    }

    /** The same for an application that goes on writing its own files: they are looked at all the time. */
    public VerifierSettings watching() {
        return new VerifierSettings(
                directory, instance, recheckEvery, WATCH_EVERY, deepScanEvery, deepScanRecordsPerSecond, limits);
    }
}
