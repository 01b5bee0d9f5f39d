package dev.changeover.processor;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.api.Processor;

/** The real rules between {@code writes} and {@code changes}, for who runs them without Kafka Streams. */
public final class ProcessorRules {
    /** The names of the stores that the rules ask for. */
    public static final List<String> STORES = List.of(PartitionState.STORE);

    private ProcessorRules() {}

    /** The rules of one partition. What they forward has a key that {@link #keyOf} and {@link #partitionsOf} can read. */
    @SuppressWarnings("unchecked") // the key's type is the module's own, and nobody else makes one
    public static Processor<byte[], byte[], Object, byte[]> of(Migration migration, String log) {
        Processor<byte[], byte[], ?, byte[]> admit =
                new Admit(migration, List.of(), log, ThreadLocal.withInitial(Pace::new));
        return (Processor<byte[], byte[], Object, byte[]>) admit;
    }

    public static byte[] keyOf(Object forwarded) {
        return ((Routed) forwarded).key();
    }

    /** Where it goes on a topic of so many partitions. */
    public static Set<Integer> partitionsOf(Object forwarded, int partitions) {
        int partition = ((Routed) forwarded).partition();
        return partition == Routed.EVERY
                ? IntStream.range(0, partitions).boxed().collect(Collectors.toSet())
                : Set.of(partition);
    }

    /** The topic behind one of the topology's sinks. */
    public static String topicOf(Topics topics, String sink) {
        return switch (sink) {
            case Outputs.CHANGES -> topics.changes();
            case Outputs.DEAD_LETTERS -> topics.deadLetters();
            case Outputs.ANSWERS -> topics.answers();
            case Outputs.AGAIN -> topics.writes();
            case Outputs.PROGRESS -> topics.progress();
            default -> throw new IllegalArgumentException("Nobody knows sink " + sink);
        };
    }
}
