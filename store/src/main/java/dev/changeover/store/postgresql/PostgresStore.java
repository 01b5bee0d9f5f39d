package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.table.BatchPlan;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side's records in PostgreSQL, to be written: each batch is one transaction, and the first thing in it is a
 * compare-and-set of the positions. So whoever follows the write-ahead log meets, in each of our transactions, the row of
 * {@code changeover.positions} before the rows of the records; transactions that do not begin with it are not ours.
 */
public final class PostgresStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresStore.class);
    private static final int MAX_ATTEMPTS = 5;
    private static final int MOST_WAITING_AT_ONCE = 1000;
    private static final int RETRIED_AT_ONCE = 500;

    private final Migration migration;
    private final Side side;
    private final Database writer;
    private final PostgresReader reader;
    private final Map<String, EntityTable> tables;
    /** Tables that others refer to: what is parked waits for a row of one of these. */
    private final Set<String> parents;

    private final Staging staging;
    private final NewRows newRows = new NewRows();
    private final Waiting waiting;
    private final Positions positions;
    private final Sequences sequences;
    /** One batch at a time: the connection, the staging tables and the claims are one. */
    private final Lock writing = new ReentrantLock();

    private Map<Integer, Positions.Claim> claims = Map.of();
    /** Whether constraints that could wait for the commit are checked at once. */
    private boolean checkedAtOnce;

    private PostgresStore(Migration migration, Side side, Database writer, PostgresReader reader, Sequences sequences) {
        this.migration = migration;
        this.side = side;
        this.writer = writer;
        this.reader = reader;
        this.tables = reader.tables();
        this.parents = tables.values().stream()
                .flatMap(table -> table.table().foreignKeys().stream())
                .map(PgTable.ForeignKey::parentTable)
                .collect(Collectors.toUnmodifiableSet());
        this.staging = new Staging(tables.values());
        this.waiting = new Waiting(migration);
        this.positions = new Positions(migration.name());
        this.sequences = sequences;
        this.checkedAtOnce =
                tables.values().stream().anyMatch(table -> table.table().deferrable());
    }

    /**
     * Opens the side's tables, and creates the schema {@code changeover} if it is not there.
     *
     * @throws UnfitStoreException if a table or column is missing, or cannot be written
     * @throws dev.changeover.store.StoreUnavailableException if the server cannot be reached
     */
    public static PostgresStore open(Migration migration, PostgresSettings settings, Side side) {
        PostgresReader reader = PostgresReader.open(migration, settings, side);
        Database writer = Database.writer(settings, side.word() + "-sink");
        try {
            Sequences sequences = writer.writing("look for the schema changeover", connection -> {
                if (!OwnTables.exist(connection)) {
                    OwnTables.create(connection);
                }
                return Sequences.of(connection, reader.tables().values());
            });
            return new PostgresStore(migration, side, writer, reader, sequences);
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
            claims = writer.writing("claim partitions", connection -> positions.claim(connection, log, partitions));
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
            for (int attempt = 1; ; attempt++) {
                try {
                    return applyOnce(batch);
                } catch (SQLException e) {
                    boolean again = SqlFault.of(e) == SqlFault.AGAIN || becomesStricter(e);
                    if (!again || attempt == MAX_ATTEMPTS) {
                        throw SqlFault.failure("apply a batch", e);
                    }
                    LOG.atDebug()
                            .addKeyValue("side", side)
                            .addKeyValue("state", e.getSQLState())
                            .log("A batch is applied once more");
                }
            }
        } finally {
            writing.unlock();
        }
    }

    /** A constraint that was checked at the commit can be anybody's: checked at once, it names the row. */
    private boolean becomesStricter(SQLException e) {
        boolean stricter = SqlFault.of(e) == SqlFault.ROW && !checkedAtOnce;
        checkedAtOnce |= stricter;
        return stricter;
    }

    private List<ApplyOutcome> applyOnce(Batch batch) throws SQLException {
        BatchPlan plan = BatchPlan.of(batch, side, tables.keySet());
        inTransaction(connection -> {
            Positions.Advanced advanced = positions.advance(connection, batch, claims);
            if (advanced.someParked() || advanced.someRefused()) {
                waiting.forget(connection, plan.keys());
            }
            applier(connection, advanced.someParked()).apply(plan.items(), plan.recreated());
            waiting.keep(connection, plan.items());
            return true;
        });
        releaseMissedParents(plan);
        return plan.outcomes();
    }

    private Applier applier(Connection connection, boolean someParked) throws SQLException {
        if (checkedAtOnce) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
            }
        }
        return new Applier(migration, connection, tables, parents, staging, newRows, sequences, waiting, someParked);
    }

    private <T> T inTransaction(Database.Work<T> work) throws SQLException {
        boolean committing = false;
        try (Connection connection = writer.connection()) {
            staging.prepare(connection);
            connection.setAutoCommit(false);
            try {
                T result = work.on(connection);
                committing = true;
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                undo(connection);
                throw e;
            }
        } catch (SQLException e) {
            if (committing && !SqlFault.isDefinite(e)) {
                throw new OutcomeUnknownException(
                        "The commit of a batch was sent to PostgreSQL and not answered. The position says what happened.",
                        e);
            }
            throw e;
        }
    }

    private static void undo(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("Cannot roll back; the server does it by itself");
        }
    }

    /**
     * Two writers, one with the parent and one with its child in another partition, that commit at the same time do not see
     * each other: the child finds no parent and is parked, the parent finds nothing parked. So both look once more after
     * their commit; the later of the two sees the other.
     */
    private void releaseMissedParents(BatchPlan plan) throws SQLException {
        Set<RecordKey> candidates = new HashSet<>();
        for (Item item : plan.items()) {
            if (item.outcome() instanceof ApplyOutcome.Parked parked) {
                candidates.add(parked.parent());
            } else if (item.isApplied() && !item.isDelete() && isParent(item.key())) {
                candidates.add(item.key());
            }
        }
        if (candidates.isEmpty() || !someParkedFor(candidates)) {
            return;
        }
        inTransaction(connection -> {
            positions.hold(connection, claims);
            for (Map.Entry<String, List<RecordKey>> some : candidates.stream()
                    .collect(Collectors.groupingBy(key -> key.entity().name()))
                    .entrySet()) {
                EntityTable table = tables.get(some.getKey());
                List<RecordKey> present = table == null ? List.of() : present(connection, table, some.getValue());
                if (!present.isEmpty()) {
                    applier(connection, true).release(present);
                }
            }
            return true;
        });
    }

    private boolean isParent(RecordKey key) {
        EntityTable table = tables.get(key.entity().name());
        return table != null && parents.contains(table.name());
    }

    private boolean someParkedFor(Set<RecordKey> parents) throws SQLException {
        try (Connection connection = writer.connection();
                PreparedStatement select = connection.prepareStatement(
                        "SELECT EXISTS (SELECT FROM changeover.parked WHERE migration = ? AND parent_id = ANY (?))")) {
            connection.setAutoCommit(true);
            select.setString(1, migration.name());
            select.setArray(2, waiting.ids(connection, parents));
            ResultSet row = select.executeQuery();
            row.next();
            return row.getBoolean(1);
        }
    }

    private static List<RecordKey> present(Connection connection, EntityTable table, List<RecordKey> keys)
            throws SQLException {
        Map<List<String>, RecordKey> byTexts = Queries.byKeyTexts(table, keys);
        String sql = "SELECT %s FROM %s WHERE %s".formatted(Queries.keyTexts(table), table.name(), table.byKeys());
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            Queries.setKeys(select, 1, table, keys);
            ResultSet row = select.executeQuery();
            Set<RecordKey> present = new HashSet<>();
            while (row.next()) {
                @Nullable RecordKey key = byTexts.get(Queries.bound(table, row).keys());
                if (key != null) {
                    present.add(key);
                }
            }
            return keys.stream().filter(present::contains).toList();
        }
    }

    @Override
    public Map<Integer, Applied> positions() {
        return reader.database().reading("read the positions", connection -> {
            Map<Integer, Long> parked = waiting.counts(connection, "parked");
            Map<Integer, Long> refused = waiting.counts(connection, "refused");
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
    private Integer[] ownPartitions() {
        return claims.isEmpty()
                ? IntStream.range(0, migration.partitions()).boxed().toArray(Integer[]::new)
                : claims.keySet().toArray(Integer[]::new);
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
                List<Item> items = inTransaction(connection -> retry(connection, fromPartition, fromOffset));
                if (items.isEmpty()) {
                    return applied;
                }
                applied += (int) items.stream().filter(Item::isApplied).count();
                Item last = items.get(items.size() - 1);
                partition = last.partition();
                offset = last.offset();
            }
        } catch (SQLException e) {
            throw SqlFault.failure("retry what waits", e);
        } finally {
            writing.unlock();
        }
    }

    private List<Item> retry(Connection connection, int partition, long offset) throws SQLException {
        positions.hold(connection, claims);
        List<Item> items = waiting.after(connection, ownPartitions(), partition, offset, RETRIED_AT_ONCE, tables);
        if (!items.isEmpty()) {
            applier(connection, true).apply(items, Set.of());
            waiting.forget(
                    connection,
                    items.stream().filter(Item::isApplied).map(Item::key).toList());
            keepAsBefore(connection, items);
        }
        return items;
    }

    /** What was parked may be refused now, and the other way round. */
    private void keepAsBefore(Connection connection, List<Item> items) throws SQLException {
        List<Item> parked = items.stream()
                .filter(item -> item.outcome() instanceof ApplyOutcome.Parked)
                .toList();
        List<Item> refused = items.stream()
                .filter(item -> item.outcome() instanceof ApplyOutcome.Refused)
                .toList();
        waiting.forgetRefused(connection, parked.stream().map(Item::key).toList());
        waiting.forgetParked(connection, refused.stream().map(Item::key).toList());
        waiting.keep(connection, items);
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
