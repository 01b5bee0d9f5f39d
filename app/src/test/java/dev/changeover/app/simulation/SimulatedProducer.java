package dev.changeover.app.simulation;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A producer to the {@link SimulatedLog}. At times the log takes what is sent and does not say so, or is away. */
final class SimulatedProducer extends MockProducer<byte[], byte[]> {
    private final World world;
    private final SimulatedLog log;
    private final Supplier<@Nullable Role> owner;

    SimulatedProducer(World world, SimulatedLog log, Role owner) {
        this.world = world;
        this.log = log;
        this.owner = () -> owner;
    }

    /** One that several roles of a process share. */
    SimulatedProducer(World world, SimulatedLog log) {
        this.world = world;
        this.log = log;
        this.owner = world::current;
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> sent) {
        return send(sent, (written, failure) -> {});
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> sent, Callback told) {
        world.at(owner.get(), "sends to " + sent.topic());
        boolean lost = world.fault(2);
        if (lost && world.random().nextBoolean()) {
            return failed(told);
        }
        long offset = log.send(sent);
        world.at(owner.get(), "has sent to " + sent.topic());
        if (lost) {
            return failed(told);
        }
        RecordMetadata written = new RecordMetadata(
                new TopicPartition(sent.topic(), sent.partition()),
                offset,
                0,
                world.clock().millis(),
                0,
                0);
        told.onCompletion(written, null);
        return CompletableFuture.completedFuture(written);
    }

    private static Future<RecordMetadata> failed(Callback told) {
        TimeoutException failure = new TimeoutException("The log did not answer");
        told.onCompletion(null, failure);
        return CompletableFuture.failedFuture(failure);
    }

    @Override
    public synchronized void flush() {
        // Each is there when send returns.
    }

    @Override
    public void close(Duration limit) {}
}
