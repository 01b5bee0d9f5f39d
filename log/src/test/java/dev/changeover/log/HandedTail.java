package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;

/** Follows a topic by having its records handed to it, one by one, by whoever steps it. */
public final class HandedTail implements Tail {
    private TopicTail.Handler handler = read -> {};

    /** The real reader of {@code progress}, which this tail hands its records to. */
    public ProgressTail progress(Waiting waiting) {
        return new ProgressTail(waiting, this::to);
    }

    /**
     * The real register on {@code control}, which this tail hands its records to.
     *
     * @param end where {@code control} ends now
     */
    public ControlLog control(
            Migration migration, Producer<byte[], byte[]> producer, LongSupplier end, Waiting waiting) {
        ControlLog.End ends = new ControlLog.End() {
            @Override
            public long read(Duration limit) {
                return end.getAsLong();
            }

            @Override
            public void close() {}
        };
        return new ControlLog(migration, producer, ends, waiting, this::to);
    }

    /** The real reader of {@code answers}, which this tail hands its records to. */
    public AnswerTail answers() {
        return new AnswerTail(this::to);
    }

    private Tail to(TopicTail.Handler whose) {
        handler = whose;
        return this;
    }

    public void hand(ConsumerRecord<byte[], byte[]> read) {
        handler.handle(read);
    }

    @Override
    public void awaitCaughtUp(Duration limit) {}

    @Override
    public boolean alive() {
        return true;
    }

    @Override
    public void close() {}
}
