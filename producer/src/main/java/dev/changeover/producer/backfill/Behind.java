package dev.changeover.producer.backfill;

import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of what is on the log the processor and the sinks have still to do. Live writes stand in the same line as the backfill's
 * records, so a backfill that runs ahead makes each of them wait for all that is before it. Safe for use by several threads.
 *
 * <p>What is in an open transaction counts: another worker's chunk is on its way, and one's own is not committed everywhere yet when the
 * broker says that it is.
 */
final class Behind implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Behind.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(2);
    /** Where the processor has something before it, it moves, or else what is there is looked at. */
    private static final Duration STILL = Duration.ofSeconds(4);

    private final BackfillClients clients;
    private final Admin admin;
    private final ProgressTail progress;
    private final Set<TopicPartition> writes;
    private final Set<TopicPartition> changes;
    private final Set<TopicPartition> both;
    private final int partitions;
    private final Allowance allowance;
    /** By partition of {@code writes}: before this there is nothing for the processor, but it cannot know. */
    private final Map<Integer, Long> nothingBefore = new ConcurrentHashMap<>();

    /** By partition of {@code writes}: where the processor is before something that it has still to take, and since when. */
    private final Map<Integer, Stand> stands = new ConcurrentHashMap<>();

    private volatile long allowed;
    private volatile @Nullable KafkaConsumer<?, ?> reader;
    private volatile boolean closed;

    private record Stand(long next, long sinceNanos) {}

    /** @param least so many events may always stand before a live write */
    Behind(Migration migration, BackfillClients clients, ProgressTail progress, int least) {
        Topics topics = new Topics(migration.name());
        this.clients = clients;
        this.admin = clients.admin();
        this.progress = progress;
        this.partitions = migration.partitions();
        this.allowance = new Allowance(least);
        this.allowed = least;
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

    /** Whether more events stand before a live write than are worked off within a second and a half, and more than may always. */
    boolean tooMany() {
        long events = events();
        allowed = allowance.now(System.nanoTime(), done(), events);
        return events > allowed;
    }

    /** How many might stand there when somebody last looked. */
    long allowed() {
        return allowed;
    }

    /**
     * Looks, where the processor has not moved for seconds, whether what it has before it is anything at all. Somebody who was killed may
     * have left much that was aborted, and that the processor is past it shows only when something comes after it, which may be what waits
     * here. If it cannot look, the next one will.
     */
    synchronized void passOverAborted() {
        Set<TopicPartition> still = writes.stream()
                .filter(partition -> standsStill(partition.partition()))
                .collect(Collectors.toSet());
        if (closed || still.isEmpty()) {
            return;
        }
        try (KafkaConsumer<byte[], byte[]> open = clients.reader("backfill-aborted")) {
            reader = open;
            Map<TopicPartition, Long> ends = open.endOffsets(still, LOOK_LIMIT);
            for (TopicPartition partition : still) {
                passOverAborted(open, partition, ends.getOrDefault(partition, 0L));
            }
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.atDebug().setCause(e).log("Cannot look for what was aborted");
        } finally {
            reader = null;
        }
    }

    private boolean standsStill(int partition) {
        Stand stand = stands.get(partition);
        return stand != null && System.nanoTime() - stand.sinceNanos() > STILL.toNanos();
    }

    private void passOverAborted(KafkaConsumer<byte[], byte[]> open, TopicPartition partition, long end) {
        long next = processed(partition.partition());
        open.assign(List.of(partition));
        open.seek(partition, next);
        long began = System.nanoTime();
        while (next < end && System.nanoTime() - began < LOOK_LIMIT.toNanos()) {
            if (closed || !open.poll(POLL).isEmpty()) {
                return;
            }
            next = open.position(partition);
            nothingBefore.put(partition.partition(), next);
        }
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
    private long events() {
        Map<TopicPartition, Long> ends = ends();
        long processor = behind(ends, writes, this::processed);
        writes.forEach(each -> note(each.partition(), ends.getOrDefault(each, 0L)));
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

    private void note(int partition, long end) {
        long next = processed(partition);
        stands.compute(
                partition,
                (number, before) -> next >= end
                        ? null
                        : before != null && before.next() == next ? before : new Stand(next, System.nanoTime()));
    }

    private long processed(int partition) {
        long next = progress.ofProcessor(partition).map(ProcessorProgress::next).orElse(0L);
        return Math.max(next, nothingBefore.getOrDefault(partition, 0L));
    }

    /** One question: each makes the client ask for the topics' metadata first. */
    private Map<TopicPartition, Long> ends() {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        both.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        try {
            Map<TopicPartition, Long> ends = new HashMap<>();
            for (Map.Entry<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> each :
                    admin.listOffsets(asked).all().get().entrySet()) {
                ends.put(each.getKey(), each.getValue().offset());
            }
            return ends;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e.getCause());
        }
    }

    private static long behind(Map<TopicPartition, Long> ends, Set<TopicPartition> partitions, IntToLongFunction next) {
        return partitions.stream()
                .mapToLong(each -> Math.max(0, ends.getOrDefault(each, 0L) - next.applyAsLong(each.partition())))
                .sum();
    }

    /** Who asks at this moment, in whatever thread, does so no longer. */
    @Override
    public void close() {
        closed = true;
        admin.close(Duration.ZERO);
        KafkaConsumer<?, ?> open = reader;
        if (open != null) {
            open.wakeup();
        }
    }
}
