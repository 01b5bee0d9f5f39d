package dev.changeover.log;

import dev.changeover.model.entity.Side;
import java.nio.charset.StandardCharsets;

/** Keys of the {@code progress} topic, which is compacted: the last record of each counts. */
public final class ProgressKey {
    static final String PROCESSOR = "processor/";

    private ProgressKey() {}

    /** {@code legacy/3}: a sink's. */
    public static byte[] of(Side side, int partition) {
        return (side.word() + "/" + partition).getBytes(StandardCharsets.UTF_8);
    }

    /** {@code processor/3}: the processor's. */
    public static byte[] ofProcessor(int partition) {
        return (PROCESSOR + partition).getBytes(StandardCharsets.UTF_8);
    }
}
