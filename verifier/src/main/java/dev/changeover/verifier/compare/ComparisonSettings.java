package dev.changeover.verifier.compare;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the comparison runs.
 *
 * @param directory of its state, which may be deleted: it is then read from the log again
 * @param instance name of this process among those that share the work; the same after a restart
 * @param threads how many partitions are compared at the same time, 1 to 64
 * @param commitInterval how often what was found is made visible
 * @param cacheBytes memory for states that change again before the next commit
 */
public record ComparisonSettings(
        Path directory, String instance, int threads, Duration commitInterval, long cacheBytes) {
    /**
     * Some 9,000 keys between two commits. More than that would be kept on the heap for nothing: a key that was only
     * backfilled is not touched again.
     */
    private static final long CACHE_BYTES = 2L * 1024 * 1024;

    public ComparisonSettings {
        if (instance.isBlank() || threads < 1 || threads > 64 || commitInterval.isNegative() || cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "Invalid comparison: an instance name, 1 to 64 threads, and nothing negative, not \"%s\", %d, %s, %d"
                            .formatted(instance, threads, commitInterval, cacheBytes));
        }
    }

    public static ComparisonSettings in(Path directory) {
        return new ComparisonSettings(directory, "verifier", 1, Duration.ofMillis(500), CACHE_BYTES);
    }

    /** The same under another name of this process. */
    public ComparisonSettings as(String otherInstance) {
        return new ComparisonSettings(directory, otherInstance, threads, commitInterval, cacheBytes);
    }
}
