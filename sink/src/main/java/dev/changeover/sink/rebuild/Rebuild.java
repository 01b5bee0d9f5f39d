package dev.changeover.sink.rebuild;

import dev.changeover.log.Clients;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogException;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Topics;
import dev.changeover.store.Batch;
import dev.changeover.store.LogId;
import dev.changeover.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Replays {@code changes} from the beginning into an empty store, with the store's own {@code apply}. Reads without a group, so no
 * position of a running sink is touched. One batch is being applied while the next one is read.
 *
 * <p>Not resumable: after a failure, empty the place and begin again.
 */
public final class Rebuild implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ASK_LIMIT = Duration.ofSeconds(30);
    /** After so long without a single event, the log is not to be read. */
    private static final long STALL_NANOS = Duration.ofSeconds(60).toNanos();

    private final Migration migration;
    private final Store place;
    private final LogId log;
    private final RebuildSettings settings;
    private final Listener listener;
    private final EventCodec codec;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final LastStates states;
    private final ExecutorService applier;
    private final Map<Integer, Long> next = new TreeMap<>();
    private final Map<Integer, Long> writesNext = new HashMap<>();
    private final Map<Integer, Long> batchFrom = new TreeMap<>();
    private List<Batch.LoggedChange> changes = new ArrayList<>();
    private long batchBytes;
    private long events;
    private @Nullable Future<?> applying;

    /** Told after each batch, in the caller's thread. */
    public interface Listener {
        /**
         * @param passed offsets of the log that are done with
         * @param total offsets there are
         * @param events events applied so far
         */
        void progress(long passed, long total, long events);
    }

    private Rebuild(
            Migration migration,
            Store place,
            LogSettings logSettings,
            LogIdentity identity,
            RebuildSettings settings,
            Listener listener) {
        this.migration = migration;
        this.place = place;
        this.log = new LogId(identity.clusterId(), identity.topicId(), identity.partitions());
        this.settings = settings;
        this.listener = listener;
        this.codec = new EventCodec(migration);
        this.topic = new Topics(migration.name()).changes();
        this.states = new LastStates(settings.maxKeysFolded());
        this.consumer = new Clients(logSettings).reader("rebuild", Clients.Start.NONE);
        this.applier = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "rebuild-apply");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Fills {@code place} up to the log's end as it is now, or to {@link RebuildSettings#untilMillis}.
     *
     * @param place empty; opened so that it takes snapshot reads too (as side {@code TARGET}); remains the caller's to close
     * @throws LogException if the log cannot be read, or its beginning is gone
     * @throws dev.changeover.store.StoreUnavailableException if the place cannot be written
     */
    public static Rebuilt run(
            Migration migration,
            Store place,
            LogSettings logSettings,
            LogIdentity identity,
            RebuildSettings settings,
            Listener listener)
            throws InterruptedException {
        try (Rebuild rebuild = new Rebuild(migration, place, logSettings, identity, settings, listener)) {
            return rebuild.run();
        } catch (KafkaException e) {
            throw new LogException(
                    "Cannot read %s: %s".formatted(new Topics(migration.name()).changes(), e.getMessage()), e);
        }
    }

    private Rebuilt run() throws InterruptedException {
        long began = System.nanoTime();
        List<TopicPartition> partitions = IntStream.range(0, migration.partitions())
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions, ASK_LIMIT));
        startAtTheBeginning(partitions);
        long total = ends.values().stream().mapToLong(Long::longValue).sum();
        long movedAt = System.nanoTime();
        while (next.entrySet().stream().anyMatch(at -> at.getValue() < end(ends, at.getKey()))) {
            long before = passed();
            read(ends);
            if (passed() > before) {
                movedAt = System.nanoTime();
            } else if (System.nanoTime() - movedAt > STALL_NANOS) {
                throw new LogException("Cannot read %s any further than %s: nothing came for %d s"
                        .formatted(topic, next, STALL_NANOS / 1_000_000_000));
            }
            if (changes.size() >= settings.maxBatchRows() || batchBytes >= settings.maxBatchBytes()) {
                apply();
                listener.progress(passed(), total, events);
            }
        }
        apply();
        settle();
        listener.progress(passed(), total, events);
        return ended(began);
    }

    private void startAtTheBeginning(List<TopicPartition> partitions) {
        consumer.beginningOffsets(partitions, ASK_LIMIT).forEach((partition, beginning) -> {
            if (beginning > 0) {
                throw new LogException(
                        "Cannot rebuild from %s: it begins at %d, what was before is gone. Restore a backup that is newer, and set the topic's retention to unlimited."
                                .formatted(partition, beginning));
            }
        });
        place.claim(
                        log,
                        new TreeSet<>(partitions.stream()
                                .map(TopicPartition::partition)
                                .toList()))
                .forEach((partition, from) -> {
                    if (from != 0) {
                        throw new IllegalStateException("Cannot rebuild into a store that is at %d".formatted(from));
                    }
                    next.put(partition, 0L);
                    batchFrom.put(partition, 0L);
                });
        consumer.seekToBeginning(partitions);
    }

    private static long end(Map<TopicPartition, Long> ends, int partition) {
        return ends.entrySet().stream()
                .filter(end -> end.getKey().partition() == partition)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private long passed() {
        return next.values().stream().mapToLong(Long::longValue).sum();
    }

    private void read(Map<TopicPartition, Long> ends) {
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
        for (TopicPartition partition : polled.partitions()) {
            for (ConsumerRecord<byte[], byte[]> one : polled.records(partition)) {
                if (one.offset() >= end(ends, partition.partition())) {
                    break;
                }
                if (isTooLate(one)) {
                    ends.put(partition, one.offset());
                    break;
                }
                add(one);
            }
        }
        ends.forEach((partition, end) -> {
            long at = Math.min(consumer.position(partition), end);
            next.put(partition.partition(), at);
            if (at >= end) {
                consumer.pause(List.of(partition));
            }
        });
    }

    /** The brokers' clocks may step back a little: where the first later event lies is where the partition ends for us. */
    private boolean isTooLate(ConsumerRecord<byte[], byte[]> one) {
        Long until = settings.untilMillis();
        return until != null && one.timestamp() > until;
    }

    private void add(ConsumerRecord<byte[], byte[]> one) {
        writesNext.merge(one.partition(), HeaderText.number(one.headers(), Headers.WRITE_OFFSET, -1) + 1, Math::max);
        if (HeaderText.find(one.headers(), Headers.CONTROL) != null) {
            return;
        }
        try {
            ChangeEvent event = codec.readAfterOnly(one.key(), one.value());
            changes.add(new Batch.LoggedChange(one.partition(), one.offset(), event));
            batchBytes += one.value().length;
            states.put(event.key(), event.after());
        } catch (MalformedEventException e) {
            throw new LogException(
                    "Cannot read %s-%d@%d: %s. The definition is not the one that it was written with."
                            .formatted(topic, one.partition(), one.offset(), e.getMessage()),
                    e);
        }
    }

    /** Hands the batch over, after the one before is in. */
    private void apply() throws InterruptedException {
        List<Batch.Advance> advances = new ArrayList<>();
        next.forEach((partition, to) -> {
            long from = batchFrom.getOrDefault(partition, 0L);
            if (to > from) {
                advances.add(new Batch.Advance(partition, from, to, writesNext.getOrDefault(partition, 0L)));
                batchFrom.put(partition, to);
            }
        });
        settle();
        if (advances.isEmpty()) {
            return;
        }
        Batch batch = new Batch(advances, changes);
        events += changes.size();
        changes = new ArrayList<>();
        batchBytes = 0;
        applying = applier.submit(() -> place.apply(batch));
    }

    private void settle() throws InterruptedException {
        Future<?> task = applying;
        applying = null;
        if (task == null) {
            return;
        }
        try {
            task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Rebuilt ended(long began) {
        if (sum(Store.Applied::parked) + sum(Store.Applied::refused) > 0) {
            place.retryParked();
        }
        return new Rebuilt(
                new Position(List.copyOf(next.values())),
                events,
                System.nanoTime() - began,
                sum(Store.Applied::refused),
                sum(Store.Applied::parked),
                states.totals(migration));
    }

    private long sum(ToLongFunction<Store.Applied> figure) {
        return place.positions().values().stream().mapToLong(figure).sum();
    }

    @Override
    public void close() {
        applier.shutdown(); // the place is closed by its owner next: what is being applied must be in by then
        try {
            if (!applier.awaitTermination(ASK_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                applier.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        consumer.close();
    }
}
