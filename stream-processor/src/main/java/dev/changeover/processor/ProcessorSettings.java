package dev.changeover.processor;

import java.nio.file.Path;

/**
 * One instance of the stream processor.
 *
 * @param stateDir folder for its state; it can be lost, the state is then read back from the log
 * @param instanceId its name, the same after a restart and different from every other instance's
 * @param threads threads that share the partitions out among themselves, 1 to 64
 */
public record ProcessorSettings(Path stateDir, String instanceId, int threads) {
    public ProcessorSettings {
        if (instanceId.isBlank()) {
            throw new IllegalArgumentException("Missing name of this instance of the processor");
        }
        if (threads < 1 || threads > 64) {
            throw new IllegalArgumentException("Invalid number of processor threads %d: 1 to 64".formatted(threads));
        }
    }
}
