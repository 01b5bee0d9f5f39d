package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.sqlite.ForeignWrites;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Looks at the records that others have written into an SQLite file, as triggers there have noted them. What was noted while
 * nobody looked is looked at afterwards: a note is forgotten only when what is there now is on the log.
 */
public final class SqliteObserver implements Observer {
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int NOTES_AT_ONCE = 1_000;

    private final Migration migration;
    private final ForeignWrites others;
    private final StoreReader reader;
    private final Observations observations;
    private final Consumer<Entity> unclear;
    private final Consumer<Collection<RecordKey>> byOthers;
    private final AtomicLong emitted = new AtomicLong();
    private final ObserverThread thread;
    private final Lock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    /** Looks that were begun, and the last of these that found nothing more to look at. */
    private long begun;

    private long emptied;

    private SqliteObserver(
            Migration migration,
            ForeignWrites others,
            StoreReader reader,
            Observations observations,
            Consumer<Entity> unclear,
            Consumer<Collection<RecordKey>> byOthers) {
        this.migration = migration;
        this.others = others;
        this.reader = reader;
        this.observations = observations;
        this.unclear = unclear;
        this.byOthers = byOthers;
        this.thread = new ObserverThread("observer-sqlite", this::step, () -> {});
    }

    /**
     * @param others the file's; it is the caller's and is closed by it
     * @param unclear told of an entity if a note does not say which record it is about: it must be scanned
     * @param byOthers told of records that others have written
     */
    public static SqliteObserver start(
            Migration migration,
            ForeignWrites others,
            StoreReader reader,
            Observations observations,
            Consumer<Entity> unclear,
            Consumer<Collection<RecordKey>> byOthers) {
        SqliteObserver observer = new SqliteObserver(migration, others, reader, observations, unclear, byOthers);
        observer.thread.start();
        return observer;
    }

    @Override
    public Side side() {
        return others.side();
    }

    @Override
    public String name() {
        return "noted writes";
    }

    @Override
    public Optional<String> fault() {
        return thread.fault();
    }

    @Override
    public long emitted() {
        return emitted.get();
    }

    /** Waits until all has been looked at that others had written when it was called. */
    public boolean awaitSeen(Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        lock.lockInterruptibly();
        try {
            long since = begun;
            while (emptied <= since) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = advanced.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void step() throws InterruptedException {
        long number = begin();
        List<ForeignWrites.Note> notes = oldest();
        if (!notes.isEmpty()) {
            look(notes);
        }
        if (notes.size() < NOTES_AT_ONCE) {
            end(number);
        }
        if (notes.size() < NOTES_AT_ONCE) {
            thread.pause(PAUSE);
        }
    }

    private long begin() {
        lock.lock();
        try {
            return ++begun;
        } finally {
            lock.unlock();
        }
    }

    private void end(long number) {
        lock.lock();
        try {
            emptied = number;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Triggers that are gone are made again when the sink starts: until then there is a fault, and it is asked again. */
    private List<ForeignWrites.Note> oldest() {
        try {
            return others.oldest(NOTES_AT_ONCE);
        } catch (UnfitStoreException e) {
            throw new StoreUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }

    private void look(List<ForeignWrites.Note> notes) {
        Set<RecordKey> keys = new LinkedHashSet<>();
        Set<Entity> unknown = new LinkedHashSet<>();
        for (ForeignWrites.Note note : notes) {
            RecordKey key = note.key();
            Entity entity = migration.entityOrNull(note.entity());
            if (key != null) {
                keys.add(key);
            } else if (entity != null) {
                unknown.add(entity);
            }
        }
        if (!keys.isEmpty()) {
            byOthers.accept(keys);
        }
        observations.look(others.side(), reader, keys, Observations.Writer.OTHERS);
        observations.flush();
        emitted.addAndGet(keys.size());
        unknown.forEach(unclear);
        others.forget(notes.get(notes.size() - 1).seq());
    }

    @Override
    public void close() {
        thread.close();
    }
}
