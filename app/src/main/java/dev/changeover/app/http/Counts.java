package dev.changeover.app.http;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many records of each entity each side has; safe for use by several threads.
 *
 * <p>Counting a side of files reads them all, which takes minutes where there are millions. So it is done in a thread of its own, at
 * most one part in {@value #SHARE} of the time: whoever asks waits for it only a little and otherwise gets what was counted before.
 */
public final class Counts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Counts.class);
    private static final long KEPT_MILLIS = 1000;
    private static final int SHARE = 50;

    private final List<Entity> entities;
    private final Map<Side, StoreReader> stores;
    private final InstantSource clock;
    private final Duration patience;
    private final Duration firstPatience;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "counts");
        thread.setDaemon(true);
        return thread;
    });

    private Map<String, Map<Side, OptionalLong>> counted;
    private boolean known;
    private long countedAtMillis;
    private long keptMillis = KEPT_MILLIS;
    private @Nullable Future<?> underWay;
    private boolean closed;

    /** Of these entities in these stores; a side without a store here is left out. */
    public Counts(List<Entity> entities, Map<Side, StoreReader> stores, InstantSource clock) {
        this(entities, stores, clock, Duration.ofMillis(250), Duration.ofSeconds(5));
    }

    /**
     * @param patience how long to wait for new counts where there are older ones
     * @param firstPatience how long to wait where there are none
     */
    Counts(
            List<Entity> entities,
            Map<Side, StoreReader> stores,
            InstantSource clock,
            Duration patience,
            Duration firstPatience) {
        this.entities = List.copyOf(entities);
        this.stores = Map.copyOf(stores);
        this.clock = clock;
        this.patience = patience;
        this.firstPatience = firstPatience;
        this.counted = each((entity, store) -> OptionalLong.empty());
    }

    /**
     * The counts by name of the entity, with the sides that have it; empty where it is not known: the store cannot be reached, or
     * was never counted to its end.
     */
    public Map<String, Map<Side, OptionalLong>> latest() {
        Future<?> counting;
        Duration wait;
        synchronized (this) {
            boolean old = !known || clock.millis() - countedAtMillis > keptMillis;
            if (underWay == null && old && !closed) {
                underWay = worker.submit(this::countAll);
            }
            counting = underWay;
            wait = known ? patience : firstPatience;
        }
        if (counting != null) {
            await(counting, wait);
        }
        synchronized (this) {
            return counted;
        }
    }

    private void countAll() {
        try {
            long began = clock.millis();
            Map<String, Map<Side, OptionalLong>> now = each(this::count);
            synchronized (this) {
                counted = now;
                known = true;
                countedAtMillis = clock.millis();
                keptMillis = Math.max(KEPT_MILLIS, (countedAtMillis - began) * SHARE);
            }
        } finally {
            synchronized (this) {
                underWay = null;
            }
        }
    }

    private OptionalLong count(Entity entity, StoreReader store) {
        try {
            return OptionalLong.of(store.count(entity));
        } catch (StoreUnavailableException e) {
            return OptionalLong.empty(); // unknown is not zero; whoever needs the store says why
        } catch (RuntimeException e) {
            synchronized (this) {
                if (!closed) {
                    LOG.atWarn().setCause(e).log("Cannot count {}", entity.name());
                }
            }
            return OptionalLong.empty();
        }
    }

    private interface Counting {
        OptionalLong of(Entity entity, StoreReader store);
    }

    private Map<String, Map<Side, OptionalLong>> each(Counting counting) {
        Map<String, Map<Side, OptionalLong>> all = new HashMap<>();
        for (Entity entity : entities) {
            Map<Side, OptionalLong> sides = new EnumMap<>(Side.class);
            stores.forEach((side, store) -> {
                if (entity.on(side).isPresent()) {
                    sides.put(side, counting.of(entity, store));
                }
            });
            all.put(entity.name(), sides);
        }
        return all;
    }

    private static void await(Future<?> counting, Duration limit) {
        try {
            counting.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // then what was counted before
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Cannot count", e.getCause());
        }
    }

    /** Counts no more. What is being counted just now may go on for a while. */
    @Override
    public synchronized void close() {
        closed = true;
        worker.shutdown();
    }
}
