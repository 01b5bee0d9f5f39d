package dev.changeover.app.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.jspecify.annotations.Nullable;

/**
 * A {@code read_committed} consumer of the {@link SimulatedLog}, a member of a group. Each partition comes at its own pace. Of Kafka's
 * own mock only the methods are left that nobody here calls.
 */
final class SimulatedConsumer extends MockConsumer<byte[], byte[]> {
    private static final int MOST_OF_A_PARTITION = 6;

    private final World world;
    private final SimulatedLog log;
    private final Role owner;
    private final SimulatedGroup group;
    private final String groupId;
    private final Map<TopicPartition, Long> next = new LinkedHashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private final Set<String> subscribed = new HashSet<>();
    private @Nullable ConsumerRebalanceListener listener;
    private int generation = -1;
    private boolean joined;

    SimulatedConsumer(World world, SimulatedLog log, Role owner, String groupId, String topic) {
        super("none");
        this.world = world;
        this.log = log;
        this.owner = owner;
        this.groupId = groupId;
        this.group = log.group(groupId, topic);
    }

    @Override
    public synchronized Set<String> subscription() {
        return Set.copyOf(subscribed);
    }

    @Override
    public synchronized void subscribe(Collection<String> topics, ConsumerRebalanceListener told) {
        subscribed.addAll(topics);
        listener = told;
        joined = true;
        group.join(this);
    }

    @Override
    public synchronized void unsubscribe() {
        ConsumerRebalanceListener told = listener;
        if (told != null && !next.isEmpty()) {
            told.onPartitionsRevoked(assignment());
        }
        next.clear();
        subscribed.clear();
        joined = false;
        group.leave(this);
    }

    @Override
    public synchronized Set<TopicPartition> assignment() {
        return new HashSet<>(next.keySet());
    }

    @Override
    public synchronized void pause(Collection<TopicPartition> partitions) {
        paused.addAll(partitions);
    }

    @Override
    public synchronized void resume(Collection<TopicPartition> partitions) {
        paused.removeAll(partitions);
    }

    @Override
    public synchronized void seek(TopicPartition partition, long offset) {
        next.put(partition, offset);
    }

    @Override
    public synchronized long position(TopicPartition partition) {
        return next.getOrDefault(partition, 0L);
    }

    @Override
    public synchronized Map<TopicPartition, Long> beginningOffsets(
            Collection<TopicPartition> partitions, Duration limit) {
        Map<TopicPartition, Long> beginnings = new HashMap<>();
        partitions.forEach(partition -> beginnings.put(partition, 0L));
        return beginnings;
    }

    @Override
    public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions, Duration limit) {
        world.at(owner, "asks for the ends");
        Map<TopicPartition, Long> ends = new HashMap<>();
        partitions.forEach(partition -> ends.put(partition, log.end(partition)));
        return ends;
    }

    @Override
    public synchronized OptionalLong currentLag(TopicPartition partition) {
        return OptionalLong.of(log.end(partition) - position(partition));
    }

    /** Some of what there is, of some partitions; none of what its owner does not have any more. */
    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration limit) {
        world.at(owner, "polls");
        rebalance();
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> polled = new LinkedHashMap<>();
        for (TopicPartition partition : List.copyOf(next.keySet())) {
            if (!paused.contains(partition) && !world.fault(30)) {
                List<ConsumerRecord<byte[], byte[]>> some = some(partition);
                if (!some.isEmpty()) {
                    polled.put(partition, some);
                }
            }
        }
        return new ConsumerRecords<>(polled, Map.of());
    }

    private List<ConsumerRecord<byte[], byte[]>> some(TopicPartition partition) {
        int most = world.healed() ? Integer.MAX_VALUE : 1 + world.random().nextInt(MOST_OF_A_PARTITION);
        List<ConsumerRecord<byte[], byte[]>> some = new ArrayList<>();
        Optional<ConsumerRecord<byte[], byte[]>> found = log.next(partition, position(partition));
        while (found.isPresent() && some.size() < most) {
            some.add(found.get());
            next.put(partition, found.get().offset() + 1);
            found = log.next(partition, position(partition));
        }
        if (found.isEmpty() && !world.fault(30)) {
            next.put(partition, log.end(partition)); // markers are passed a little later than what is before them
        }
        return some;
    }

    private void rebalance() {
        ConsumerRebalanceListener told = listener;
        if (!joined || told == null) {
            return;
        }
        if (!group.has(this)) {
            throw new FencedInstanceIdException("Somebody else has this name now");
        }
        if (generation == group.generation()) {
            return;
        }
        generation = group.generation();
        if (!next.isEmpty()) {
            told.onPartitionsRevoked(assignment());
        }
        next.clear();
        paused.clear();
        group.of(this).forEach(partition -> next.put(partition, log.committed(groupId, partition)));
        told.onPartitionsAssigned(assignment());
    }

    @Override
    public synchronized void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
        commitSync(offsets);
    }

    @Override
    public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        world.at(owner, "commits offsets");
        if (group.has(this) && generation == group.generation()) {
            offsets.forEach((partition, offset) -> log.commit(groupId, partition, offset.offset()));
        }
    }

    /** It is not heard of any more. */
    void timeOut() {
        group.leave(this);
    }

    @Override
    public synchronized void close(CloseOptions options) {
        group.leave(this);
    }
}
