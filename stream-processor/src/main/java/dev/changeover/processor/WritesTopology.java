package dev.changeover.processor;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** From {@code writes} to {@code changes}. */
final class WritesTopology {
    private static final String WRITES = "writes";
    private static final String ADMIT = "admit";

    private WritesTopology() {}

    // writes ──► admit ──┬─ accepted, with what follows from it ──► changes
    //                    ├─ rejected ──► dead-letters
    //                    ├─ what became of it, where its sender waits ──► answers
    //                    ├─ of another partition, or of all of them ──► writes
    //                    └─ how far, and how many of each ──► progress
    static Topology of(Migration migration, List<RecordCheck> checks, String log) {
        Topics topics = new Topics(migration.name());
        ThreadLocal<Pace> paces = ThreadLocal.withInitial(Pace::new);
        ProcessorSupplier<byte[], byte[], Routed, byte[]> admit = () -> new Admit(migration, checks, log, paces);
        Topology topology = new Topology()
                .addSource(WRITES, new ByteArrayDeserializer(), new ByteArrayDeserializer(), topics.writes())
                .addProcessor(ADMIT, admit, WRITES)
                .addStateStore(onDisk(PartitionState.STORE), ADMIT);
        sink(topology, Outputs.CHANGES, topics.changes());
        sink(topology, Outputs.DEAD_LETTERS, topics.deadLetters());
        sink(topology, Outputs.ANSWERS, topics.answers());
        sink(topology, Outputs.AGAIN, topics.writes());
        sink(topology, Outputs.PROGRESS, topics.progress());
        return topology;
    }

    private static void sink(Topology topology, String name, String topic) {
        topology.addSink(
                name, topic, new Routed.KeySerializer(), new ByteArraySerializer(), new Routed.Partitioner(), ADMIT);
    }

    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> onDisk(String name) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingDisabled();
    }
}
