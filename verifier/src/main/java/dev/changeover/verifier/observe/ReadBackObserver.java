package dev.changeover.verifier.observe;

import dev.changeover.log.Clients;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/**
 * Reads back every key that a live change has touched, once the side's sink says that it is past the change.
 *
 * <p>It follows {@code changes} as a member of a group of its own and commits only past changes whose keys it has read, so
 * after a restart, its own or another's, everything that was in flight is read again. Snapshot reads are not read back one by
 * one: the deep scan sees them.
 */
public final class ReadBackObserver implements Observer {
    /** Keys that wait for the sink; beyond that the log is not read further. */
    private static final int MOST_PENDING = 50_000;

    private static final Duration SHORT_POLL = Duration.ofMillis(10);
    private static final Duration LONG_POLL = Duration.ofMillis(100);
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);
    /** How long a record that is not there may be one that its store has parked. */
    private static final Duration PARKED_GRACE = Duration.ofSeconds(5);

    private final Side side;
    private final Migration migration;
    private final StoreReader reader;
    private final ProgressTail progress;
    private final Observations observations;
    private final Consumer<RecordKey> onTouched;
    private final String changes;
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
    private final LongSupplier nanos;
    private final Map<TopicPartition, Map<RecordKey, Touched>> pending = new HashMap<>();
    private final AtomicLong emitted = new AtomicLong();
    private final ObserverThread thread;
    private Map<TopicPartition, OffsetAndMetadata> committed = Map.of();
    private boolean paused;
    private long lastCommitNanos;

    /** @param lost whether the change was a delete */
    private record Touched(long offset, boolean lost, long sinceNanos) {}

    /**
     * @param consumer a member of the observer's {@link #group}, from now on ours
     * @param nanos a clock that never jumps, as {@link System#nanoTime}
     */
    ReadBackObserver(
            Side side,
            Migration migration,
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            StoreReader reader,
            ProgressTail progress,
            Observations observations,
            Consumer<RecordKey> touched,
            LongSupplier nanos) {
        this.side = side;
        this.migration = migration;
        this.reader = reader;
        this.progress = progress;
        this.observations = observations;
        this.onTouched = touched;
        this.changes = new Topics(migration.name()).changes();
        this.consumer = consumer;
        this.nanos = nanos;
        this.lastCommitNanos = nanos.getAsLong();
        this.thread = new ObserverThread("observer-" + side.word(), this::step, this::end);
    }

    /**
     * @param touched told of each key that a live change touches, as soon as it is on the log
     * @param instance name of this process, the same after a restart
     */
    public static ReadBackObserver start(
            Side side,
            Migration migration,
            LogSettings log,
            StoreReader reader,
            ProgressTail progress,
            Observations observations,
            Consumer<RecordKey> touched,
            String instance) {
        String name = "observer-" + side.word();
        ReadBackObserver observer = new ReadBackObserver(
                side,
                migration,
                new Clients(log)
                        .gatheringMember(name, group(migration, side), name + "-" + instance, Clients.Start.EARLIEST),
                reader,
                progress,
                observations,
                touched,
                System::nanoTime);
        observer.thread.start();
        return observer;
    }

    /** The consumer group whose lag on {@code changes} is this observer's. */
    public static String group(Migration migration, Side side) {
        return "changeover." + migration.name() + ".observer-" + side.word();
    }

    @Override
    public Side side() {
        return side;
    }

    @Override
    public String name() {
        return "read-back";
    }

    @Override
    public Optional<String> fault() {
        return progress.alive() ? thread.fault() : Optional.of("progress is not followed any more");
    }

    @Override
    public long emitted() {
        return emitted.get();
    }

    /** Reads on in the log and looks at what the side has meanwhile. */
    void step() throws InterruptedException {
        if (consumer.subscription().isEmpty()) {
            consumer.subscribe(List.of(changes), new Rebalance());
        }
        boolean full = pendingKeys() >= MOST_PENDING;
        if (full != paused) {
            paused = full;
            if (full) {
                consumer.pause(consumer.assignment());
            } else {
                consumer.resume(consumer.assignment());
            }
        }
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(pendingKeys() == 0 ? LONG_POLL : SHORT_POLL)) {
            note(each);
        }
        lookAtWhatIsThere();
        if (nanos.getAsLong() - lastCommitNanos > COMMIT_EVERY.toNanos()) {
            commit(pending.keySet());
        }
    }

    private int pendingKeys() {
        int keys = 0;
        for (Map<RecordKey, Touched> each : pending.values()) {
            keys += each.size();
        }
        return keys;
    }

    private void note(ConsumerRecord<byte[], byte[]> each) {
        if (each.headers().lastHeader(Headers.CONTROL) != null) {
            return;
        }
        Op op = OpOf.of(each.value());
        if (op == Op.SNAPSHOT) {
            return;
        }
        RecordKey key = key(each);
        if (key.entity().on(side).isPresent()) {
            onTouched.accept(key);
            Map<RecordKey, Touched> touched = pending.computeIfAbsent(
                    new TopicPartition(each.topic(), each.partition()), partition -> new LinkedHashMap<>());
            touched.remove(key); // a later change goes to the end: the first entry has the lowest offset
            touched.put(key, new Touched(each.offset(), op == Op.DELETE, nanos.getAsLong()));
        }
    }

    private RecordKey key(ConsumerRecord<byte[], byte[]> each) {
        try {
            return KeyJson.read(migration, each.key());
        } catch (MalformedEventException e) {
            throw new IllegalStateException(
                    "Invalid key of %s-%d@%d: %s".formatted(changes, each.partition(), each.offset(), e.getMessage()),
                    e);
        }
    }

    private void lookAtWhatIsThere() {
        List<RecordKey> due = new ArrayList<>();
        pending.forEach((partition, touched) -> {
            long next =
                    progress.of(side, partition.partition()).map(Progress::next).orElse(0L);
            for (Map.Entry<RecordKey, Touched> each : touched.entrySet()) {
                if (each.getValue().offset() >= next) {
                    break;
                }
                due.add(each.getKey());
            }
        });
        for (List<RecordKey> batch : Observations.byEntity(due).values()) {
            look(batch);
        }
    }

    private void look(List<RecordKey> batch) {
        Reading reading = reader.read(batch.get(0).entity(), batch);
        for (RecordKey key : batch) {
            Observation observation = observations.of(side, key, reading, Observations.Writer.OURS);
            Map<RecordKey, Touched> touched =
                    pending.getOrDefault(new TopicPartition(changes, observation.partition()), Map.of());
            Touched change = touched.get(key);
            if (change == null || observation.position() <= change.offset() || mayBeParked(change, observation)) {
                continue; // the store itself is not there yet, whatever its sink has said
            }
            observations.send(observation, "");
            emitted.incrementAndGet();
            touched.remove(key);
        }
    }

    /** A child that came before its parent waits in the store, for milliseconds as a rule: that is lag, not loss. */
    private boolean mayBeParked(Touched change, Observation observation) {
        return observation.digest() == null
                && !change.lost()
                && nanos.getAsLong() - change.sinceNanos() < PARKED_GRACE.toNanos()
                && progress.of(side, observation.partition())
                        .map(now -> now.parked() > 0)
                        .orElse(false);
    }

    /** What is sent and on the log need not be read again; the rest has to. */
    private void commit(Collection<TopicPartition> partitions) {
        observations.flush();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            if (partitions.contains(partition) || !pending.containsKey(partition)) {
                Iterator<Touched> waiting =
                        pending.getOrDefault(partition, Map.of()).values().iterator();
                long next = waiting.hasNext() ? waiting.next().offset() : consumer.position(partition);
                offsets.put(partition, new OffsetAndMetadata(next));
            }
        }
        try {
            if (!offsets.isEmpty() && !offsets.equals(committed)) {
                consumer.commitSync(offsets);
                committed = offsets;
            }
        } catch (CommitFailedException | RebalanceInProgressException e) {
            // Whoever gets the partitions looks again at what was not committed.
        }
        lastCommitNanos = nanos.getAsLong();
    }

    private void end() {
        try {
            commit(List.copyOf(pending.keySet()));
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    @Override
    public void close() {
        thread.close();
    }

    private final class Rebalance implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            commit(revoked);
            revoked.forEach(pending::remove);
            committed = Map.of();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            if (paused) {
                consumer.pause(assigned);
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            lost.forEach(pending::remove);
            committed = Map.of();
        }
    }
}
