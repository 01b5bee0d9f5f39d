package dev.changeover.processor;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/** A record's key together with the partition that it goes to, which the key alone does not tell. */
final class Routed {
    /** One copy into each partition. */
    static final int EVERY = -1;

    private final byte @Nullable [] key;
    private final int partition;

    /** @param partition of the topic, or {@link #EVERY} */
    Routed(byte @Nullable [] key, int partition) {
        this.key = key;
        this.partition = partition;
    }

    byte @Nullable [] key() {
        return key;
    }

    int partition() {
        return partition;
    }

    /** The key's bytes as they are. */
    static final class KeySerializer implements Serializer<Routed> {
        @Override
        public byte @Nullable [] serialize(String topic, Routed routed) {
            return routed.key();
        }
    }

    /** Sends each record where it says. */
    static final class Partitioner implements StreamPartitioner<Routed, byte[]> {
        @Override
        public Optional<Set<Integer>> partitions(String topic, Routed routed, byte[] value, int partitions) {
            return Optional.of(
                    routed.partition() == EVERY
                            ? IntStream.range(0, partitions).boxed().collect(Collectors.toSet())
                            : Set.of(routed.partition()));
        }
    }
}
