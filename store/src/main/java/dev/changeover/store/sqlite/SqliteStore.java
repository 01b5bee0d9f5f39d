package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.LogId;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import dev.changeover.store.table.BatchPlan;
import dev.changeover.store.table.Item;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One side's records in an SQLite file, to be written: each batch is one transaction that has the write lock from its beginning,
 * and the first thing in it is a compare-and-set of the positions. Several may be open on one file, in several processes; they
 * wait for each other.
 */
public final class SqliteStore implements Store {
    private static final int MOST_WAITING_AT_ONCE = 1000;
    private static final int RETRIED_AT_ONCE = 500;

    private final Migration migration;
    private final Side side;
    private final Database writer;
    private final SqliteReader reader;
    private final Map<String, Rows> rows;
    private final Waiting waiting;
    private final Lock writing = new ReentrantLock();
    /** Whether foreign keys hold here. */
    private final boolean enforcing;

    private volatile Map<Integer, OwnTables.Claim> claims = Map.of();

    private SqliteStore(Migration migration, Side side, Database writer, SqliteReader reader, boolean enforcing) {
        this.enforcing = enforcing;
        this.migration = migration;
        this.side = side;
        this.writer = writer;
        this.reader = reader;
        this.rows = reader.rows();
        this.waiting = new Waiting(migration);
    }

    /**
     * Opens the side's tables in {@code file}, and creates our own and the triggers that note what others write if they are not there.
     *
     * @throws dev.changeover.store.UnfitStoreException if a table or column is missing, or the file cannot be written
     * @throws dev.changeover.store.StoreUnavailableException if there is no such file
     */
    public static SqliteStore open(Migration migration, Path file, Side side) {
        return open(migration, Database.writing(file), SqliteReader.open(migration, file, side), side, true);
    }

    /**
     * A file of the application's own: its foreign keys are as little enforced as by the application.
     *
     * @param name of the file in layouts
     */
    static SqliteStore ofTheApplication(Migration migration, Path file, Side side, String name) {
        SqliteReader reader = SqliteReader.open(migration, file, side, name);
        return open(migration, Database.writingAsItIs(file), reader, side, false);
    }

    /**
     * A new file that has the tables of the side, to be filled from the log: unlike the side itself it takes snapshot reads too.
     *
     * @param name of the file in layouts
     */
    static SqliteStore rebuilding(Migration migration, Path file, Side side, String name) {
        SqliteReader reader = SqliteReader.open(migration, file, side, name);
        return open(migration, Database.writingAsItIs(file), reader, Side.TARGET, false);
    }

    private static SqliteStore open(
            Migration migration, Database writer, SqliteReader reader, Side side, boolean enforcing) {
        try {
            writer.writing("create the tables changeover_…", connection -> {
                OwnTables.create(connection);
                Notes.install(connection, migration.name(), reader.rows().values());
                return true;
            });
            return new SqliteStore(migration, side, writer, reader, enforcing);
        } catch (RuntimeException e) {
            writer.close();
            reader.close();
            throw e;
        }
    }

    @Override
    public Map<Integer, Long> claim(LogId log, Set<Integer> partitions) {
        writing.lock();
        try {
            claims = writer.writing(
                    "claim partitions",
                    connection -> OwnTables.claim(connection, migration.name(), log, new TreeSet<>(partitions)));
            Map<Integer, Long> next = new TreeMap<>();
            claims.forEach((partition, claim) -> next.put(partition, claim.next()));
            return next;
        } finally {
            writing.unlock();
        }
    }

    @Override
    public List<ApplyOutcome> apply(Batch batch) {
        writing.lock();
        try {
            BatchPlan plan = BatchPlan.of(batch, side, rows.keySet());
            writer.writing("apply a batch", connection -> {
                OwnTables.advance(connection, migration.name(), batch, claims);
                OwnTables.mark(connection);
                boolean someWait = waiting.any(connection);
                if (someWait) {
                    waiting.forget(connection, plan.keys());
                }
                try (Applier applier = new Applier(connection, rows, waiting, someWait, enforcing)) {
                    applier.apply(plan.items(), plan.recreated());
                }
                waiting.keep(connection, plan.items());
                OwnTables.unmark(connection);
                return true;
            });
            return plan.outcomes();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public Map<Integer, Applied> positions() {
        return reader.database().reading("read the positions", connection -> {
            Map<Integer, Long> parked = waiting.counts(connection, "parent");
            Map<Integer, Long> refused = waiting.counts(connection, "reason");
            Map<Integer, Applied> applied = new TreeMap<>();
            OwnTables.positions(connection, migration.name())
                    .forEach((partition, row) -> applied.put(
                            partition,
                            new Applied(
                                    row.next(),
                                    row.writesNext(),
                                    row.applied(),
                                    parked.getOrDefault(partition, 0L),
                                    refused.getOrDefault(partition, 0L),
                                    row.epoch())));
            return applied;
        });
    }

    /** The claimed ones; all where none is claimed. */
    private Set<Integer> ownPartitions() {
        if (!claims.isEmpty()) {
            return claims.keySet();
        }
        Set<Integer> all = new TreeSet<>();
        for (int partition = 0; partition < migration.partitions(); partition++) {
            all.add(partition);
        }
        return all;
    }

    /** At most 1000 of the claimed partitions; announce them, then ask again. */
    @Override
    public List<Refusal> unannounced() {
        return reader.database()
                .reading(
                        "read refusals",
                        connection -> waiting.unannounced(connection, ownPartitions(), MOST_WAITING_AT_ONCE));
    }

    @Override
    public void announced(List<Refusal> refusals) {
        writing.lock();
        try {
            writer.writing("remember announced refusals", connection -> {
                waiting.announced(connection, refusals);
                return true;
            });
        } finally {
            writing.unlock();
        }
    }

    /** The first 1000 of the claimed partitions; {@link #positions()} counts them all. */
    @Override
    public List<ParkedChange> parked() {
        return reader.database()
                .reading(
                        "read parked changes",
                        connection -> waiting.parked(connection, ownPartitions(), MOST_WAITING_AT_ONCE));
    }

    @Override
    public int retryParked() {
        writing.lock();
        try {
            int applied = 0;
            int partition = -1;
            long offset = -1;
            while (true) {
                int fromPartition = partition;
                long fromOffset = offset;
                List<Item> items =
                        writer.writing("retry what waits", connection -> retry(connection, fromPartition, fromOffset));
                if (items.isEmpty()) {
                    return applied;
                }
                applied += (int) items.stream().filter(Item::isApplied).count();
                Item last = items.get(items.size() - 1);
                partition = last.partition();
                offset = last.offset();
            }
        } finally {
            writing.unlock();
        }
    }

    private List<Item> retry(Connection connection, int partition, long offset) throws SQLException {
        OwnTables.hold(connection, migration.name(), claims);
        List<Item> items = waiting.after(connection, ownPartitions(), partition, offset, RETRIED_AT_ONCE);
        if (items.isEmpty()) {
            return items;
        }
        OwnTables.mark(connection);
        try (Applier applier = new Applier(connection, rows, waiting, true, enforcing)) {
            applier.apply(items, Set.of());
        }
        waiting.forget(
                connection,
                items.stream().filter(Item::isApplied).map(Item::key).toList());
        waiting.keep(connection, items);
        OwnTables.unmark(connection);
        return items;
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return reader.chunks(entity, targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return reader.scan(entity, chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        return reader.read(entity, keys);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return reader.page(entity, after, equal, limit);
    }

    @Override
    public long count(Entity entity) {
        return reader.count(entity);
    }

    @Override
    public void close() {
        writer.close();
        reader.close();
    }
}
