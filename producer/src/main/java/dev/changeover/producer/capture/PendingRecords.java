package dev.changeover.producer.capture;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The records that the application has perhaps written: when each is looked at next, and what is known of it. They are hinted at by
 * others, looked at by one thread, and settled by it or by the publisher's threads.
 */
final class PendingRecords {
    private static final int MAX_PENDING = 500_000;
    private static final int MAX_REJECTED = 100_000;
    private static final Duration AGAIN = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    /** After so long it is looked whether what is held back is there again. */
    private static final Duration HELD_FOR = Duration.ofSeconds(2);
    /** So long a file may be away while somebody writes it anew. */
    private static final Duration GONE_FOR = Duration.ofSeconds(1);

    private final List<Entity> parentsFirst;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<RecordKey, Pending> pending = new LinkedHashMap<>();
    /** What was against the definition, as it was: it is not sent again before it is another one. */
    private final Map<RecordKey, Optional<Digest>> rejected = new HashMap<>();

    private long hints;
    private boolean closed;

    /** What is known of a record that somebody may have written. Guarded by the lock. */
    private static final class Pending {
        /** Rises with each hint: what was read before it settles nothing. */
        private long hints;

        private long dueNanos = System.nanoTime();
        /** When it was first found to be gone; 0 if it is not. */
        private long goneNanos;

        private int tries;
        private boolean held;

        /** It is published, and not yet on both sides: until then neither says what the log does. */
        private boolean underWay;
    }

    /** Where a record is to be looked for, with the number of hints before. */
    record Look(RecordKey key, long hints) {}

    /** Why something is looked at again. */
    enum Why {
        /** It is being written, or damaged. */
        UNREADABLE,
        LAGGING,
        /** It was written through the log meanwhile, or the log does not answer. */
        CONFLICT
    }

    PendingRecords(Migration migration) {
        this.parentsFirst = migration.entities();
    }

