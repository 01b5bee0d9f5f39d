package dev.changeover.producer.capture;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After the cutover: what others have written into the target is published as a write like any other, and so comes to the legacy
 * side. Who wrote a row is known from the write-ahead log; what to publish is read from the stores:
 *
 * <pre>
 * legacy is read first, at position q: the state that the log had there
 * target is read then, at position p; only if p ≥ q: it has at least the same of the log
 * they differ ──► publish what the target holds, if the log's state is still what legacy held
 * </pre>
 *
 * Without p ≥ q a target that lags would be taken for one that was written to, and an old state would be published. Without the
 * condition a write that is on the log already, but in neither store, would be undone. If it does not hold, both are read again. So
 * the same hint may come twice, or late: what is equal already is not published.
 */
public final class Capture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final String ORIGIN = "written into the target by others";
    private static final int MAX_PENDING = 100_000;
    private static final int BATCH = 200;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofMillis(50);
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Migration migration;
    private final StoreReader legacy;
    private final StoreReader target;
    private final Publisher publisher;
    private final BooleanSupplier active;
    private final Supplier<Collection<RecordKey>> suspects;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Set<RecordKey> pending = new LinkedHashSet<>();
    private final AtomicLong captured = new AtomicLong();
    private final Thread thread;

    private Capture(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            Publisher publisher,
            BooleanSupplier active,
            Supplier<Collection<RecordKey>> suspects,
            InstantSource clock) {
        this.migration = migration;
        this.legacy = legacy;
        this.target = target;
        this.publisher = publisher;
        this.active = active;
        this.suspects = suspects;
        this.clock = clock;
        this.thread = new Thread(this::run, "capture");
        thread.setDaemon(true);
    }

    /**
     * @param publisher the caller's to close, after this
     * @param active whether what others write is to be kept: after the cutover, until the migration is complete
     * @param suspects records of the target that are known to have been written by others; for what was missed while nobody ran
     */
    public static Capture start(
            Migration migration,
            StoreReader legacy,
            StoreReader target,
            Publisher publisher,
            BooleanSupplier active,
            Supplier<Collection<RecordKey>> suspects,
            InstantSource clock) {
        Capture capture = new Capture(migration, legacy, target, publisher, active, suspects, clock);
        capture.thread.start();
        return capture;
    }

    /**
     * Others have written to these records. Returns when that is on the log, or after 10 s: then it is tried again later, for as long as
     * they differ.
     */
    public void written(Collection<RecordKey> keys) {
        if (!active.getAsBoolean()) {
            return;
        }
        try {
            remember(capture(keys, LIMIT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            remember(keys);
        } catch (StoreUnavailableException e) {
            remember(keys);
        }
    }

    /** Writes of others that were published since the process began. */
    public long captured() {
        return captured.get();
    }

    /** Records that were written to and could not be published yet. */
    public int pending() {
        synchronized (pending) {
            return pending.size();
        }
    }

    private void remember(Collection<RecordKey> keys) {
        synchronized (pending) {
            keys.stream().limit(Math.max(0, MAX_PENDING - pending.size())).forEach(pending::add);
        }
    }

    private void run() {
        try {
            while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                if (!active.getAsBoolean()) {
                    continue;
                }
                Set<RecordKey> again = new LinkedHashSet<>(suspects.get());
                synchronized (pending) {
                    again.addAll(pending);
                    pending.clear();
                }
                try {
                    remember(capture(again, AGAIN));
                } catch (StoreUnavailableException e) {
                    LOG.atWarn()
                            .addKeyValue("reason", e.getMessage())
                            .log("Cannot read what others have written just now");
                    remember(again);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those of {@code keys} that could not be settled within {@code limit}. */
    private Set<RecordKey> capture(Collection<RecordKey> keys, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Set<RecordKey> open = new LinkedHashSet<>();
        keys.stream().filter(Capture::onBothSides).forEach(open::add);
        while (!open.isEmpty()) {
            for (List<RecordKey> batch : batches(open)) {
                open.removeAll(settled(batch));
            }
            if (open.isEmpty() || System.nanoTime() > deadline) {
                break;
            }
            if (closing.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                break;
            }
        }
        return open;
    }

    private static boolean onBothSides(RecordKey key) {
        return key.entity().legacy().isPresent() && key.entity().target().isPresent();
    }

    private static List<List<RecordKey>> batches(Collection<RecordKey> keys) {
        Map<Entity, List<RecordKey>> byEntity = new LinkedHashMap<>();
        keys.forEach(key -> byEntity.computeIfAbsent(key.entity(), none -> new ArrayList<>())
                .add(key));
        List<List<RecordKey>> batches = new ArrayList<>();
        for (List<RecordKey> all : byEntity.values()) {
            for (int from = 0; from < all.size(); from += BATCH) {
                batches.add(all.subList(from, Math.min(all.size(), from + BATCH)));
            }
        }
        return batches;
    }

    /** Those that are equal now or were published. */
    private List<RecordKey> settled(List<RecordKey> batch) throws InterruptedException {
        Entity entity = batch.get(0).entity();
        Reading before = legacy.read(entity, batch);
        Reading now = target.read(entity, batch);
        List<RecordKey> settled = new ArrayList<>();
        Map<RecordKey, CompletableFuture<Published>> published = new LinkedHashMap<>();
        for (RecordKey key : batch) {
            int partition = migration.partitionOf(key);
            boolean behind = now.positions().getOrDefault(partition, 0L)
                    < before.positions().getOrDefault(partition, 0L);
            if (behind || before.faults().containsKey(key) || now.faults().containsKey(key)) {
                continue;
            }
            @Nullable EntityRecord old = before.found().get(key);
            @Nullable EntityRecord fresh = now.found().get(key);
            if (same(old, fresh)) {
                settled.add(key);
            } else {
                published.put(key, publisher.publish(write(key, old, fresh)));
            }
        }
        for (Map.Entry<RecordKey, CompletableFuture<Published>> each : published.entrySet()) {
            Published outcome = each.getValue().join();
            if (outcome.outcome() == Published.Outcome.ACCEPTED && outcome.inTime()) {
                captured.incrementAndGet();
                settled.add(each.getKey());
            } else if (outcome.outcome() == Published.Outcome.INVALID) {
                LOG.atWarn()
                        .addKeyValue("key", each.getKey().label())
                        .addKeyValue("reason", outcome.reason())
                        .log("What others have written into the target cannot be kept in the legacy store");
                settled.add(each.getKey()); // the verifier reports it
            }
        }
        return settled;
    }

    private Write write(RecordKey key, @Nullable EntityRecord old, @Nullable EntityRecord fresh) {
        Write write = fresh == null ? Write.delete(key, ORIGIN, clock) : Write.put(fresh, ORIGIN, clock);
        return (old == null ? write.onlyIfAbsent() : write.expecting(Canonical.digest(old)))
                .until(Wait.PUBLISHED)
                .within(LIMIT);
    }

    private static boolean same(@Nullable EntityRecord a, @Nullable EntityRecord b) {
        if (a == null || b == null) {
            return a == null && b == null;
        }
        return Canonical.digest(a).equals(Canonical.digest(b));
    }

    @Override
    public void close() {
        closing.countDown();
        thread.interrupt();
        try {
            thread.join(LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
