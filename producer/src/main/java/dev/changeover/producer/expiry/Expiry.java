package dev.changeover.producer.expiry;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.Wait;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.DueReader;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes records whose time has come, on both sides alike: through the log, with what hangs on them. Now and then it looks
 *
 * <pre>
 * the target: which records are due? ──► the legacy store: does it hold the very same? ──► delete, if the log's state is still that
 * </pre>
 *
 * Of a record that one side holds otherwise (it lags, or the application has just given it more time in its own file) nothing is done: it is
 * looked at again. An update that comes before the delete makes its condition fail, and wins; one that comes after it makes the record
 * anew. Until it is deleted, a record can be read.
 */
public final class Expiry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);
    private static final String ORIGIN = "its time has come";
    private static final int PORTION = 200;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final List<Entity> mortal;
    private final Migration migration;
    private final StoreReader legacy;
    private final DueReader target;
    private final Publisher publisher;
    private final BooleanSupplier active;
    private final IntPredicate mine;
    private final Duration every;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong expired = new AtomicLong();
    private final Thread thread;

    private Expiry(
            Migration migration,
            StoreReader legacy,
            DueReader target,
            Publisher publisher,
            BooleanSupplier active,
            IntPredicate mine,
            Duration every,
            InstantSource clock) {
        this.migration = migration;
        this.mortal = of(migration);
        this.legacy = legacy;
        this.target = target;
        this.publisher = publisher;
        this.active = active;
        this.mine = mine;
        this.every = every;
        this.clock = clock;
        this.thread = new Thread(this::run, "expiry");
        thread.setDaemon(true);
    }

    /**
     * @param publisher the caller's to close, after this
     * @param active whether anything may be deleted: when the backfill is through, until the migration is complete
     * @param mine the partitions whose records this process looks after, so that several do not do the same
     * @param every how long after one look the next one begins
     */
    public static Expiry start(
            Migration migration,
            StoreReader legacy,
            DueReader target,
            Publisher publisher,
            BooleanSupplier active,
            IntPredicate mine,
            Duration every,
            InstantSource clock) {
        Expiry expiry = new Expiry(migration, legacy, target, publisher, active, mine, every, clock);
        expiry.thread.start();
        return expiry;
    }

    /** The entities whose records have an end, parents first. */
    public static List<Entity> of(Migration migration) {
        return migration.entities().stream()
                .filter(entity -> entity.expires().isPresent())
                .toList();
    }

    /** Records deleted since the process began. */
    public AtomicLong expired() {
        return expired;
    }

    private void run() {
        try {
            while (!closing.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
                for (Entity entity : mortal) {
                    lookAt(entity);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAt(Entity entity) throws InterruptedException {
        Field field = entity.expires().orElseThrow();
        Instant now = clock.instant();
        int skip = 0;
        try {
            while (active.getAsBoolean()) {
                DueReader.Due due = target.due(entity, field, now, skip, PORTION);
                // What goes makes place; the rest is passed over until the next look.
                skip += due.rows() - deleted(entity, due.records());
                if (due.rows() < PORTION || closing.getCount() == 0) {
                    return;
                }
            }
        } catch (StoreUnavailableException e) {
            LOG.atWarn()
                    .addKeyValue("entity", entity.name())
                    .addKeyValue("reason", e.getMessage())
                    .log("Cannot look for records whose time has come just now");
        }
    }

    /** How many are gone from both sides. */
    private int deleted(Entity entity, List<EntityRecord> due) throws InterruptedException {
        List<CompletableFuture<Published>> answers = new ArrayList<>();
        for (EntityRecord each : theSameOnBothSides(entity, due)) {
            answers.add(publisher.publish(Write.delete(each.key(), ORIGIN, clock)
                    .expecting(Canonical.digest(each))
                    .until(Wait.BOTH)
                    .within(LIMIT)));
        }
        int gone = 0;
        for (CompletableFuture<Published> answer : answers) {
            Published outcome = answer.join();
            switch (outcome.outcome()) {
                case ACCEPTED -> {
                    expired.incrementAndGet();
                    gone += outcome.inTime() ? 1 : 0;
                }
                case CONFLICT -> {} // it was written meanwhile, and has more time perhaps
                case DUPLICATE,
                        BEATEN,
                        PARKED,
                        INVALID,
                        NOT_FOUND,
                        KEY_REUSED,
                        REFUSED,
                        UNKNOWN,
                        OVERLOADED,
                        UNAVAILABLE ->
                    LOG.atWarn()
                            .addKeyValue("entity", entity.name())
                            .addKeyValue("reason", outcome.reason())
                            .log("A record whose time has come could not be deleted; it is tried again");
            }
        }
        return gone;
    }

    private List<EntityRecord> theSameOnBothSides(Entity entity, List<EntityRecord> due) {
        List<EntityRecord> ours = due.stream()
                .filter(each -> mine.test(migration.partitionOf(each.key())))
                .toList();
        if (ours.isEmpty() || entity.legacy().isEmpty()) {
            return ours;
        }
        List<RecordKey> keys = ours.stream().map(EntityRecord::key).toList();
        Reading reading = legacy.read(entity, keys);
        return ours.stream()
                .filter(each -> same(each, reading.found().get(each.key())))
                .toList();
    }

    private static boolean same(EntityRecord a, @Nullable EntityRecord b) {
        return b != null && Canonical.digest(a).equals(Canonical.digest(b));
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
