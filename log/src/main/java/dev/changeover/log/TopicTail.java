package dev.changeover.log;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all partitions of one topic in a thread of its own and hands each record to one handler. Only committed records are
 * seen. A record that the handler cannot read is logged and left out; the topic may hold what a newer version wrote.
 */
final class TopicTail implements Tail {
    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Called in the tail's thread only. */
    interface Handler {
        void handle(ConsumerRecord<byte[], byte[]> read);
    }

    private final String topic;
    private final Handler handler;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> ends;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable RuntimeException failure;

    private TopicTail(Clients clients, String topic, String name, Clients.Start start, Handler handler) {
        this.topic = topic;
        this.handler = handler;
        this.consumer = clients.reader(name, start);
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic, LogLimits.ADMIN_TIMEOUT).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            if (partitions.isEmpty()) {
                throw new LogException("Cannot find topic %s: it is created when a migration is run".formatted(topic));
            }
            consumer.assign(partitions);
            // Where it starts is settled before anybody can send what it must not miss.
            for (TopicPartition partition : partitions) {
                consumer.position(partition, LogLimits.ADMIN_TIMEOUT);
            }
            this.ends = new HashMap<>(consumer.endOffsets(partitions, LogLimits.ADMIN_TIMEOUT));
        } catch (KafkaException e) {
            consumer.close();
            throw new LogException("Cannot read topic %s: %s".formatted(topic, e.getMessage()), e);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
        this.thread = new Thread(this::follow, name);
        thread.setDaemon(true);
    }

    /**
     * @param name of the client and of the thread
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    static TopicTail start(Clients clients, String topic, String name, Clients.Start start, Handler handler) {
        TopicTail tail = new TopicTail(clients, topic, name, start, handler);
        tail.thread.start();
        return tail;
    }

    @Override
    public void awaitCaughtUp(Duration limit) {
        try {
            if (!caughtUp.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LogException("Cannot read topic %s to its end within %d ms: is Kafka overloaded?"
                        .formatted(topic, limit.toMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while reading topic " + topic, e);
        }
        RuntimeException failed = failure;
        if (failed != null) {
            throw new LogException("Cannot read topic %s any more: %s".formatted(topic, failed.getMessage()), failed);
        }
    }

    @Override
    public boolean alive() {
        return failure == null && !closing;
    }

    private void follow() {
        try {
            while (!closing) {
                noteCaughtUp();
                for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
                    handle(read);
                }
            }
        } catch (WakeupException | InterruptException e) {
            if (!closing) {
                fail(e);
            }
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            caughtUp.countDown();
            consumer.close(CloseOptions.timeout(LogLimits.CLOSE_TIMEOUT));
        }
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        try {
            handler.handle(read);
        } catch (IllegalArgumentException e) {
            LOG.atWarn()
                    .addKeyValue("topic", topic)
                    .addKeyValue("partition", read.partition())
                    .addKeyValue("offset", read.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("Skipped a record that is not of this version");
        }
    }

    private void noteCaughtUp() {
        if (caughtUp.getCount() == 0) {
            return;
        }
        ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        if (ends.isEmpty()) {
            caughtUp.countDown();
        }
    }

    private void fail(RuntimeException e) {
        failure = e;
        LOG.atError().addKeyValue("topic", topic).setCause(e).log("Stopped following a topic");
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            thread.join(LogLimits.CLOSE_TIMEOUT.toMillis() * 2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
