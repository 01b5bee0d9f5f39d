package dev.changeover.log;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters: what they say in memory, their bytes only on the log. Safe for use by several threads.
 */
public final class DeadLetterTail implements AutoCloseable {
    /** How many are kept; of older ones only the number is known. */
    public static final int MAX_KEPT = 50_000;

    private static final Duration READ_LIMIT = Duration.ofSeconds(10);

    /**
     * A dead letter without its bytes.
     *
     * @param answered whether nobody has to deal with it (any more): its sender was told, or it was retried or waived
     * @param chunk id of the backfill chunk it came from; null where it came from none
     */
    public record Entry(
            String id,
            String keyText,
            String entity,
            String stage,
            @Nullable Side side,
            String reason,
            String origin,
            long atMillis,
            boolean answered,
            @Nullable String chunk,
            int partition,
            long offset) {
        private Entry resolved() {
            return new Entry(
                    id, keyText, entity, stage, side, reason, origin, atMillis, true, chunk, partition, offset);
        }
    }

    private final String topic;
    private final Clients clients;
    private final Map<String, Entry> byId = new LinkedHashMap<>();
    private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();
    private final TopicTail tail;
    private long forgotten;

    private DeadLetterTail(Migration migration, Clients clients) {
        this.topic = new Topics(migration.name()).deadLetters();
        this.clients = clients;
        this.tail = TopicTail.start(clients, topic, "dead-letter-tail", Clients.Start.EARLIEST, this::handle);
    }

    /**
     * Starts to follow {@code dead-letters} from its beginning.
     *
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    public static DeadLetterTail start(Migration migration, LogSettings settings) {
        return new DeadLetterTail(migration, new Clients(settings));
    }

    /** Waits until everything that was there at the start is known; until then no dead letter means nothing. */
    public void awaitCaughtUp(Duration limit) {
        tail.awaitCaughtUp(limit);
    }

    /** Whether it still follows the topic; if not, what it knows is old. */
    public boolean alive() {
        return tail.alive();
    }

    /** How many there are, forgotten ones included; a letter that was sent twice is one. */
    public long count() {
        synchronized (byId) {
            return byId.size() + forgotten;
        }
    }

    /** At most {@code limit} that match, oldest first. */
    public List<Entry> list(Predicate<Entry> matching, int limit) {
        List<Entry> found = new ArrayList<>();
        synchronized (byId) {
            for (Entry entry : byId.values()) {
                if (found.size() < limit && matching.test(entry)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    public Optional<Entry> find(String id) {
        synchronized (byId) {
            return Optional.ofNullable(byId.get(id));
        }
    }

    /**
     * The whole letter, its bytes read back from the log.
     *
     * @throws LogException if the log does not give it within 10 s
     */
    public DeadLetter read(Entry entry) {
        return letter(whole(entry));
    }

    private ConsumerRecord<byte[], byte[]> whole(Entry entry) {
        TopicPartition partition = new TopicPartition(topic, entry.partition());
        try (KafkaConsumer<byte[], byte[]> reader = clients.reader("dead-letter-reader", Clients.Start.NONE)) {
            reader.assign(List.of(partition));
            reader.seek(partition, entry.offset());
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> read : reader.poll(Duration.ofMillis(200))) {
                    if (read.offset() == entry.offset()) {
                        return read;
                    }
                }
            }
            throw new LogException("Cannot read dead letter %s back from %s within %d s"
                    .formatted(entry.id(), partition, READ_LIMIT.toSeconds()));
        }
    }

    /**
     * Says that nobody has to deal with this letter any more: it is sent once more, whole, with that in its headers. Sent again
     * without it, by a role that had not noticed, it stays dealt with.
     *
     * @param how {@code retried} or {@code waived}, with who and why for people
     * @throws LogException if the log does not take it
     */
    public void resolve(Entry entry, String how) {
        ConsumerRecord<byte[], byte[]> whole = whole(entry);
        HeaderText.replace(whole.headers(), Headers.RESOLVED, how);
        try (KafkaProducer<byte[], byte[]> producer = clients.producer("dead-letter-resolver")) {
            producer.send(new ProducerRecord<>(
                            topic, whole.partition(), null, whole.key(), whole.value(), whole.headers()))
                    .get(READ_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("Interrupted while resolving dead letter " + entry.id(), e);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new LogException("Cannot resolve dead letter %s: %s".formatted(entry.id(), e.getMessage()), e);
        }
        synchronized (byId) {
            byId.computeIfPresent(entry.id(), (id, known) -> known.resolved());
        }
    }

    /** Each new letter from now on, in the tail's thread: the listener must return at once. */
    public AutoCloseable listen(Consumer<Entry> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        DeadLetter letter = letter(read);
        Entry entry = new Entry(
                letter.id(),
                letter.keyText(),
                letter.entity(),
                letter.stage(),
                letter.side(),
                letter.reason(),
                letter.origin(),
                letter.atMillis(),
                HeaderText.find(read.headers(), Headers.RESOLVED) != null,
                HeaderText.find(read.headers(), Headers.CHUNK),
                read.partition(),
                read.offset());
        boolean fresh;
        synchronized (byId) {
            Entry known = byId.get(entry.id());
            byId.put(entry.id(), known != null && known.answered() ? entry.resolved() : entry);
            fresh = known == null;
            if (byId.size() > MAX_KEPT) {
                byId.remove(byId.keySet().iterator().next());
                forgotten++;
            }
        }
        if (fresh) {
            listeners.forEach(listener -> listener.accept(entry));
        }
    }

    private static DeadLetter letter(ConsumerRecord<byte[], byte[]> read) {
        return Wire.deadLetter(
                read.key() == null ? "" : new String(read.key(), StandardCharsets.UTF_8),
                HeaderText.all(read.headers()),
                Bytes.copyOf(read.value() == null ? new byte[0] : read.value()),
                read.timestamp());
    }

    @Override
    public void close() {
        tail.close();
    }
}
