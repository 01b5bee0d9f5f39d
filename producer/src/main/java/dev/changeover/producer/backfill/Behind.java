package dev.changeover.producer.backfill;

import dev.changeover.log.LogSettings;
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
final class Behind implements AutoCloseable {
    private final ProgressTail progress;
    private final Set<TopicPartition> writes;
    private final Set<TopicPartition> changes;
    private final Set<TopicPartition> both;

    Behind(Migration migration, LogSettings log) {
        Topics topics = new Topics(migration.name());
        this.progress = ProgressTail.start(migration, log);
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

    /** Events that the processor, plus those that the slower sink, has still to take. */
    long events(Consumer<?, ?> asking) {
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

    @Override
    public void close() {
        progress.close();
    }
}
