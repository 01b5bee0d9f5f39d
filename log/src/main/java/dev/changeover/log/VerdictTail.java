package dev.changeover.log;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Verdict;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The open verdicts. Safe for use by several threads. */
public final class VerdictTail implements AutoCloseable {
    /** How many are kept with their fields; of more only their number is known. */
    public static final int MAX_KEPT = 20_000;

    private final Migration migration;
    /** By their {@linkplain Verdict#place places}, which sort as the verdicts are to be told. */
    private final Map<String, Verdict> open = new TreeMap<>();
    /** Places of those that are too many. */
    private final Set<String> beyond = new HashSet<>();

    private final TopicTail tail;
    /** When a verdict was last open, by {@link System#nanoTime}; guarded by {@link #open}. */
    private long lastOpenNanos = System.nanoTime();

    private VerdictTail(Migration migration, Clients clients) {
        this.migration = migration;
        this.tail = TopicTail.start(
                clients, new Topics(migration.name()).verdicts(), "verdict-tail", Clients.Start.EARLIEST, this::handle);
    }

    /**
     * Starts to follow {@code verdicts} from its beginning.
     *
     * @throws LogException if the topic is not there or Kafka cannot be reached
     */
    public static VerdictTail start(Migration migration, LogSettings settings) {
        return new VerdictTail(migration, new Clients(settings));
    }

    /** Waits until everything that was there at the start is known; until then no verdict means nothing. */
    public void awaitCaughtUp(Duration limit) {
        tail.awaitCaughtUp(limit);
    }

    /** Whether it still follows the topic; if not, what it knows is old. */
    public boolean alive() {
        return tail.alive();
    }

    /** How many are open, those included whose fields are not kept. */
    public long count() {
        synchronized (open) {
            return (long) open.size() + beyond.size();
        }
    }

    /** For how long none has been open, as far as this tail has seen: not longer than it has followed the topic. */
    public Duration cleanFor() {
        synchronized (open) {
            return open.isEmpty() && beyond.isEmpty()
                    ? Duration.ofNanos(System.nanoTime() - lastOpenNanos)
                    : Duration.ZERO;
        }
    }

    /** At most {@code limit} open verdicts that match, in the order of their {@linkplain Verdict#place places}. */
    public List<Verdict> open(Predicate<Verdict> matching, int limit) {
        List<Verdict> found = new ArrayList<>();
        synchronized (open) {
            for (Verdict verdict : open.values()) {
                if (found.size() < limit && matching.test(verdict)) {
                    found.add(verdict);
                }
            }
        }
        return found;
    }

    private void handle(ConsumerRecord<byte[], byte[]> read) {
        String key = new String(read.key(), StandardCharsets.UTF_8);
        synchronized (open) {
            lastOpenNanos = System.nanoTime();
            for (Side side : Side.values()) {
                String place = Verdict.place(key, side);
                open.remove(place);
                beyond.remove(place);
            }
            if (read.value() != null) {
                for (Verdict verdict : Wire.verdicts(migration, read.value())) {
                    if (open.size() < MAX_KEPT) {
                        open.put(verdict.place(), verdict);
                    } else {
                        beyond.add(verdict.place());
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        tail.close();
    }
}
