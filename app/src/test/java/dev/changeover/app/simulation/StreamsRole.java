package dev.changeover.app.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.streams.processor.api.Processor;

/**
 * A Kafka Streams application with one thread, exactly once: reads some records, lets the real processor work on them, and commits what
 * it made, its offsets and its state together, or nothing of it.
 */
final class StreamsRole<K> extends Role {
    private static final int MOST_AT_ONCE = 6;

    private final World world;
    private final SimulatedLog log;
    private final Application<K> application;
    private final long epoch;
    private final List<Task> tasks = new ArrayList<>();
    private SimulatedLog.Transaction transaction;
    private boolean begun;

    /** What runs. */
    interface Application<K> {
        String id();

        List<String> topics();

        List<String> stores();

        /** What earlier tasks of this partition have committed. */
        TaskContext.State state(int partition);

        /** A process begins to run it. */
        default void starts() {}

        /** @param read up to where the task has read each topic */
        Processor<byte[], byte[], K, byte[]> processor(Positions read);

        /** Where it goes. */
        List<ProducerRecord<byte[], byte[]>> sent(TaskContext.Made made, int partition);
    }

    /** Up to where a task has read. */
    interface Positions {
        long of(String topic, int partition);
    }

    private final class Task {
        private final int partition;
        private final TaskContext<K, byte[]> context;
        private final Processor<byte[], byte[], K, byte[]> processor;
        private final Map<TopicPartition, Long> next =
                new TreeMap<>((one, other) -> one.toString().compareTo(other.toString()));

        Task(int partition) {
            this.partition = partition;
            this.processor = application.processor((topic, ofTask) -> read(topic));
            this.context = new TaskContext<>(
                    world, partition, application.state(partition), application.stores(), this::forwarded);
            for (String topic : application.topics()) {
                TopicPartition place = new TopicPartition(topic, partition);
                next.put(place, log.committed(application.id(), place));
            }
            processor.init(context);
        }

        private void forwarded(TaskContext.Made made) {
            world.at(StreamsRole.this, "makes a record for " + made.sink());
            application.sent(made, partition).forEach(transaction()::send);
        }

        private long read(String topic) {
            return next.getOrDefault(new TopicPartition(topic, partition), 0L);
        }

        void some() {
            List<TopicPartition> places = List.copyOf(next.keySet());
            TopicPartition place = places.get(world.random().nextInt(places.size()));
            int most = 1 + world.random().nextInt(MOST_AT_ONCE);
            for (int i = 0; i < most; i++) {
                long from = next.getOrDefault(place, 0L);
                Optional<ConsumerRecord<byte[], byte[]>> found = log.next(place, from);
                if (found.isEmpty()) {
                    long end = log.end(place);
                    if (end > from) {
                        transaction();
                        next.put(place, end);
                    }
                    return;
                }
                world.at(StreamsRole.this, "processes " + found.get().topic() + "-" + place.partition());
                transaction();
                context.process(processor, found.get());
                next.put(place, found.get().offset() + 1);
            }
        }

        void addTo(SimulatedLog.Transaction committing) {
            next.forEach((place, offset) -> committing.offset(application.id(), place, offset));
            context.changes().forEach(committing::state);
        }
    }

    StreamsRole(World world, SimulatedLog log, String name, Supplier<Application<K>> application) {
        super(name);
        this.world = world;
        this.log = log;
        this.application = application.get();
        this.epoch = log.takeOver(this.application.id());
        begin();
    }

    private void begin() {
        begun = false;
        tasks.clear();
        application.starts();
        for (int partition = 0; partition < log.partitions(); partition++) {
            tasks.add(new Task(partition));
        }
    }

    private SimulatedLog.Transaction transaction() {
        if (!begun) {
            transaction = log.begin(application.id(), epoch);
            begun = true;
        }
        return transaction;
    }

    @Override
    void step() {
        try {
            Task task = tasks.get(world.random().nextInt(tasks.size()));
            task.some();
            task.context.punctuate();
            if (begun && (world.healed() || world.random().nextInt(3) == 0)) {
                commit();
            }
        } catch (ProducerFencedException e) {
            world.say(this + " was replaced and stops");
            kill();
        }
    }

    private void commit() {
        world.at(this, "commits");
        if (world.fault(8)) {
            world.say(this + " aborts, and begins again from what was committed");
            transaction.abort();
            begin();
            return;
        }
        tasks.forEach(task -> task.addTo(transaction));
        transaction.commit();
        begun = false;
        if (world.fault(5)) {
            world.say(this + " does not hear that its commit is in, and begins again");
            begin();
        }
        world.at(this, "has committed");
    }

    /** By partition, for checks. */
    Map<Integer, Map<TopicPartition, Long>> positions() {
        Map<Integer, Map<TopicPartition, Long>> all = new HashMap<>();
        tasks.forEach(task -> all.put(task.partition, Map.copyOf(task.next)));
        return all;
    }
}
