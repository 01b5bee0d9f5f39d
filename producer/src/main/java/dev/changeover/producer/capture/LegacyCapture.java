package dev.changeover.producer.capture;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.producer.capture.PendingRecords.Look;
import dev.changeover.producer.capture.PendingRecords.Why;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
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
 * <p>A record is gone only if it has been for a second; one that cannot be read is waited for. When much is gone at once,
 * {@link MassDeletes} holds all deletes back.
 */
public final class LegacyCapture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LegacyCapture.class);
    private static final String ORIGIN = "written into the legacy store by the application";
    private static final int ROUND = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration SUSPECTS_EVERY = Duration.ofSeconds(1);
    private static final Duration TARGET_WITHIN = Duration.ofSeconds(2);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
    private static final Duration INACTIVE = Duration.ofMillis(100);

    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final Publisher publisher;
    private final When when;
    private final Supplier<Collection<RecordKey>> suspects;
    private final Predicate<RecordKey> refused;
    private final InstantSource clock;
    private final MassDeletes massDeletes;
    private final AtomicLong captured = new AtomicLong();
    private final PendingRecords pending;
    private final Thread thread;
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
        this.pending = new PendingRecords(migration);
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
        if (when.noting()) {
            pending.hint(keys);
        }
    }

    /**
     * As {@link #written}, and returns when it is on the log, or after 10 s, or when it is held back: then it is tried again for as long
     * as they differ.
     */
    public void writtenAndKept(Collection<RecordKey> keys) {
        written(keys);
        if (when.active()) {
            pending.awaitSettled(keys, LIMIT);
        }
    }

    /** Writes of the application that were published since the process began. */
    public long captured() {
        return captured.get();
    }

    /** Records that were perhaps written and are not settled yet. */
    public int pending() {
        return pending.size();
    }

    /** Deletes that are held back because too many records are gone at once, by entity; empty if none is. */
    public Map<String, Integer> held() {
        return pending.held();
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
        return pending.release(entity, massDeletes::accept);
    }

    private void run() {
        try {
            while (!pending.isClosed()) {
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
                    pending.await(SUSPECTS_EVERY);
                } catch (RuntimeException e) {
                    // Nothing is lost by it: what is pending stays so. But nobody may believe that it is followed.
                    LOG.atError()
                            .setCause(e)
                            .log("Capturing what the application has written has failed, and is tried again");
                    fault = "Internal error: " + e;
                    pending.await(AFTER_FAILURE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void step() throws InterruptedException {
        if (!when.active()) {
            if (!when.noting()) {
                pending.clear();
            }
            pending.await(INACTIVE);
            return;
        }
        if (System.nanoTime() - suspectedAtNanos > SUSPECTS_EVERY.toNanos()) {
            suspectedAtNanos = System.nanoTime();
            pending.add(suspects.get());
        }
        List<Look> due = pending.due(ROUND);
        if (due.isEmpty()) {
            pending.awaitHints(PAUSE);
        } else {
            settle(due);
        }
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
        pending.underWay(look);
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
            if (there || System.nanoTime() > deadline || pending.isClosed()) {
                return second;
            }
            pending.await(PAUSE);
        }
    }

    private void settle(Look look, Readings readings, List<Look> gone) {
        RecordKey key = look.key();
        if (fault(readings.legacy(), key) || fault(readings.first(), key)) {
            pending.later(look, Why.UNREADABLE);
            return;
        }
        @Nullable EntityRecord said = found(readings.first(), key);
        @Nullable EntityRecord fresh = found(readings.legacy(), key);
        if (fresh != null) {
            pending.isThere(look);
        }
        if (fresh == null && (said != null || when.backfilling())) {
            if (!pending.isGone(look)) {
                return;
            }
        } else if (same(said, fresh)) {
            pending.settled(look);
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
            pending.later(look, Why.LAGGING);
        } else if (pending.wasRejected(key, fresh) || refused.test(key)) {
            pending.settled(look); // the verifier reports it
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

    /** Those that may be published, children before their parents. */
    private List<Look> deletes(List<Look> gone) {
        List<Look> allowed = new ArrayList<>();
        Map<Entity, List<Look>> byEntity = new LinkedHashMap<>();
        gone.forEach(look -> byEntity.computeIfAbsent(look.key().entity(), none -> new ArrayList<>())
                .add(look));
        Set<Entity> tooMany = new LinkedHashSet<>();
        byEntity.forEach((entity, looks) -> {
            Set<RecordKey> all = pending.gone(entity);
            looks.forEach(look -> all.add(look.key()));
            if (massDeletes.tooMany(entity, all)) {
                tooMany.add(entity);
            }
        });
        boolean hold = !tooMany.isEmpty() || stillTooMany();
        for (Look look : gone) {
            if (hold && !massDeletes.isAccepted(look.key())) {
                pending.hold(look);
            } else {
                allowed.add(look);
            }
        }
        allowed.sort(Comparator.comparingInt((Look look) -> pending.place(look.key()))
                .reversed());
        allowed.forEach(look -> massDeletes.published(look.key()));
        return allowed;
    }

    private boolean stillTooMany() {
        return held().keySet().stream()
                .map(migration::entity)
                .anyMatch(entity -> massDeletes.tooMany(entity, pending.gone(entity)));
    }

    /** Called by the publisher's threads. */
    private void answered(Look look, @Nullable Published answer, @Nullable EntityRecord fresh) {
        if (answer == null) {
            pending.later(look, Why.CONFLICT);
            return;
        }
        switch (answer.outcome()) {
            case ACCEPTED, DUPLICATE, BEATEN, PARKED, REFUSED -> {
                captured.incrementAndGet();
                if (answer.inTime()) {
                    pending.settled(look);
                } else {
                    pending.later(look, Why.CONFLICT);
                }
            }
            case INVALID, NOT_FOUND, KEY_REUSED -> {
                LOG.atWarn()
                        .addKeyValue("key", look.key().label())
                        .addKeyValue("reason", answer.reason())
                        .log("What the application has written cannot be brought to the target");
                pending.reject(look.key(), fresh);
                pending.settled(look); // the verifier reports it
            }
            case CONFLICT, UNKNOWN, OVERLOADED, UNAVAILABLE -> pending.later(look, Why.CONFLICT);
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
        pending.close();
        thread.interrupt();
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
