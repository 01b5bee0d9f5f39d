package dev.changeover.producer.backfill;

import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How much of what is on the log the processor and the sinks have still to do. Live writes stand in the same line as the backfill's
 * records, so a backfill that runs ahead makes each of them wait for all that is before it.
 */
final class Behind implements AutoCloseable {
    private final ProgressTail progress;
    private final List<TopicPartition> writes;
    private final List<TopicPartition> changes;

    Behind(Migration migration, LogSettings log) {
        Topics topics = new Topics(migration.name());
        this.progress = ProgressTail.start(migration, log);
        this.writes = partitions(topics.writes(), migration.partitions());
        this.changes = partitions(topics.changes(), migration.partitions());
    }

    private static List<TopicPartition> partitions(String topic, int count) {
        return IntStream.range(0, count)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    /** Events that the processor, plus those that the slower sink, has still to take. */
    long events(Consumer<?, ?> asking) {
        long processor = 0;
        for (Map.Entry<TopicPartition, Long> end : asking.endOffsets(writes).entrySet()) {
            processor += end.getValue()
                    - progress.ofProcessor(end.getKey().partition())
                            .map(ProcessorProgress::next)
                            .orElse(0L);
        }
        Map<TopicPartition, Long> ends = asking.endOffsets(changes);
        long sinks = 0;
        for (Side side : Side.values()) {
            long behind = 0;
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                behind += end.getValue()
                        - progress.of(side, end.getKey().partition())
                                .map(Progress::next)
                                .orElse(0L);
            }
            sinks = Math.max(sinks, behind);
        }
        return processor + sinks;
    }

    @Override
    public void close() {
        progress.close();
    }
}
