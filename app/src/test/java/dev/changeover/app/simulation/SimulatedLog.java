package dev.changeover.app.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Topics in memory, with what Kafka's protocol means to readers: offsets that have holes, transactions that hold back {@code
 * read_committed} readers while they are open, markers that take an offset, and a producer id's epoch that fences the older one.
 */
final class SimulatedLog {
    private final World world;
    private final int partitions;
    private final Map<TopicPartition, List<Entry>> entries = new HashMap<>();
    private final Map<TopicPartition, Integer> ends = new HashMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<String, Transaction> open = new HashMap<>();
    private final Map<String, Map<TopicPartition, Long>> committed = new HashMap<>();
    private final Map<String, SimulatedGroup> groups = new TreeMap<>();

    /** @param partitions of {@code writes} and of whatever has as many */
    SimulatedLog(World world, int partitions) {
        this.world = world;
        this.partitions = partitions;
    }

    /** A place in a partition; its offset is its index. */
    private record Entry(
            @Nullable ConsumerRecord<byte[], byte[]> record,
            @Nullable Transaction transaction) {
        boolean ended() {
            return transaction == null || transaction.ended;
        }
    }

    /** What becomes visible together, or not at all. */
    final class Transaction {
        private final String id;
        private final long epoch;
        private final Set<TopicPartition> touched = new LinkedHashSet<>();
        private final Map<TopicPartition, Long> offsets = new HashMap<>();
        private final List<Runnable> state = new ArrayList<>();
        private String group = "";
        private boolean ended;
        private boolean aborted;

        private Transaction(String id, long epoch) {
            this.id = id;
            this.epoch = epoch;
        }

        long send(ProducerRecord<byte[], byte[]> sent) {
            checkEpoch();
            TopicPartition place = new TopicPartition(sent.topic(), sent.partition());
            touched.add(place);
            return append(place, sent, this);
        }

        /** Offsets of a group that count when this is committed. */
        void offset(String ofGroup, TopicPartition partition, long next) {
            group = ofGroup;
            offsets.put(partition, next);
        }

        /** What else becomes true with the commit: the state that a changelog would bring back. */
        void state(Runnable change) {
            state.add(change);
        }

        /** @throws ProducerFencedException if somebody else has taken the id over */
        void commit() {
            checkEpoch();
            end(false);
            committed.computeIfAbsent(group, none -> new HashMap<>()).putAll(offsets);
            state.forEach(Runnable::run);
        }

        void abort() {
            checkEpoch();
            end(true);
        }

        private void end(boolean abort) {
            ended = true;
            aborted = abort;
            open.remove(id, this);
            touched.forEach(place -> partition(place).add(new Entry(null, null)));
        }

        private void checkEpoch() {
            boolean fenced = epochs.getOrDefault(id, 0L) != epoch || ended;
            if (fenced && !world.has(Flaw.PROCESSOR_IS_NOT_FENCED)) {
                throw new ProducerFencedException(id);
            }
        }
    }

    /** Takes over {@code id}: what an older one has begun is aborted, and it can do nothing any more. */
    long takeOver(String id) {
        Transaction left = open.get(id);
        if (left != null && !world.has(Flaw.PROCESSOR_IS_NOT_FENCED)) {
            left.end(true);
        }
        return epochs.merge(id, 1L, Long::sum);
    }

    /** @param epoch of {@link #takeOver} */
    Transaction begin(String id, long epoch) {
        Transaction begun = new Transaction(id, epoch);
        begun.checkEpoch();
        open.put(id, begun);
        return begun;
    }

    /** Appends what is visible at once. */
    long send(ProducerRecord<byte[], byte[]> sent) {
        return append(new TopicPartition(sent.topic(), sent.partition()), sent, null);
    }

    private long append(TopicPartition place, ProducerRecord<byte[], byte[]> sent, @Nullable Transaction within) {
        List<Entry> all = partition(place);
        long offset = all.size();
        all.add(new Entry(
                new ConsumerRecord<>(
                        place.topic(),
                        place.partition(),
                        offset,
                        world.clock().millis(),
                        TimestampType.LOG_APPEND_TIME,
                        -1,
                        -1,
                        sent.key(),
                        sent.value(),
                        new RecordHeaders(sent.headers()),
                        Optional.empty()),
                within));
        return offset;
    }

    private List<Entry> partition(TopicPartition place) {
        return entries.computeIfAbsent(place, none -> new ArrayList<>());
    }

    int partitions() {
        return partitions;
    }

    /** Up to where committed readers can read: what has ended stays so, and need not be looked at again. */
    long end(TopicPartition place) {
        List<Entry> all = partition(place);
        int end = ends.getOrDefault(place, 0);
        while (end < all.size() && all.get(end).ended()) {
            end++;
        }
        ends.put(place, end);
        return end;
    }

    /** The first committed record at or behind {@code from}, if there is one before {@link #end}. */
    Optional<ConsumerRecord<byte[], byte[]>> next(TopicPartition place, long from) {
        List<Entry> all = partition(place);
        long end = end(place);
        for (long offset = from; offset < end; offset++) {
            Entry entry = all.get((int) offset);
            if (entry.record() != null && visible(entry)) {
                return Optional.of(copy(entry.record()));
            }
        }
        return Optional.empty();
    }

    private boolean visible(Entry entry) {
        Transaction transaction = entry.transaction();
        return transaction == null || !transaction.aborted || world.has(Flaw.READERS_SEE_ABORTED_BATCHES);
    }

    /** Readers may change the headers of what they get. */
    private static ConsumerRecord<byte[], byte[]> copy(ConsumerRecord<byte[], byte[]> found) {
        return new ConsumerRecord<>(
                found.topic(),
                found.partition(),
                found.offset(),
                found.timestamp(),
                found.timestampType(),
                found.serializedKeySize(),
                found.serializedValueSize(),
                found.key(),
                found.value(),
                new RecordHeaders(found.headers()),
                found.leaderEpoch());
    }

    /** All that committed readers can read of a partition. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic, int partition) {
        return records(topic, partition, 0);
    }

    List<ConsumerRecord<byte[], byte[]>> records(String topic, int partition, long from) {
        TopicPartition place = new TopicPartition(topic, partition);
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        Optional<ConsumerRecord<byte[], byte[]>> next = next(place, from);
        while (next.isPresent()) {
            all.add(next.get());
            next = next(place, next.get().offset() + 1);
        }
        return all;
    }

    long committed(String group, TopicPartition place) {
        return committed.getOrDefault(group, Map.of()).getOrDefault(place, 0L);
    }

    void commit(String group, TopicPartition place, long next) {
        committed.computeIfAbsent(group, none -> new HashMap<>()).put(place, next);
    }

    /** Who shares the partitions of {@code topic}. */
    SimulatedGroup group(String name, String topic) {
        return groups.computeIfAbsent(name, none -> new SimulatedGroup(topic, partitions));
    }
}
