package dev.changeover.producer.publisher;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.Clients;
import dev.changeover.log.HeaderText;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressKey;
import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** Stands for the processor and both sinks: answers what is on {@code writes} and says that the sides passed it. */
final class FakePipeline implements AutoCloseable {
    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    final List<ConsumerRecord<byte[], byte[]>> seen = new CopyOnWriteArrayList<>();
    volatile Function<ConsumerRecord<byte[], byte[]>, Answer> answering =
            read -> new Answer(read.partition(), read.offset(), Answer.Outcome.ACCEPTED, read.offset(), "");
    volatile Function<ConsumerRecord<byte[], byte[]>, List<Unapplied>> unapplied = read -> List.of();
    volatile Set<Side> applying = Set.of(Side.LEGACY, Side.TARGET);

    FakePipeline(Migration migration, LogSettings log) {
        this.topics = new Topics(migration.name());
        Clients clients = new Clients(log);
        this.producer = clients.producer("fake-pipeline");
        this.consumer = clients.reader("fake-pipeline", Clients.Start.EARLIEST);
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < migration.partitions(); partition++) {
            partitions.add(new TopicPartition(topics.writes(), partition));
        }
        consumer.assign(partitions);
        this.thread = new Thread(this::run, "fake-pipeline");
        thread.start();
    }

    private void run() {
        try (consumer;
                producer) {
            while (true) {
                consumer.poll(Duration.ofMillis(100)).forEach(this::handle);
            }
        } catch (WakeupException e) {
            // closed
        }
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        seen.add(read);
        if (HeaderText.find(read.headers(), Headers.ANSWER) != null) {
            producer.send(new ProducerRecord<>(
                    topics.answers(),
                    read.partition(),
                    AnswerTail.key(read.partition(), read.offset()),
                    Wire.write(answering.apply(read))));
        }
        applying.forEach(side -> pass(side, read));
    }

    void pass(Side side, ConsumerRecord<byte[], byte[]> read) {
        ProducerRecord<byte[], byte[]> progress = new ProducerRecord<>(
                topics.progress(),
                0,
                ProgressKey.of(side, read.partition()),
                Wire.write(new Progress(side, read.partition(), read.offset() + 1, read.offset() + 1, 1, 0, 0, 1, 1)));
        if (side == Side.TARGET) {
            Unapplied.add(progress.headers(), unapplied.apply(read));
        }
        producer.send(progress);
    }

    static String key(ConsumerRecord<byte[], byte[]> read) {
        return new String(read.key(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
