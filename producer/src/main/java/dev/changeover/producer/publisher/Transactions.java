package dev.changeover.producer.publisher;

import dev.changeover.log.Clients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Puts several records on the log, all or none. Used by one thread. After any error the producer is thrown away: the next one
 * with the same id ends whatever it left open.
 */
final class Transactions implements AutoCloseable {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    private final Clients clients;
    private final String transactionalId;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    Transactions(Clients clients, String transactionalId) {
        this.clients = clients;
        this.transactionalId = transactionalId;
    }

    /** It is not known whether the records are on the log. */
    static final class InDoubtException extends Exception {
        private static final long serialVersionUID = 1L;

        InDoubtException(Throwable cause) {
            super(String.valueOf(cause.getMessage()), cause);
        }
    }

    /** Surely none of the records is on the log. */
    static final class NothingWrittenException extends Exception {
        private static final long serialVersionUID = 1L;

        NothingWrittenException(Throwable cause) {
            super(String.valueOf(cause.getMessage()), cause);
        }
    }

    /** @return where each of them is, in their order */
    List<RecordMetadata> write(List<ProducerRecord<byte[], byte[]>> records)
            throws InDoubtException, NothingWrittenException {
        List<Future<RecordMetadata>> sending = new ArrayList<>(records.size());
        KafkaProducer<byte[], byte[]> open;
        try {
            open = open();
            open.beginTransaction();
            for (ProducerRecord<byte[], byte[]> sent : records) {
                sending.add(open.send(sent));
            }
            open.flush();
            for (Future<RecordMetadata> sent : sending) {
                sent.get();
            }
        } catch (KafkaException | ExecutionException e) {
            // Not committed, and never will be: the next producer with this id aborts it.
            throwAway();
            throw new NothingWrittenException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throwAway();
            throw new NothingWrittenException(e);
        }
        try {
            open.commitTransaction();
            List<RecordMetadata> written = new ArrayList<>(records.size());
            for (Future<RecordMetadata> sent : sending) {
                written.add(sent.get());
            }
            return written;
        } catch (KafkaException | ExecutionException e) {
            throwAway();
            throw new InDoubtException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throwAway();
            throw new InDoubtException(e);
        }
    }

    private KafkaProducer<byte[], byte[]> open() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open == null) {
            open = clients.transactionalProducer("publisher-batches", transactionalId);
            producer = open;
            open.initTransactions();
        }
        return open;
    }

    private void throwAway() {
        KafkaProducer<byte[], byte[]> old = producer;
        producer = null;
        if (old != null) {
            old.close(Duration.ZERO);
        }
    }

    @Override
    public void close() {
        KafkaProducer<byte[], byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(CLOSE_LIMIT);
        }
    }
}
