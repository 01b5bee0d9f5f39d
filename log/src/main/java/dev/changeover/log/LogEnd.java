package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Where a topic of a migration ends and begins. */
public final class LogEnd {
    private LogEnd() {}

    /**
     * Up to where committed readers can read each partition of {@code topic} now: what is written later lies behind it.
     *
     * @param topic one that has as many partitions as {@code changes}
     * @throws LogException if Kafka cannot be reached
     */
    public static Position of(Migration migration, String topic, Admin admin) {
        return offsets(migration, topic, OffsetSpec.latest(), admin);
    }

    /**
     * Up to where a consumer group is done with each partition of {@code topic}; 0 where it has said nothing yet. Unlike the offset
     * behind the last event that it has looked at, this lies behind the markers of transactions, too.
     *
     * @throws LogException if Kafka cannot be reached
     */
    public static Position committed(Migration migration, String topic, String group, Admin admin) {
        try {
            Map<TopicPartition, OffsetAndMetadata> found = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(LogLimits.ADMIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            List<Long> next = new ArrayList<>();
            for (int partition = 0; partition < migration.partitions(); partition++) {
                OffsetAndMetadata offset = found.get(new TopicPartition(topic, partition));
                next.add(offset == null ? 0 : offset.offset());
            }
            return new Position(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while asking how far group %s is".formatted(group), e);
        } catch (ExecutionException | TimeoutException e) {
            throw new LogException("Cannot find out how far group %s is: %s".formatted(group, e.getMessage()), e);
        }
    }

    /** The first offset that each partition of {@code topic} still has. */
    public static Position beginningOf(Migration migration, String topic, Admin admin) {
        return offsets(migration, topic, OffsetSpec.earliest(), admin);
    }

    private static Position offsets(Migration migration, String topic, OffsetSpec spec, Admin admin) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < migration.partitions(); partition++) {
            asked.put(new TopicPartition(topic, partition), spec);
        }
        try {
            Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(
                            asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get(LogLimits.ADMIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            List<Long> next = new ArrayList<>();
            for (int partition = 0; partition < migration.partitions(); partition++) {
                ListOffsetsResultInfo info = found.get(new TopicPartition(topic, partition));
                next.add(info == null ? 0 : info.offset());
            }
            return new Position(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while asking where topic %s ends".formatted(topic), e);
        } catch (ExecutionException | TimeoutException e) {
            throw new LogException("Cannot find out where topic %s ends: %s".formatted(topic, e.getMessage()), e);
        }
    }
}
