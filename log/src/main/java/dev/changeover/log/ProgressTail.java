package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** How far the processor and both sinks have come, as they say on {@code progress}. Safe for use by several threads. */
public final class ProgressTail implements AutoCloseable {
    private final Map<String, Progress> bySideAndPartition = new ConcurrentHashMap<>();
    private final Map<Integer, ProcessorProgress> byPartition = new ConcurrentHashMap<>();
    private final List<BiConsumer<Progress, List<Unapplied>>> listeners = new CopyOnWriteArrayList<>();
    private final Object changed = new Object();
    private final Waiting waiting;
    private final Tail tail;

    /** @param following starts to hand each record of {@code progress} to who is given to it */
    ProgressTail(Waiting waiting, Function<TopicTail.Handler, Tail> following) {
        this.waiting = waiting;
        this.tail = following.apply(this::handle);
    }

    /**
     * Starts to follow {@code progress} from its beginning.
     *
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    public static ProgressTail start(Migration migration, LogSettings settings) {
        return new ProgressTail(
                Waiting.REAL,
                handler -> TopicTail.start(
                        new Clients(settings),
                        new Topics(migration.name()).progress(),
                        "progress-tail",
                        Clients.Start.EARLIEST,
                        handler));
    }

    /** Waits until everything that was there at the start is known; until then a missing progress means nothing. */
    public void awaitCaughtUp(Duration limit) {
        tail.awaitCaughtUp(limit);
    }

    /** Whether it still follows the topic; if not, what it knows is old. */
    public boolean alive() {
        return tail.alive();
    }

    /** The last progress of {@code side} in {@code partition}; empty if its sink has said nothing yet. */
    public Optional<Progress> of(Side side, int partition) {
        return Optional.ofNullable(bySideAndPartition.get(side.word() + "/" + partition));
    }

    /** The processor's last progress in {@code partition} of {@code writes}; empty if it has said nothing yet. */
    public Optional<ProcessorProgress> ofProcessor(int partition) {
        return Optional.ofNullable(byPartition.get(partition));
    }

    /** The processor's counters, summed over all partitions. */
    public ProcessorProgress.Counters counters() {
        return byPartition.values().stream()
                .map(ProcessorProgress::counters)
                .reduce(ProcessorProgress.Counters.ZERO, ProcessorProgress.Counters::plus);
    }

    /** Whether {@code side} is done with the event at {@code offset} of {@code partition} of {@code writes}. */
    public boolean passed(Side side, int partition, long offset) {
        return of(side, partition)
                .map(progress -> progress.writesNext() > offset)
                .orElse(false);
    }

    /**
     * Waits until {@code condition}, which asks this tail, holds.
     *
     * @return whether it came to hold within {@code limit}
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean await(BooleanSupplier condition, Duration limit) throws InterruptedException {
        long deadline = waiting.nanos() + limit.toNanos();
        synchronized (changed) {
            while (!condition.getAsBoolean()) {
                long left = deadline - waiting.nanos();
                if (left <= 0) {
                    return false;
                }
                waiting.await(changed, Duration.ofNanos(left));
            }
            return true;
        }
    }

    /** Each progress of a sink from now on, in the tail's thread: the listener must return at once. */
    public AutoCloseable listen(Consumer<Progress> listener) {
        return listen((progress, ignored) -> listener.accept(progress));
    }

    /** As {@link #listen(Consumer)}, with the events that were passed but not taken. */
    public AutoCloseable listen(BiConsumer<Progress, List<Unapplied>> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        if (read.key() == null || read.value() == null) {
            return;
        }
        String key = new String(read.key(), StandardCharsets.UTF_8);
        if (key.startsWith(ProgressKey.PROCESSOR)) {
            ProcessorProgress progress = Wire.processorProgress(read.value());
            byPartition.put(progress.partition(), progress);
        } else {
            Progress progress = Wire.progress(read.value());
            bySideAndPartition.put(key, progress);
            List<Unapplied> unapplied = Unapplied.of(read.headers());
            listeners.forEach(listener -> listener.accept(progress, unapplied));
        }
        synchronized (changed) {
            changed.notifyAll();
        }
    }

    @Override
    public void close() {
        tail.close();
    }
}
