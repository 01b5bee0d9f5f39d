package dev.changeover.verifier.compare;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The comparison as a Kafka Streams topology.
 *
 * <pre>
 * changes ──────┐
 *               ├──► compare ──► verdicts     (a finding, or a tombstone when it is healed)
 * observations ─┘
 * </pre>
 *
 * A key's observations lie in the same partition as its changes. Key and value of all three are as {@code model} writes them.
 */
final class ComparingTopology {
    static final String KEYS = "keys";
    /** By how far the log must have been read, and then by key: 8 bytes in network byte order, and the key's. */
    static final String WAITING = "waiting-for";

    static final String COUNTS = "counts";

    private ComparingTopology() {}

    static Topology of(Migration migration, LogReach reach, CompareStatus status) {
        Topics topics = new Topics(migration.name());
        var bytes = new ByteArrayDeserializer();
        var toBytes = new ByteArraySerializer();
        return new Topology()
                .addSource("changes", bytes, bytes, topics.changes())
                .addSource("observations", bytes, bytes, topics.observations())
                .addProcessor("compare", () -> new Compare(migration, reach, status), "changes", "observations")
                .addStateStore(cached(Stores.persistentKeyValueStore(KEYS)), "compare")
                .addStateStore(cached(Stores.persistentKeyValueStore(WAITING)), "compare")
                .addStateStore(cached(Stores.inMemoryKeyValueStore(COUNTS)), "compare")
                .addSink("verdicts", topics.verdicts(), toBytes, toBytes, "compare");
    }

    /** Cached, so that a key that is touched several times between two commits is written once. */
    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> cached(KeyValueBytesStoreSupplier supplier) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(Map.of());
    }
}
