package dev.changeover.app.simulation;

import dev.changeover.verifier.compare.CompareStatus;
import dev.changeover.verifier.compare.ComparingRules;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.processor.api.Processor;

/** The verifier's comparison, with its real rules. */
final class ComparingApplication implements StreamsRole.Application<byte[]> {
    private final Map<Integer, TaskContext.State> states = new TreeMap<>();
    private CompareStatus status = new CompareStatus();

    /** How the last process that ran it sees things. */
    CompareStatus status() {
        return status;
    }

    @Override
    public void starts() {
        status = new CompareStatus();
    }

    @Override
    public String id() {
        return "comparing";
    }

    @Override
    public List<String> topics() {
        return List.of(Place.TOPICS.changes(), Place.TOPICS.observations());
    }

    @Override
    public List<String> stores() {
        return ComparingRules.STORES;
    }

    @Override
    public TaskContext.State state(int partition) {
        return states.computeIfAbsent(partition, none -> new TaskContext.State());
    }

    @Override
    public Processor<byte[], byte[], byte[], byte[]> processor(StreamsRole.Positions read) {
        return ComparingRules.of(Chats.MIGRATION, partition -> read.of(Place.TOPICS.changes(), partition), status);
    }

    @Override
    public List<ProducerRecord<byte[], byte[]>> sent(TaskContext.Made made, int partition) {
        return List.of(new ProducerRecord<>(Place.TOPICS.verdicts(), partition, (byte[]) made.key(), made.value()));
    }
}
