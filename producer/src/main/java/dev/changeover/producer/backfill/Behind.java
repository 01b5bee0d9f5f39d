package dev.changeover.producer.backfill;

import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How much of what is on the log the processor and the sinks have still to do. Live writes stand in the same line as the backfill's
 * records, so a backfill that runs ahead makes each of them wait for all that is before it.
 */
final class Behind {
    private final ProgressTail progress;
    private final Set<TopicPartition> writes;
    private final Set<TopicPartition> changes;
    private final Set<TopicPartition> both;
    private final int partitions;
    private final Allowance allowance;

    /** @param least so many events may always stand before a live write */
    Behind(Migration migration, ProgressTail progress, int least) {
        Topics topics = new Topics(migration.name());
        this.progress = progress;
        this.partitions = migration.partitions();
        this.allowance = new Allowance(least);
        this.writes = partitions(topics.writes(), migration.partitions());
        this.changes = partitions(topics.changes(), migration.partitions());
        this.both = new HashSet<>(writes);
        both.addAll(changes);
    }

    private static Set<TopicPartition> partitions(String topic, int count) {
        return IntStream.range(0, count)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .collect(Collectors.toSet());
    }

    /** Whether more events stand before a live write than are worked off within a second, and more than may always. */
    boolean tooMany(Consumer<?, ?> asking) {
        return events(asking) > allowed();
    }

    /** How many may stand there now. */
    long allowed() {
        return allowance.now(System.nanoTime(), done());
    }

    /** Events that both sides have taken. */
    private long done() {
        long done = 0;
        for (int partition = 0; partition < partitions; partition++) {
            done += Math.min(passed(Side.LEGACY, partition), passed(Side.TARGET, partition));
        }
        return done;
    }

    private long passed(Side side, int partition) {
        return progress.of(side, partition).map(Progress::writesNext).orElse(0L);
    }

    /** Events that the processor, plus those that the slower sink, has still to take. */
    private long events(Consumer<?, ?> asking) {
        // One question: each makes the client ask for the topics' metadata first.
        Map<TopicPartition, Long> ends = asking.endOffsets(both);
        long processor = behind(
                ends,
                writes,
                partition -> progress.ofProcessor(partition)
                        .map(ProcessorProgress::next)
                        .orElse(0L));
        long sinks = 0;
        for (Side side : Side.values()) {
            sinks = Math.max(
                    sinks,
                    behind(
                            ends,
                            changes,
                            partition -> progress.of(side, partition)
                                    .map(Progress::next)
                                    .orElse(0L)));
        }
        return processor + sinks;
    }

    private static long behind(Map<TopicPartition, Long> ends, Set<TopicPartition> partitions, IntToLongFunction next) {
        return partitions.stream()
                .mapToLong(each -> Math.max(0, ends.getOrDefault(each, 0L) - next.applyAsLong(each.partition())))
                .sum();
    }
}
