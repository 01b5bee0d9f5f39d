package dev.changeover.producer.capture;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The brake: so many records of an entity that go within a minute have more likely been lost (an emptied mount, a moved folder, a
 * script that went wrong) than deleted. Used by one thread, but for {@link #accept}.
 */
final class MassDeletes {
    /** So many may always go. */
    static final int FEW = 50;
    /** One part in so many of an entity is too much. */
    static final int SHARE = 5;
    /** More than so many are too many of any entity: of more it is not known what share they are. */
    static final int MANY = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(MassDeletes.class);
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final ToLongFunction<Entity> count;
    private final Deque<Published> published = new ArrayDeque<>();
    private final Set<RecordKey> accepted = new HashSet<>();
    private final Set<String> told = new HashSet<>();

    private record Published(RecordKey key, long atNanos) {}

    /** @param count how many records of an entity there are now */
    MassDeletes(ToLongFunction<Entity> count) {
        this.count = count;
    }

    /** Whether these, together with what went within the last minute, are too many. Those that were accepted do not count. */
    boolean tooMany(Entity entity, Collection<RecordKey> away) {
        long now = System.nanoTime();
        while (!published.isEmpty() && now - published.getFirst().atNanos() > WINDOW.toNanos()) {
            published.removeFirst();
        }
        Set<RecordKey> all = new HashSet<>(away);
        published.stream()
                .map(Published::key)
                .filter(key -> key.entity().equals(entity))
                .forEach(all::add);
        synchronized (accepted) {
            all.removeAll(accepted);
        }
        if (all.size() <= FEW) {
            told.remove(entity.name());
            return false;
        }
        long left = count.applyAsLong(entity);
        boolean tooMany = all.size() > MANY || all.size() > (left + all.size()) / SHARE;
        if (!tooMany) {
            told.remove(entity.name());
        } else if (told.add(entity.name())) {
            LOG.atError()
                    .addKeyValue("entity", entity.name())
                    .addKeyValue("gone", all.size())
                    .addKeyValue("left", left)
                    .log(
                            "Too many legacy records are gone at once; no delete is published. Bring them back, or run accept-deletes");
        }
        return tooMany;
    }

    void published(RecordKey key) {
        synchronized (accepted) {
            if (accepted.remove(key)) {
                return;
            }
        }
        published.addLast(new Published(key, System.nanoTime()));
    }

    void accept(RecordKey key) {
        synchronized (accepted) {
            accepted.add(key);
        }
    }

    boolean isAccepted(RecordKey key) {
        synchronized (accepted) {
            return accepted.contains(key);
        }
    }
}
