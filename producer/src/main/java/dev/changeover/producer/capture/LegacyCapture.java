package dev.changeover.producer.capture;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.Wait;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While the legacy side is the primary: what the application writes into its own files, unaware of us, is published as a write like
 * any other. Others say where to look; what to publish is read from the stores:
 *
 * <pre>
 * target is read first, at position q
 * legacy is read then, at position p ≥ q
 * target is read again, at q′ ≥ p, and holds the same: so that is what the log says at p
 * they differ ──► publish what legacy holds, if the log still says so
 * </pre>
 *
 * Our own sink's writes are equal by the time that the target has them too, so they are never published. What is published is not
 * written back: the application may have written the record again since.
 *
 * <p>A record is gone only if it has been for {@link #GONE_FOR}; one that cannot be read is waited for. When much is gone at once,
 * {@link MassDeletes} holds all deletes back.
 */
public final class LegacyCapture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LegacyCapture.class);
    private static final String ORIGIN = "written into the legacy store by the application";
    private static final int MAX_PENDING = 500_000;
    private static final int ROUND = 1_000;
    private static final int MAX_REJECTED = 100_000;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration SUSPECTS_EVERY = Duration.ofSeconds(1);
    private static final Duration TARGET_WITHIN = Duration.ofSeconds(2);
    private static final Duration AGAIN = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    /** After so long it is looked whether what is held back is there again. */
    private static final Duration HELD_FOR = Duration.ofSeconds(2);
    /** So long a file may be away while somebody writes it anew. */
    private static final Duration GONE_FOR = Duration.ofSeconds(1);

    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final Publisher publisher;
    private final When when;
    private final Supplier<Collection<RecordKey>> suspects;
    private final Predicate<RecordKey> refused;
    private final InstantSource clock;
    private final List<Entity> parentsFirst;
    private final MassDeletes massDeletes;
    private final AtomicLong captured = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<RecordKey, Pending> pending = new LinkedHashMap<>();
    /** What was against the definition, as it was: it is not sent again before it is another one. */
    private final Map<RecordKey, Optional<Digest>> rejected = new HashMap<>();

    private final Thread thread;
    private long hints;
    private boolean closing;
    private long suspectedAtNanos = System.nanoTime() - SUSPECTS_EVERY.toNanos();
    private volatile String fault = "";

    /** What phase the migration is in. */
    public interface When {
        /** Whether what the application writes is to be noted: as long as legacy is the primary. */
        boolean noting();

        /** Whether what was noted is to be published: from the beginning of the backfill on, which reads what was written before. */
        boolean active();

        /** Whether snapshot reads may be under way that neither side has yet. */
        boolean backfilling();
    }

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
    private record Look(RecordKey key, long hints) {}

    private LegacyCapture(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            Publisher publisher,
            When when,
            Supplier<Collection<RecordKey>> suspects,
            Predicate<RecordKey> refused,
            InstantSource clock) {
        this.migration = migration;
        this.legacy = legacy;
        this.target = target;
        this.publisher = publisher;
        this.when = when;
        this.suspects = suspects;
        this.refused = refused;
        this.clock = clock;
        this.parentsFirst = migration.entities();
        this.massDeletes = new MassDeletes(legacy::count);
        this.thread = new Thread(this::run, "capture-legacy");
        thread.setDaemon(true);
    }

    /**
     * @param publisher the caller's to close, after this
     * @param suspects records of the legacy side that are known to differ although nobody wrote them through the log
     * @param refused whether the legacy store would not take the record's last change: that it differs is not the application's doing then
     */
    public static LegacyCapture start(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            Publisher publisher,
            When when,
            Supplier<Collection<RecordKey>> suspects,
            Predicate<RecordKey> refused,
            InstantSource clock) {
        LegacyCapture capture = new LegacyCapture(migration, legacy, target, publisher, when, suspects, refused, clock);
        capture.thread.start();
        return capture;
    }

    /** Somebody, perhaps our own sink, may have written these records. Returns at once. */
    public void written(Collection<RecordKey> keys) {
        if (!when.noting()) {
            return;
        }
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

    /**
     * As {@link #written}, and returns when it is on the log, or after 10 s, or when it is held back: then it is tried again for as long
     * as they differ.
     */
    public void writtenAndKept(Collection<RecordKey> keys) {
        written(keys);
        long nanos = when.active() ? LIMIT.toNanos() : 0;
        lock.lock();
        try {
            while (!closing && nanos > 0 && keys.stream().anyMatch(this::isToBePublished)) {
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

    /** Writes of the application that were published since the process began. */
    public long captured() {
        return captured.get();
    }

    /** Records that were perhaps written and are not settled yet. */
    public int pending() {
        lock.lock();
        try {
            return pending.size();
        } finally {
            lock.unlock();
        }
    }

    /** Deletes that are held back because too many records are gone at once, by entity; empty if none is. */
    public Map<String, Integer> held() {
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

    /** Why a store cannot be read just now; empty if it can. */
    public String fault() {
        return fault;
    }

    /**
     * The operator says that the records which are gone by now, and whose deletes are held back, were deleted.
     *
     * @param entity only of this one; empty for all
     * @return how many
     */
    public int acceptDeletes(String entity) {
        int accepted = 0;
        lock.lock();
        try {
            for (Map.Entry<RecordKey, Pending> each : pending.entrySet()) {
                if (each.getValue().held
                        && (entity.isEmpty() || each.getKey().entity().name().equals(entity))) {
                    massDeletes.accept(each.getKey());
                    each.getValue().held = false;
                    each.getValue().dueNanos = System.nanoTime();
                    accepted++;
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return accepted;
    }

    private void run() {
        try {
            while (!isClosing()) {
                try {
                    step();
                    fault = "";
                } catch (StoreUnavailableException e) {
                    if (fault.isEmpty()) {
                        LOG.atWarn()
                                .addKeyValue("reason", e.getMessage())
                                .log("Cannot read what the application has written just now");
                    }
                    fault = String.valueOf(e.getMessage());
                    await(SUSPECTS_EVERY);
                } catch (RuntimeException e) {
                    // Nothing is lost by it: what is pending stays so. But nobody may believe that it is followed.
                    LOG.atError()
                            .setCause(e)
                            .log("Capturing what the application has written has failed, and is tried again");
                    fault = "Internal error: " + e;
                    await(LONGEST_WAIT);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    private void await(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long nanos = limit.toNanos();
            while (!closing && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private void step() throws InterruptedException {
        if (!when.active()) {
            if (!when.noting()) {
                forgetAll();
            }
            await(AGAIN);
            return;
        }
        if (System.nanoTime() - suspectedAtNanos > SUSPECTS_EVERY.toNanos()) {
            suspectedAtNanos = System.nanoTime();
            addSuspects();
        }
        List<Look> due = due();
        if (due.isEmpty()) {
            awaitHints();
        } else {
            settle(due);
        }
    }

    private void awaitHints() throws InterruptedException {
        lock.lock();
        try {
            long seen = hints;
            long nanos = PAUSE.toNanos();
            while (!closing && hints == seen && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private void forgetAll() {
        lock.lock();
        try {
            pending.clear();
            rejected.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void addSuspects() {
        Collection<RecordKey> known = suspects.get();
        lock.lock();
        try {
            for (RecordKey key : known) {
                if (onBothSides(key) && pending.size() < MAX_PENDING) {
                    pending.computeIfAbsent(key, none -> new Pending());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** What is to be looked at now, parents before their children. */
    private List<Look> due() {
        long now = System.nanoTime();
        List<Look> due = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<RecordKey, Pending> each : pending.entrySet()) {
                if (!each.getValue().underWay && each.getValue().dueNanos - now <= 0) {
                    due.add(new Look(each.getKey(), each.getValue().hints));
                    if (due.size() == ROUND) {
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

    private int place(RecordKey key) {
        for (int i = 0; i < parentsFirst.size(); i++) {
            if (parentsFirst.get(i).name().equals(key.entity().name())) {
                return i;
            }
        }
        return parentsFirst.size();
    }

    /** Both stores as they were for one round's records. */
    private record Readings(Map<Entity, Reading> first, Map<Entity, Reading> legacy, Map<Entity, Reading> second) {}

    private void settle(List<Look> due) throws InterruptedException {
        Map<Entity, List<RecordKey>> keys = new LinkedHashMap<>();
        due.forEach(look -> keys.computeIfAbsent(look.key().entity(), none -> new ArrayList<>())
                .add(look.key()));
        Map<Entity, Reading> first = read(target, keys);
        Map<Entity, Reading> now = read(legacy, keys);
        Readings readings = new Readings(first, now, again(keys, first, now));
        List<Look> gone = new ArrayList<>();
        for (Look look : due) {
            settle(look, readings, gone);
        }
        for (Look look : deletes(gone)) {
            publish(look, delete(look.key(), readings), null);
        }
    }

    /** It is not looked at again before both sides have it. */
    private void publish(Look look, Write write, @Nullable EntityRecord fresh) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null) {
                waiting.underWay = true;
            }
        } finally {
            lock.unlock();
        }
        CompletableFuture<Published> answer =
                publisher.publish(write.readFrom(Side.LEGACY).until(Wait.BOTH).within(LIMIT));
        answer.whenComplete((published, failure) -> answered(look, published, fresh));
    }

    private static Map<Entity, Reading> read(StoreReader store, Map<Entity, List<RecordKey>> keys) {
        Map<Entity, Reading> read = new HashMap<>();
        keys.forEach((entity, some) -> read.put(entity, store.read(entity, some)));
        return read;
    }

    /** The target once more, as soon as it has what legacy had; it may lag, for a while. */
    private Map<Entity, Reading> again(
            Map<Entity, List<RecordKey>> keys, Map<Entity, Reading> first, Map<Entity, Reading> now)
            throws InterruptedException {
        Map<Entity, List<RecordKey>> different = new LinkedHashMap<>();
        keys.forEach((entity, some) -> {
            List<RecordKey> differ = some.stream()
                    .filter(key -> !same(found(first, key), found(now, key)))
                    .toList();
            if (!differ.isEmpty()) {
                different.put(entity, differ);
            }
        });
        long deadline = System.nanoTime() + TARGET_WITHIN.toNanos();
        while (true) {
            Map<Entity, Reading> second = read(target, different);
            boolean there = different.values().stream()
                    .flatMap(List::stream)
                    .allMatch(key -> position(second, key) >= position(now, key));
            if (there || System.nanoTime() > deadline || isClosing()) {
                return second;
            }
            await(PAUSE);
        }
    }

    private void settle(Look look, Readings readings, List<Look> gone) {
        RecordKey key = look.key();
        if (fault(readings.legacy(), key) || fault(readings.first(), key)) {
            later(look, Why.UNREADABLE);
            return;
        }
        @Nullable EntityRecord said = found(readings.first(), key);
        @Nullable EntityRecord fresh = found(readings.legacy(), key);
        if (fresh != null) {
            isThere(look);
        }
        if (fresh == null && (said != null || when.backfilling())) {
            if (!isGone(look)) {
                return;
            }
        } else if (same(said, fresh)) {
            settled(look);
            return;
        }
        if (said == null && fresh == null) {
            gone.add(look);
            return;
        }
        if (position(readings.first(), key) > position(readings.legacy(), key)
                || position(readings.second(), key) < position(readings.legacy(), key)
                || fault(readings.second(), key)
                || !same(said, found(readings.second(), key))) {
            later(look, Why.LAGGING);
        } else if (wasRejected(key, fresh) || refused.test(key)) {
            settled(look); // the verifier reports it
        } else if (fresh == null) {
            gone.add(look);
        } else {
            Write put = Write.put(fresh, ORIGIN, clock);
            publish(look, said == null ? put.expectingNone() : put.expecting(Canonical.digest(said)), fresh);
        }
    }

    private Write delete(RecordKey key, Readings readings) {
        Write delete = Write.delete(key, ORIGIN, clock);
        @Nullable EntityRecord said = found(readings.first(), key);
        return said == null ? delete.expectingNone() : delete.expecting(Canonical.digest(said));
    }

    private void isThere(Look look) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null) {
                waiting.goneNanos = 0;
                waiting.held = false;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether it has been away for long enough; if not, it is looked at again when it has. */
    private boolean isGone(Look look) {
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

    /** Those that may be published, children before their parents. */
    private List<Look> deletes(List<Look> gone) {
        List<Look> allowed = new ArrayList<>();
        Map<Entity, List<Look>> byEntity = new LinkedHashMap<>();
        gone.forEach(look -> byEntity.computeIfAbsent(look.key().entity(), none -> new ArrayList<>())
                .add(look));
        Set<Entity> tooMany = new LinkedHashSet<>();
        byEntity.forEach((entity, looks) -> {
            Set<RecordKey> all = awayByNow(entity);
            looks.forEach(look -> all.add(look.key()));
            if (massDeletes.tooMany(entity, all)) {
                tooMany.add(entity);
            }
        });
        boolean hold = !tooMany.isEmpty() || stillTooMany();
        for (Look look : gone) {
            if (hold && !massDeletes.isAccepted(look.key())) {
                hold(look);
            } else {
                allowed.add(look);
            }
        }
        allowed.sort(Comparator.comparingInt((Look look) -> place(look.key())).reversed());
        allowed.forEach(look -> massDeletes.published(look.key()));
        return allowed;
    }

    private boolean stillTooMany() {
        return held().keySet().stream()
                .map(migration::entity)
                .anyMatch(entity -> massDeletes.tooMany(entity, awayByNow(entity)));
    }

    /** The records of an entity that were found to be gone and whose deletes are not published. */
    private Set<RecordKey> awayByNow(Entity entity) {
        Set<RecordKey> away = new HashSet<>();
        lock.lock();
        try {
            pending.forEach((key, waiting) -> {
                if (waiting.goneNanos != 0 && key.entity().equals(entity)) {
                    away.add(key);
                }
            });
        } finally {
            lock.unlock();
        }
        return away;
    }

    private void hold(Look look) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null) {
                waiting.held = true;
                waiting.dueNanos = System.nanoTime() + HELD_FOR.toNanos();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Called by the publisher's threads. */
    private void answered(Look look, @Nullable Published answer, @Nullable EntityRecord fresh) {
        if (answer == null) {
            later(look, Why.CONFLICT);
            return;
        }
        switch (answer.outcome()) {
            case ACCEPTED, DUPLICATE, BEATEN, PARKED, REFUSED -> {
                captured.incrementAndGet();
                if (answer.inTime()) {
                    settled(look);
                } else {
                    later(look, Why.CONFLICT);
                }
            }
            case INVALID, NOT_FOUND, KEY_REUSED -> {
                LOG.atWarn()
                        .addKeyValue("key", look.key().label())
                        .addKeyValue("reason", answer.reason())
                        .log("What the application has written cannot be brought to the target");
                reject(look.key(), fresh);
                settled(look); // the verifier reports it
            }
            case CONFLICT, UNKNOWN, OVERLOADED, UNAVAILABLE -> later(look, Why.CONFLICT);
        }
    }

    private void reject(RecordKey key, @Nullable EntityRecord fresh) {
        lock.lock();
        try {
            if (rejected.size() < MAX_REJECTED) {
                rejected.put(key, Optional.ofNullable(fresh).map(Canonical::digest));
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean wasRejected(RecordKey key, @Nullable EntityRecord fresh) {
        lock.lock();
        try {
            Optional<Digest> before = rejected.get(key);
            return before != null && before.equals(Optional.ofNullable(fresh).map(Canonical::digest));
        } finally {
            lock.unlock();
        }
    }

    private void settled(Look look) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null && waiting.hints == look.hints()) {
                pending.remove(look.key());
            } else if (waiting != null) {
                waiting.underWay = false;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Why something is looked at again. */
    private enum Why {
        /** It is being written, or damaged. */
        UNREADABLE,
        LAGGING,
        /** It was written through the log meanwhile, or the log does not answer. */
        CONFLICT
    }

    private void later(Look look, Why why) {
        lock.lock();
        try {
            Pending waiting = pending.get(look.key());
            if (waiting != null) {
                waiting.underWay = false;
                waiting.tries = Math.min(waiting.tries + (why == Why.LAGGING ? 0 : 1), 20);
                if (why == Why.UNREADABLE) {
                    waiting.goneNanos = 0;
                    waiting.held = false;
                }
                long wait = Math.min(AGAIN.toNanos() << Math.min(waiting.tries, 10), LONGEST_WAIT.toNanos());
                waiting.dueNanos = System.nanoTime() + wait;
            }
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable EntityRecord found(Map<Entity, Reading> readings, RecordKey key) {
        Reading reading = readings.get(key.entity());
        return reading == null ? null : reading.found().get(key);
    }

    private static boolean fault(Map<Entity, Reading> readings, RecordKey key) {
        Reading reading = readings.get(key.entity());
        return reading != null && reading.faults().containsKey(key);
    }

    private long position(Map<Entity, Reading> readings, RecordKey key) {
        Reading reading = readings.get(key.entity());
        return reading == null ? 0 : reading.positions().getOrDefault(migration.partitionOf(key), 0L);
    }

    private static boolean same(@Nullable EntityRecord a, @Nullable EntityRecord b) {
        if (a == null || b == null) {
            return a == null && b == null;
        }
        return Canonical.digest(a).equals(Canonical.digest(b));
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
