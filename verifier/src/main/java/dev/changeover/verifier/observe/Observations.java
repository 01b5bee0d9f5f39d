package dev.changeover.verifier.observe;

import dev.changeover.log.Clients;
import dev.changeover.log.LogSettings;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.compare.Comparison;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Sends observations to the partition of their key. Safe for use by several threads. */
public final class Observations implements AutoCloseable {
    /** Keys read from a store at once. */
    public static final int READ_BATCH = 500;

    /** Nobody waits for a single one. */
    private static final Duration LINGER = Duration.ofMillis(10);

    private final Migration migration;
    private final String topic;
    private final Producer<byte[], byte[]> producer;
    private final InstantSource clock;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    public Observations(Migration migration, LogSettings log, InstantSource clock) {
        this(migration, new Clients(log).producer("observations", LINGER), clock);
    }

    /** @param producer from now on ours */
    Observations(Migration migration, Producer<byte[], byte[]> producer, InstantSource clock) {
        this.migration = migration;
        this.topic = new Topics(migration.name()).observations();
        this.producer = producer;
        this.clock = clock;
    }

    /** What {@code reading} says of {@code key}; a record that cannot be read is equal to none that can. */
    public Observation of(Side side, RecordKey key, Reading reading, Writer writer) {
        EntityRecord found = reading.found().get(key);
        String fault = reading.faults().get(key);
        Digest digest = found == null ? null : Canonical.digest(found);
        int partition = migration.partitionOf(key);
        return new Observation(
                side,
                key,
                partition,
                reading.positions().getOrDefault(partition, 0L),
                fault == null ? digest : unreadable(fault),
                writer == Writer.OURS,
                clock.millis());
    }

    /** Whose write was seen. */
    public enum Writer {
        OURS,
        OTHERS
    }

    /** Stands for a record that is there but cannot be read. */
    static Digest unreadable(String fault) {
        return new Digest(-1, fault.hashCode());
    }

    /** Reads these keys in batches and sends what is there now. */
    public void look(Side side, StoreReader reader, Collection<RecordKey> keys, Writer writer) {
        byEntity(keys).values().forEach(batch -> {
            Reading reading = reader.read(batch.get(0).entity(), batch);
            batch.forEach(key -> send(of(side, key, reading, writer), ""));
        });
    }

    /** Cut into batches of one entity each, in the order in which they come. */
    static Map<String, List<RecordKey>> byEntity(Collection<RecordKey> keys) {
        Map<String, List<RecordKey>> batches = new LinkedHashMap<>();
        Map<String, Integer> full = new LinkedHashMap<>();
        for (RecordKey key : keys) {
            String entity = key.entity().name();
            int batch = full.getOrDefault(entity, 0);
            List<RecordKey> into = batches.computeIfAbsent(entity + "#" + batch, name -> new ArrayList<>());
            into.add(key);
            if (into.size() == READ_BATCH) {
                full.put(entity, batch + 1);
            }
        }
        return batches;
    }

    /**
     * @param source who looked, if it was no observer
     * @throws KafkaException if an earlier one could not be sent
     */
    public void send(Observation observation, String source) {
        check();
        ProducerRecord<byte[], byte[]> sent = new ProducerRecord<>(
                topic, observation.partition(), observation.key().bytes(), Wire.write(observation));
        if (!source.isEmpty()) {
            sent.headers().add(Comparison.SOURCE_HEADER, source.getBytes(StandardCharsets.UTF_8));
        }
        producer.send(sent, (metadata, e) -> {
            if (e != null) {
                failure.compareAndSet(null, e);
            }
        });
    }

    /** Returns when all that was sent is on the log. */
    public void flush() {
        producer.flush();
        check();
    }

    private void check() {
        Exception e = failure.getAndSet(null);
        if (e != null) {
            throw new KafkaException("Cannot send observations: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(3));
    }
}
