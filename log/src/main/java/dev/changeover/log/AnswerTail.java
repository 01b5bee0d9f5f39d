package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What became of single writes, from the moment of its start on. An answer may be asked for before or shortly after it comes.
 * Safe for use by several threads.
 */
public final class AnswerTail implements AutoCloseable {
    /** How many may wait at once: more than the publishers of one process have under way, all together. */
    public static final int MAX_WAITING = 200_000;

    /** Answers that came before anybody asked; the oldest are forgotten. */
    private static final int MAX_EARLY = 20_000;

    private final Map<String, CompletableFuture<Answer>> waiting = new LinkedHashMap<>();
    private final Map<String, Answer> early = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > MAX_EARLY;
        }
    };
    private final Tail tail;

    /** @param following starts to hand each record of {@code answers} to who is given to it */
    AnswerTail(Function<TopicTail.Handler, Tail> following) {
        this.tail = following.apply(this::handle);
    }

    /**
     * Starts at the end of {@code answers}: whatever is written after this call returns will be answered here.
     *
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    public static AnswerTail start(Migration migration, LogSettings settings) {
        return new AnswerTail(handler -> TopicTail.start(
                new Clients(settings),
                new Topics(migration.name()).answers(),
                "answer-tail",
                Clients.Start.LATEST,
                handler));
    }

    /** The key of an answer on {@code answers}. */
    public static byte[] key(int partition, long offset) {
        return keyText(partition, offset).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The answer to the event at {@code offset} of {@code partition} of {@code writes}. It never fails by itself: the caller
     * sets a limit, and cancels it when it has waited enough.
     *
     * @throws IllegalStateException if {@value #MAX_WAITING} wait already
     */
    public CompletableFuture<Answer> of(int partition, long offset) {
        String key = keyText(partition, offset);
        synchronized (waiting) {
            Answer answer = early.remove(key);
            if (answer != null) {
                return CompletableFuture.completedFuture(answer);
            }
            CompletableFuture<Answer> future = waiting.get(key);
            if (future != null) {
                return future;
            }
            if (waiting.size() >= MAX_WAITING) {
                throw new IllegalStateException(
                        "Cannot wait for another answer: %d wait already".formatted(MAX_WAITING));
            }
            CompletableFuture<Answer> fresh = new CompletableFuture<>();
            waiting.put(key, fresh);
            fresh.whenComplete((ignoredAnswer, ignoredFailure) -> forget(key));
            return fresh;
        }
    }

    /** Whether it still follows the topic; if not, no answer will come. */
    public boolean alive() {
        return tail.alive();
    }

    private void forget(String key) {
        synchronized (waiting) {
            waiting.remove(key);
        }
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        Answer answer = Wire.answer(read.value());
        String key = keyText(answer.partition(), answer.offset());
        CompletableFuture<Answer> future;
        synchronized (waiting) {
            future = waiting.remove(key);
            if (future == null) {
                early.put(key, answer);
            }
        }
        if (future != null) {
            future.complete(answer);
        }
    }

    private static String keyText(int partition, long offset) {
        return partition + "@" + offset;
    }

    @Override
    public void close() {
        tail.close();
        synchronized (waiting) {
            Map.copyOf(waiting).values().forEach(future -> future.cancel(false));
        }
    }
}
