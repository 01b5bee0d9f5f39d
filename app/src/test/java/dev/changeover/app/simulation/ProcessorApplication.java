package dev.changeover.app.simulation;

import dev.changeover.processor.ProcessorRules;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.processor.api.Processor;

/** The stream processor, with its real rules. */
final class ProcessorApplication implements StreamsRole.Application<Object> {
    private final Map<Integer, TaskContext.State> states = new TreeMap<>();

    @Override
    public String id() {
        return Place.TOPICS.processorGroup();
    }

    @Override
    public List<String> topics() {
        return List.of(Place.TOPICS.writes());
    }

    @Override
    public List<String> stores() {
        return ProcessorRules.STORES;
    }

    @Override
    public TaskContext.State state(int partition) {
        return states.computeIfAbsent(partition, none -> new TaskContext.State());
    }

    @Override
    public Processor<byte[], byte[], Object, byte[]> processor(StreamsRole.Positions read) {
        return ProcessorRules.of(Chats.MIGRATION, Place.IDENTITY.topicId());
    }

    @Override
    public List<ProducerRecord<byte[], byte[]>> sent(TaskContext.Made made, int partition) {
        String topic = ProcessorRules.topicOf(Place.TOPICS, made.sink());
        return ProcessorRules.partitionsOf(made.key(), Chats.PARTITIONS).stream()
                .sorted()
                .map(to -> new ProducerRecord<byte[], byte[]>(
                        topic, to, null, ProcessorRules.keyOf(made.key()), made.value(), made.headers()))
                .toList();
    }
}
