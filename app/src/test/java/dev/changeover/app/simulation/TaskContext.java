package dev.changeover.app.simulation;

import java.io.File;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** What Kafka Streams is to one task: stores that are restored from what was committed, timers, and where its records go. */
final class TaskContext<K, V> implements ProcessorContext<K, V> {
    private final World world;
    private final TaskId id;
    private final Map<String, TaskStore> stores = new TreeMap<>();
    private final List<Timer> timers = new ArrayList<>();
    private final Consumer<Made> forwarded;
    private @Nullable ConsumerRecord<byte[], byte[]> current;

    /** What all tasks of one partition leave behind, by store. */
    static final class State {
        private final Map<String, NavigableMap<Bytes, byte[]>> stores = new HashMap<>();

        NavigableMap<Bytes, byte[]> of(String store) {
            return stores.computeIfAbsent(store, none -> new TreeMap<>());
        }
    }

    private static final class Timer implements Cancellable {
        private final long everyNanos;
        private final Punctuator call;
        private long dueNanos;
        private boolean cancelled;

        Timer(long everyNanos, long dueNanos, Punctuator call) {
            this.everyNanos = everyNanos;
            this.dueNanos = dueNanos;
            this.call = call;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    /** A record that the processor has made, for the sink of that name; empty if it has only one. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Made(Object key, byte @Nullable [] value, Headers headers, String sink) {}

    /** @param forwarded gets each record that the processor makes */
    TaskContext(World world, int partition, State state, List<String> storeNames, Consumer<Made> forwarded) {
        this.world = world;
        this.id = new TaskId(0, partition);
        this.forwarded = forwarded;
        storeNames.forEach(name -> stores.put(name, new TaskStore(name, state.of(name))));
    }

    void process(Processor<byte[], byte[], K, V> processor, ConsumerRecord<byte[], byte[]> read) {
        current = read;
        processor.process(new Record<>(read.key(), read.value(), read.timestamp(), read.headers()));
    }

    /** Calls the timers that are due. */
    void punctuate() {
        for (Timer timer : List.copyOf(timers)) {
            if (!timer.cancelled && timer.dueNanos <= world.nanos()) {
                timer.dueNanos = world.nanos() + timer.everyNanos;
                timer.call.punctuate(currentSystemTimeMs());
            }
        }
        timers.removeIf(timer -> timer.cancelled);
    }

    /** What becomes true when what was done until now is committed. */
    List<Runnable> changes() {
        return stores.values().stream().map(TaskStore::changes).toList();
    }

    @Override
    public <F extends K, W extends V> void forward(Record<F, W> made) {
        forward(made, "");
    }

    @Override
    public <F extends K, W extends V> void forward(Record<F, W> made, String sink) {
        forwarded.accept(new Made(made.key(), (byte[]) made.value(), made.headers(), sink));
    }

    @Override
    public Optional<RecordMetadata> recordMetadata() {
        ConsumerRecord<byte[], byte[]> read = current;
        return read == null ? Optional.empty() : Optional.of(new Place(read.topic(), read.partition(), read.offset()));
    }

    private record Place(String topic, int partition, long offset) implements RecordMetadata {}

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the interface leaves no other way
    public <S extends StateStore> S getStateStore(String name) {
        return (S) stores.get(name);
    }

    @Override
    public Cancellable schedule(Duration every, PunctuationType type, Punctuator call) {
        Timer timer = new Timer(every.toNanos(), world.nanos() + every.toNanos(), call);
        timers.add(timer);
        return timer;
    }

    @Override
    public Cancellable schedule(Instant from, Duration every, PunctuationType type, Punctuator call) {
        return schedule(every, type, call);
    }

    /** Asked for when something new should be seen soon; here whoever steps the task decides. */
    @Override
    public void commit() {}

    @Override
    public long currentSystemTimeMs() {
        return world.clock().millis();
    }

    @Override
    public long currentStreamTimeMs() {
        return world.clock().millis();
    }

    @Override
    public TaskId taskId() {
        return id;
    }

    @Override
    public String applicationId() {
        return "simulated";
    }

    @Override
    public Map<String, Object> appConfigs() {
        return Map.of();
    }

    @Override
    public Map<String, Object> appConfigsWithPrefix(String prefix) {
        return Map.of();
    }

    @Override
    public Serde<?> keySerde() {
        throw new UnsupportedOperationException("Bytes are bytes");
    }

    @Override
    public Serde<?> valueSerde() {
        throw new UnsupportedOperationException("Bytes are bytes");
    }

    @Override
    public File stateDir() {
        throw new UnsupportedOperationException("There is no disk");
    }

    @Override
    public StreamsMetrics metrics() {
        throw new UnsupportedOperationException("Nobody measures");
    }
}
