package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.DueReader;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.table.RowRead;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads one side's records out of PostgreSQL. Each answer is of one moment: a transaction of its own, REPEATABLE READ. */
public final class PostgresReader implements DueReader {
    private final Database database;
    private final Map<String, EntityTable> tables;
    private final String migration;

    PostgresReader(Database database, Map<String, EntityTable> tables, String migration) {
        this.database = database;
        this.tables = tables;
        this.migration = migration;
    }

    /**
     * @throws UnfitStoreException if a table or column is missing
     * @throws dev.changeover.store.StoreUnavailableException if the server cannot be reached
     */
    public static PostgresReader open(Migration migration, PostgresSettings settings, Side side) {
        Database database = Database.of(settings, side.word() + "-reader", settings.readers());
        try {
            Map<String, EntityTable> tables =
                    database.reading("read the catalog", connection -> EntityTable.all(connection, migration, side));
            return new PostgresReader(database, tables, migration.name());
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    Database database() {
        return database;
    }

    Map<String, EntityTable> tables() {
        return tables;
    }

    private EntityTable table(Entity entity) {
        EntityTable table = tables.get(entity.name());
        if (table == null) {
            throw new IllegalArgumentException("Invalid entity %s: it has no table on this side".formatted(entity));
        }
        return table;
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        if (targetRecords < 1) {
            throw new IllegalArgumentException("Invalid size of chunks %d: at least 1".formatted(targetRecords));
        }
        return new Chunks(table(entity), targetRecords);
    }

    /** Looks for one bound after the other, along the key's index. */
    private final class Chunks implements Iterator<Chunk> {
        private final EntityTable table;
        private final int targetRecords;
        private String from = "";
        private boolean finished;

        Chunks(EntityTable table, int targetRecords) {
            this.table = table;
            this.targetRecords = targetRecords;
        }

        @Override
        public boolean hasNext() {
            return !finished;
        }

        @Override
        public Chunk next() {
            if (finished) {
                throw new NoSuchElementException();
            }
            String to = database.reading("cut %s into chunks".formatted(table.entity()), this::boundAfter);
            Chunk chunk = new Chunk(from, to, targetRecords);
            from = to;
            finished = to.isEmpty();
            return chunk;
        }

        private String boundAfter(Connection connection) throws SQLException {
            String sql = "SELECT %s FROM %s%s ORDER BY %s OFFSET %d LIMIT 1"
                    .formatted(
                            Queries.keyTexts(table),
                            table.name(),
                            from.isEmpty() ? "" : " WHERE " + Queries.keysCompare(table, ">="),
                            table.keyList(""),
                            targetRecords);
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                if (!from.isEmpty()) {
                    Queries.setBound(
                            select, 1, ChunkBound.of(from, table.keyColumns().size()));
                }
                ResultSet row = select.executeQuery();
                return row.next() ? Queries.bound(table, row).text() : "";
            }
        }
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return RowStream.open(database.connection(), table(entity), chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        EntityTable table = table(entity);
        Set<RecordKey> wanted = new HashSet<>(keys);
        return database.reading("read %s".formatted(entity), connection -> {
            Map<Integer, Long> positions = nextOffsets(connection);
            Map<RecordKey, EntityRecord> found = new LinkedHashMap<>();
            Map<RecordKey, String> faults = new LinkedHashMap<>();
            String sql = "SELECT %s, %s FROM %s WHERE %s"
                    .formatted(table.columnList(""), Queries.keyTexts(table), table.name(), table.byKeys());
            Map<List<String>, RecordKey> byTexts = Queries.byKeyTexts(table, wanted);
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                Queries.setKeys(select, 1, table, wanted);
                ResultSet row = select.executeQuery();
                while (row.next()) {
                    RecordKey key = byTexts.get(
                            Queries.bound(table, row, table.columns().size() + 1)
                                    .keys());
                    settle(table.read(row), key, found, faults);
                }
            }
            wanted.removeAll(found.keySet());
            wanted.removeAll(faults.keySet());
            OwnIds.rows(connection, table, wanted, (key, row, id) -> settle(row, key, found, faults));
            return new Reading(positions, found, faults);
        });
    }

    /** {@code asked} is the key whose row it is, or null if its texts are written in another way than ours. */
    private static void settle(
            RowRead read,
            @Nullable RecordKey asked,
            Map<RecordKey, EntityRecord> found,
            Map<RecordKey, String> faults) {
        RecordKey key = asked == null ? read.key() : asked;
        EntityRecord entityRecord = read.record();
        if (key == null) {
            throw new IllegalStateException("A row was found by a key that it does not have: " + read.fault());
        }
        if (!read.fault().isEmpty() || entityRecord == null) {
            faults.put(key, read.fault());
        } else if (!entityRecord.key().equals(key)) {
            faults.put(
                    key,
                    "its columns name another record: " + entityRecord.key().label());
        } else {
            found.put(key, entityRecord);
        }
    }

    private Map<Integer, Long> nextOffsets(Connection connection) throws SQLException {
        Map<Integer, Long> positions = new TreeMap<>();
        OwnTables.positions(connection, migration).forEach((partition, row) -> positions.put(partition, row.next()));
        return positions;
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Invalid limit %d: 1 to 1000".formatted(limit));
        }
        Page page = new Page(table(entity), equal);
        return database.reading("list %s".formatted(entity), connection -> page.read(connection, after, limit));
    }

    @Override
    public Due due(Entity entity, Field field, Instant until, int skip, int limit) {
        EntityTable table = table(entity);
        String column = PgTable.quote(table.mapping()
                .columnOf(field)
                .orElseThrow(
                        () -> new IllegalArgumentException("Invalid field %s: it has no column".formatted(field))));
        String sql = "SELECT %s FROM %s WHERE %s <= CAST(? AS timestamptz) ORDER BY %s OFFSET %d LIMIT %d"
                .formatted(table.columnList(""), table.name(), column, column, skip, limit);
        return database.reading("look for what is due of %s".formatted(entity), connection -> {
            List<EntityRecord> records = new ArrayList<>();
            int rows = 0;
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, until.toString());
                ResultSet row = select.executeQuery();
                while (row.next()) {
                    rows++;
                    RowRead read = table.read(row);
                    EntityRecord found = read.record();
                    if (found != null
                            && read.fault().isEmpty()
                            && found.value(field) instanceof Instant end
                            && !end.isAfter(until)) {
                        records.add(found);
                    }
                }
            }
            return new Due(records, rows);
        });
    }

    @Override
    public long count(Entity entity) {
        EntityTable table = table(entity);
        return database.reading("count %s".formatted(entity), connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT count(*) FROM " + table.name())) {
                ResultSet row = select.executeQuery();
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Override
    public void close() {
        database.close();
    }
}
