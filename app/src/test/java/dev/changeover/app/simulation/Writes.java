package dev.changeover.app.simulation;

import dev.changeover.log.Control;
import dev.changeover.log.HeaderText;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Wire;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What is sent to {@code writes}. */
final class Writes {
    /** Which request of which client it is, for whoever judges; the product does not know this header. */
    static final String REQUEST = "simulated-request";

    private Writes() {}

    static ProducerRecord<byte[], byte[]> of(ChangeEvent event) {
        return new ProducerRecord<>(
                Place.TOPICS.writes(),
                Chats.MIGRATION.partitionOf(event.key()),
                null,
                event.key().bytes(),
                Place.CODEC.write(event),
                HeaderText.of(Map.of()));
    }

    static ProducerRecord<byte[], byte[]> of(Barrier barrier, int partition) {
        return new ProducerRecord<>(
                Place.TOPICS.writes(),
                partition,
                null,
                barrier.keyBytes(),
                Wire.write(barrier),
                HeaderText.of(Map.of(Headers.CONTROL, Control.BARRIER)));
    }
}
