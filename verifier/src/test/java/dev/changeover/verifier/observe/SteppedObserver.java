package dev.changeover.verifier.observe;

import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import java.time.InstantSource;
import java.util.Collection;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** The real observer that reads back what a side holds, without a thread: who has it takes its steps. */
public final class SteppedObserver {
    private final Side side;
    private final StoreReader reader;
    private final Observations observations;
    private final ReadBackObserver observer;

    public SteppedObserver(
            Migration migration,
            Side side,
            StoreReader reader,
            Consumer<byte[], byte[]> consumer,
            Producer<byte[], byte[]> producer,
            ProgressTail progress,
            InstantSource clock,
            LongSupplier nanos) {
        this.side = side;
        this.reader = reader;
        this.observations = new Observations(migration, producer, clock);
        this.observer =
                new ReadBackObserver(side, migration, consumer, reader, progress, observations, touched -> {}, nanos);
    }

    /** Once through its loop. What it throws would have ended it, or made it wait. */
    public void step() throws InterruptedException {
        observer.step();
    }

    /** As it is looked again at what is known to differ. */
    public void lookAgain(Collection<RecordKey> keys) {
        observations.look(side, reader, keys, Observations.Writer.OURS);
    }

    /** As it is looked at what others were seen to write. */
    public void look(Collection<RecordKey> keys) {
        observations.look(side, reader, keys, Observations.Writer.OTHERS);
    }
}
