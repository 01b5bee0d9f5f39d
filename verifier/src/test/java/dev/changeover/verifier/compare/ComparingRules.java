package dev.changeover.verifier.compare;

import dev.changeover.model.entity.Migration;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.apache.kafka.streams.processor.api.Processor;

/** The real comparison of the log with both sides, for who runs it without Kafka Streams. */
public final class ComparingRules {
    /** The names of the stores that it asks for. */
    public static final List<String> STORES =
            List.of(ComparingTopology.KEYS, ComparingTopology.WAITING, ComparingTopology.COUNTS);

    private ComparingRules() {}

    /** @param reach up to where a partition of {@code changes} has been read */
    public static Processor<byte[], byte[], byte[], byte[]> of(
            Migration migration, IntToLongFunction reach, CompareStatus status) {
        return new Compare(migration, (partition, processed) -> reach.applyAsLong(partition), status);
    }
}
