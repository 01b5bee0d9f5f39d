package dev.changeover.sink;

import dev.changeover.log.LogIdentity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Store;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** The real sink without threads: who has it takes its steps, and each is done with when it returns. */
public final class SteppedSink {
    private final Sink sink;

    public SteppedSink(
            Migration migration,
            Side side,
            Store store,
            Consumer<byte[], byte[]> consumer,
            Producer<byte[], byte[]> producer,
            LogIdentity identity,
            SinkSettings settings,
            InstantSource clock,
            LongSupplier nanos,
            RandomGenerator random) {
        this.sink = new Sink(
                migration,
                side,
                store,
                new Sink.Parts(consumer, producer, new AtOnce(), nanos),
                identity,
                settings,
                clock,
                random,
                step -> {});
        sink.join();
    }

    /** Once through its loop. What it throws would have ended its thread. */
    public void step() {
        sink.step();
    }

    public SinkHealth health() {
        return sink.health();
    }

    /** Does each task in the thread that hands it over. */
    private static final class AtOnce extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
