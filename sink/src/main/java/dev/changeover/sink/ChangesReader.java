package dev.changeover.sink;

import dev.changeover.log.Clients;
import dev.changeover.log.Control;
import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Batch;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code changes} as a member of the sink's group. The group only says which partitions; where to read is the store's
 * word. So whenever partitions come or go, all of them stand still until the store was claimed and {@link #goOn} was called.
 *
 * <p>Used by one thread; only {@link #wakeUp} by any.
 */
final class ChangesReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangesReader.class);
    private static final Duration OFFSETS_LIMIT = Duration.ofSeconds(15);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    /** Kinds of barriers that say: try all that is parked or refused once more. */
    private static final Set<String> RETRY_KINDS = Set.of("backfill-complete", "retry");

    private final Migration migration;
    private final Side side;
    private final String topic;
    private final Consumer<byte[], byte[]> consumer;
    private final EventCodec codec;
    private final Runnable beforePartitionsGo;
    private final Map<Integer, Long> next = new TreeMap<>();
    private final Map<Integer, Long> writesNext = new HashMap<>();
    private final Map<Integer, String> halted = new TreeMap<>();
    private PendingBatch pending = new PendingBatch();
    private boolean claimNeeded;
    private long decodeNanos;

    /**
     * @param consumer of {@link #consumer}, from now on ours
     * @param beforePartitionsGo called before partitions are given back: whatever is on its way to the store must be there
     */
    ChangesReader(Migration migration, Side side, Consumer<byte[], byte[]> consumer, Runnable beforePartitionsGo) {
        this.migration = migration;
        this.side = side;
        this.topic = new Topics(migration.name()).changes();
        this.codec = new EventCodec(migration);
        this.consumer = consumer;
        this.beforePartitionsGo = beforePartitionsGo;
    }

    /** A member of the sink's group. */
    static Consumer<byte[], byte[]> consumer(Side side, Clients clients, SinkSettings settings) {
        String clientId = side.word() + "-sink";
        return settings.instance().isEmpty()
                ? clients.member(clientId, settings.groupId(), Clients.Start.NONE)
                : clients.staticMember(clientId, settings.groupId(), settings.instance(), Clients.Start.NONE);
    }

    void join() {
        consumer.subscribe(List.of(topic), new Handover());
    }

    /** Leaves the group's partitions and asks for some again. */
    void rejoin() {
        stop();
        consumer.unsubscribe();
        join();
    }

    /** Whether the store must be claimed for {@link #assigned()} before anything is read. */
    boolean claimNeeded() {
        return claimNeeded;
    }

    Set<Integer> assigned() {
        Set<Integer> partitions = new TreeSet<>();
        consumer.assignment().forEach(partition -> partitions.add(partition.partition()));
        return partitions;
    }

    /** Partitions that stand still until somebody acts, with the reason. */
    Map<Integer, String> halted() {
        return halted;
    }

    /** Stops reading and forgets what was read: the store must be claimed again. */
    void stop() {
        consumer.pause(consumer.assignment());
        pending = new PendingBatch();
        next.clear();
        claimNeeded = true;
    }

    /**
     * Reads on from where the store is.
     *
     * @throws ForeignLogException if the log has no such place: it is shorter, or its beginning is gone
     */
    void goOn(Map<Integer, Long> from, Map<Integer, Store.Applied> positions) {
        Set<TopicPartition> partitions = consumer.assignment();
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, OFFSETS_LIMIT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, OFFSETS_LIMIT);
        pending = new PendingBatch();
        next.clear();
        writesNext.clear();
        halted.clear();
        for (TopicPartition partition : partitions) {
            long start = from.getOrDefault(partition.partition(), 0L);
            check(partition, start, beginnings.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L));
            consumer.seek(partition, start);
            next.put(partition.partition(), start);
            Store.Applied applied = positions.get(partition.partition());
            writesNext.put(partition.partition(), applied == null ? 0 : applied.writesNext());
        }
        claimNeeded = false;
        consumer.resume(partitions);
    }

    private void check(TopicPartition partition, long start, long beginning, long end) {
        if (start > end) {
            throw new ForeignLogException(
                    ("%s: Cannot go on at %s@%d, where the store is: the log ends at %d. It was cut or made anew. Give the sink"
                                    + " the log that the store was filled from, or rebuild the store from this one.")
                            .formatted(side, partition, start, end));
        }
        if (start < beginning) {
            throw new ForeignLogException(
                    ("%s: Cannot go on at %s@%d, where the store is: the log begins at %d. Events between them are gone, so"
                                    + " set the topic's retention to unlimited, and restore the store from a backup that is"
                                    + " newer.")
                            .formatted(side, partition, start, beginning));
        }
    }

    /**
     * Takes what is there, waiting at most {@code limit} for the first, to {@link #pending()}.
     *
     * @return whether the position moved in any partition
     */
    boolean read(Duration limit) {
        ConsumerRecords<byte[], byte[]> polled = poll(limit);
        if (claimNeeded) {
            return false;
        }
        long began = System.nanoTime();
        Map<Integer, Long> bad = new HashMap<>();
        for (TopicPartition partition : polled.partitions()) {
            decode(partition.partition(), polled.records(partition), bad);
        }
        boolean moved = false;
        for (int partition : List.copyOf(next.keySet())) {
            moved |= moveOn(partition, bad.get(partition));
        }
        decodeNanos += System.nanoTime() - began;
        return moved;
    }

    /** Stays in the group while nothing can be read. */
    void idle(Duration limit) {
        ConsumerRecords<byte[], byte[]> polled = poll(limit);
        if (!polled.isEmpty() && !claimNeeded) {
            throw new IllegalStateException("Read %d events while standing still".formatted(polled.count()));
        }
    }

    private ConsumerRecords<byte[], byte[]> poll(Duration limit) {
        try {
            return consumer.poll(limit);
        } catch (KafkaException e) {
            // What our listener throws comes wrapped.
            if (e.getCause() instanceof IllegalStateException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void decode(int partition, List<ConsumerRecord<byte[], byte[]>> records, Map<Integer, Long> bad) {
        for (ConsumerRecord<byte[], byte[]> read : records) {
            long writeOffset = HeaderText.number(read.headers(), Headers.WRITE_OFFSET, -1);
            try {
                add(partition, read, writeOffset);
            } catch (MalformedEventException | IllegalArgumentException e) {
                bad.put(partition, read.offset());
                halt(read, e);
                return;
            }
            writesNext.merge(partition, writeOffset + 1, Math::max);
        }
    }

    private void add(int partition, ConsumerRecord<byte[], byte[]> read, long writeOffset)
            throws MalformedEventException {
        if (HeaderText.find(read.headers(), Headers.CONTROL) != null) {
            if (Control.isBarrier(read.headers())
                    && RETRY_KINDS.contains(Wire.barrier(read.value()).kind())) {
                pending.addRetry(partition);
            } else {
                pending.addMarker();
            }
            return;
        }
        String readFrom = HeaderText.find(read.headers(), Headers.READ_FROM);
        pending.add(
                new Batch.LoggedChange(
                        partition, read.offset(), event(read), side.word().equals(readFrom) ? side : null),
                writeOffset,
                read.value());
    }

    /** Snapshot reads came from the legacy side: a backfill has nothing else, and there is nothing to do for them there. */
    private ChangeEvent event(ConsumerRecord<byte[], byte[]> read) throws MalformedEventException {
        return side == Side.LEGACY
                ? codec.readUnlessSnapshot(read.key(), read.value())
                : codec.readAfterOnly(read.key(), read.value());
    }

    private void halt(ConsumerRecord<byte[], byte[]> read, Exception e) {
        String words =
                ("%s: Cannot read %s-%d@%d, which the processor accepted: %s. Partition %d stands still there; this"
                                + " version of Changeover, or the definition, is not the one that wrote it.")
                        .formatted(side, topic, read.partition(), read.offset(), e.getMessage(), read.partition());
        halted.put(read.partition(), words);
        TopicPartition partition = new TopicPartition(topic, read.partition());
        consumer.pause(List.of(partition));
        LOG.atError()
                .addKeyValue("side", side)
                .addKeyValue("partition", read.partition())
                .addKeyValue("offset", read.offset())
                .log(words);
    }

    /** Offsets have holes: where the batch ends is the consumer's position, not the last event's offset plus one. */
    private boolean moveOn(int partition, @Nullable Long badOffset) {
        long from = next.getOrDefault(partition, 0L);
        long to = from;
        if (badOffset != null) {
            to = badOffset;
        } else if (!halted.containsKey(partition)) {
            to = consumer.position(new TopicPartition(topic, partition));
        }
        if (to > from) {
            pending.advance(partition, from, to, writesNext.getOrDefault(partition, 0L));
            next.put(partition, to);
        }
        return to > from;
    }

    /** What was read since the last {@link #take}. */
    PendingBatch pending() {
        return pending;
    }

    PendingBatch take() {
        PendingBatch taken = pending;
        pending = new PendingBatch();
        return taken;
    }

    /** For the lag tools only: where to go on is what the store says. */
    void commit(Map<Integer, Long> applied) {
        Set<TopicPartition> mine = consumer.assignment();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        applied.forEach((partition, offset) -> {
            TopicPartition assigned = new TopicPartition(topic, partition);
            if (mine.contains(assigned)) {
                offsets.put(assigned, new OffsetAndMetadata(offset));
            }
        });
        consumer.commitAsync(offsets, (ignored, failure) -> {
            if (failure != null) {
                LOG.atDebug().addKeyValue("side", side).log("Cannot commit offsets: {}", failure.getMessage());
            }
        });
    }

    /** Events that a store which is at {@code applied} does not have, by partition, as far as the consumer knows. */
    Map<Integer, Long> lag(Map<Integer, Long> applied) {
        Map<Integer, Long> lag = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong behind = claimNeeded ? OptionalLong.empty() : consumer.currentLag(partition);
            Long at = applied.get(partition.partition());
            if (behind.isPresent() && at != null) {
                lag.put(partition.partition(), Math.max(0, consumer.position(partition) + behind.getAsLong() - at));
            }
        }
        return lag;
    }

    long decodeNanos() {
        return decodeNanos;
    }

    int partitions() {
        return migration.partitions();
    }

    void wakeUp() {
        consumer.wakeup();
    }

    /** Leaves the group, so that others have its partitions at once. */
    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSE_LIMIT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }

    /** Called inside {@code poll}; only marks what must be done outside of it, where it may fail and be tried again. */
    private final class Handover implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            beforePartitionsGo.run();
            forget();
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            beforePartitionsGo.run();
            forget();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            forget();
            List<TopicPartition> all = new ArrayList<>(new HashSet<>(consumer.assignment()));
            consumer.pause(all);
            // Any place will do: nothing is fetched from a paused partition, but each must have a position.
            all.forEach(partition -> consumer.seek(partition, 0));
        }

        private void forget() {
            pending = new PendingBatch();
            next.clear();
            claimNeeded = true;
        }
    }
}
