package dev.changeover.embedded;

import java.lang.invoke.MethodHandles;
import java.util.Optional;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.metadata.MetadataCache;

/**
 * Mends a fault of Kafka 4.3 and 4.4 (KAFKA-20734) that loses committed writes when a broker is killed.
 *
 * <p>The transaction coordinator asks the metadata cache where to send the end of a transaction. For a partition that has no leader at
 * this moment the cache should answer with a node that is not there: the coordinator then tries again. It answers as for a partition
 * that was deleted: the coordinator leaves the partition out and calls the transaction complete. What was committed there stays
 * invisible, and everything behind it too, for ever. The only broker of a cluster meets this whenever it was killed while a transaction
 * was ending: all its partitions are without a leader until its old session has run out.
 *
 * <p>To be removed with the first version of Kafka that has it mended.
 */
final class LeaderlessPartitions {
    private static final String CACHE = "org.apache.kafka.metadata.KRaftMetadataCache";

    private LeaderlessPartitions() {}

    /**
     * Must come before Kafka's server is loaded, so at its first use in this process; later calls do nothing.
     *
     * @throws IllegalStateException if Kafka's class is loaded already, or is not the one that is expected
     */
    static void mend() {
        Mended.once();
    }

    /** What is added to the end of {@code KRaftMetadataCache.getPartitionLeaderEndpoint}; its body is copied there. */
    private static final class KnownButWithoutLeader {
        private KnownButWithoutLeader() {}

        @Advice.OnMethodExit
        @SuppressWarnings({"unused", "UnusedVariable"})
        static void answer(
                @Advice.This MetadataCache cache,
                @Advice.Argument(0) String topic,
                @Advice.Argument(1) int partition,
                @Advice.Return(readOnly = false) Optional<Node> leader) {
            if (leader.isEmpty() && cache.contains(new TopicPartition(topic, partition))) {
                leader = Optional.of(Node.noNode());
            }
        }
    }

    /** Initialised once, by the class loader's rules. */
    private static final class Mended {
        static {
            load();
        }

        private Mended() {}

        static void once() {
            // The initialiser has done it.
        }

        private static void load() {
            ClassLoader loader = MetadataCache.class.getClassLoader();
            try (ClassFileLocator classes = ClassFileLocator.ForClassLoader.of(loader)) {
                TypeDescription cache =
                        TypePool.Default.of(classes).describe(CACHE).resolve();
                new ByteBuddy()
                        .redefine(cache, classes)
                        .visit(Advice.to(KnownButWithoutLeader.class)
                                .on(ElementMatchers.named("getPartitionLeaderEndpoint")))
                        .make()
                        .load(
                                loader,
                                ClassLoadingStrategy.UsingLookup.of(
                                        MethodHandles.privateLookupIn(MetadataCache.class, MethodHandles.lookup())));
            } catch (Exception | LinkageError e) {
                throw new IllegalStateException("Cannot mend KAFKA-20734 in " + CACHE + ": " + e.getMessage(), e);
            }
        }
    }
}