    /** Somebody may have written these: they are looked at at once. */
    void hint(Collection<RecordKey> keys) {
        lock.lock();
        try {
            for (RecordKey key : keys) {
                if (onBothSides(key) && (pending.size() < MAX_PENDING || pending.containsKey(key))) {
                    Pending hinted = pending.computeIfAbsent(key, none -> new Pending());
                    hinted.hints++;
                    hinted.tries = 0;
                    hinted.dueNanos = System.nanoTime();
                }
            }
            hints++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Adds those that are not there yet. */
    void add(Collection<RecordKey> keys) {
        lock.lock();
        try {
            for (RecordKey key : keys) {
                if (onBothSides(key) && pending.size() < MAX_PENDING) {
                    pending.computeIfAbsent(key, none -> new Pending());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns when all of these are settled or held back, or after {@code limit}, or when it is closed. */
    void awaitSettled(Collection<RecordKey> keys, Duration limit) {
        long nanos = limit.toNanos();
        lock.lock();
        try {
            while (!closed && nanos > 0 && keys.stream().anyMatch(this::isToBePublished)) {
                nanos = changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private boolean isToBePublished(RecordKey key) {
        Pending waiting = pending.get(key);
        return waiting != null && !waiting.held;
    }

    private static boolean onBothSides(RecordKey key) {
        return key.entity().legacy().isPresent() && key.entity().target().isPresent();
    }

    int size() {
        lock.lock();
        try {
            return pending.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many are held back, by entity; empty if none is. */
    Map<String, Integer> held() {
        Map<String, Integer> held = new TreeMap<>();
        lock.lock();
        try {
            pending.forEach((key, waiting) -> {
                if (waiting.held) {
                    held.merge(key.entity().name(), 1, Integer::sum);
                }
            });
        } finally {
            lock.unlock();
        }
        return held;
    }

    /**
     * Those that are held back are looked at again at once.
     *
     * @param entity only of this one; empty for all
     * @param released is told each, under the lock
     * @return how many
     */
    int release(String entity, Consumer<RecordKey> released) {
        int count = 0;
        lock.lock();
        try {
            for (Map.Entry<RecordKey, Pending> each : pending.entrySet()) {
                if (each.getValue().held
                        && (entity.isEmpty() || each.getKey().entity().name().equals(entity))) {
                    released.accept(each.getKey());
                    each.getValue().held = false;
                    each.getValue().dueNanos = System.nanoTime();
                    count++;
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return count;
    }

    /** What is to be looked at now, parents before their children. */
    List<Look> due(int most) {
        long now = System.nanoTime();
        List<Look> due = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<RecordKey, Pending> each : pending.entrySet()) {
                if (!each.getValue().underWay && each.getValue().dueNanos - now <= 0) {
                    due.add(new Look(each.getKey(), each.getValue().hints));
                    if (due.size() == most) {
                        break;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        due.sort(Comparator.comparingInt(look -> place(look.key())));
        return due;
    }

    /** Of the record's entity in the definition's order, parents first. */
    int place(RecordKey key) {
        for (int i = 0; i < parentsFirst.size(); i++) {
            if (parentsFirst.get(i).name().equals(key.entity().name())) {
                return i;
            }
        }
        return parentsFirst.size();
    }

    /** It is not looked at again before it is {@link #settled} or comes {@link #later}. */
    void underWay(Look look) {
        change(look, waiting -> waiting.underWay = true);
    }

    void isThere(Look look) {
        change(look, waiting -> {
            waiting.goneNanos = 0;
            waiting.held = false;
        });
    }

    /** Whether it has been away for long enough; if not, it is looked at again when it has. */
    boolean isGone(Look look) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting == null) {
                return false;
            }
            long now = System.nanoTime();
            if (waiting.goneNanos == 0) {
                waiting.goneNanos = now;
            }
            long left = waiting.goneNanos + GONE_FOR.toNanos() - now;
            waiting.dueNanos = now + Math.max(0, left);
            return left <= 0;
        } finally {
            lock.unlock();
        }
    }

    /** The records of an entity that were found to be gone and whose deletes are not published. */
    Set<RecordKey> gone(Entity entity) {
        Set<RecordKey> gone = new HashSet<>();
        lock.lock();
        try {
            pending.forEach((key, waiting) -> {
                if (waiting.goneNanos != 0 && key.entity().equals(entity)) {
                    gone.add(key);
                }
            });
        } finally {
            lock.unlock();
        }
        return gone;
    }

    /** Its delete is not published for now. */
    void hold(Look look) {
        change(look, waiting -> {
            waiting.held = true;
            waiting.dueNanos = System.nanoTime() + HELD_FOR.toNanos();
        });
    }

    /** Nothing more is to be done, unless it was hinted at since. */
    void settled(Look look) {
        change(look, waiting -> {
            if (waiting.hints == look.hints()) {
                pending.remove(look.key());
            } else {
                waiting.underWay = false;
            }
        });
    }

    void later(Look look, Why why) {
        change(look, waiting -> {
            waiting.underWay = false;
            waiting.tries = Math.min(waiting.tries + (why == Why.LAGGING ? 0 : 1), 20);
            if (why == Why.UNREADABLE) {
                waiting.goneNanos = 0;
                waiting.held = false;
            }
            long wait = Math.min(AGAIN.toNanos() << Math.min(waiting.tries, 10), LONGEST_WAIT.toNanos());
            waiting.dueNanos = System.nanoTime() + wait;
        });
    }

    private void change(Look look, Consumer<Pending> how) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null) {
                how.accept(waiting);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** @param state null for a delete */
    void reject(RecordKey key, @Nullable EntityRecord state) {
        lock.lock();
        try {
            if (rejected.size() < MAX_REJECTED) {
                rejected.put(key, Optional.ofNullable(state).map(Canonical::digest));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the very same was rejected before. */
    boolean wasRejected(RecordKey key, @Nullable EntityRecord state) {
        lock.lock();
        try {
            Optional<Digest> before = rejected.get(key);
            return before != null && before.equals(Optional.ofNullable(state).map(Canonical::digest));
        } finally {
            lock.unlock();
        }
    }

    void clear() {
        lock.lock();
        try {
            pending.clear();
            rejected.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns after {@code limit}, or when it is closed. */
    void await(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long nanos = limit.toNanos();
            while (!closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns at the next hint, after {@code limit}, or when it is closed. */
    void awaitHints(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long seen = hints;
            long nanos = limit.toNanos();
            while (!closed && hints == seen && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
