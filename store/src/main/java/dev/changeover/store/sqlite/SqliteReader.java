package dev.changeover.store.sqlite;

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
import dev.changeover.store.table.RowRead;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads one side's records out of an SQLite file. Each answer is of one moment: a read transaction of its own. */
public final class SqliteReader implements DueReader {
    private static final int READERS = 8;

    private final Database database;
    private final Map<String, Rows> rows;
    private final String migration;

    private SqliteReader(Database database, Map<String, Rows> rows, String migration) {
        this.database = database;
        this.rows = rows;
        this.migration = migration;
    }

    /**
     * @throws dev.changeover.store.UnfitStoreException if a table or column is missing
     * @throws dev.changeover.store.StoreUnavailableException if there is no such file, or it cannot be read
     */
    public static SqliteReader open(Migration migration, Path file, Side side) {
        return open(migration, file, side, "");
    }

    /** @param name of the file in layouts */
    static SqliteReader open(Migration migration, Path file, Side side, String name) {
        Database database = Database.reading(file, READERS);
        try {
            Map<String, Rows> rows =
                    database.reading("read the schema", connection -> Rows.all(connection, migration, side, name));
            return new SqliteReader(database, rows, migration.name());
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    Database database() {
        return database;
    }

    Map<String, Rows> rows() {
        return rows;
    }

    private Rows rows(Entity entity) {
        Rows found = rows.get(entity.name());
        if (found == null) {
            throw new IllegalArgumentException("Invalid entity %s: it has no table on this side".formatted(entity));
        }
        return found;
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        if (targetRecords < 1) {
            throw new IllegalArgumentException("Invalid size of chunks %d: at least 1".formatted(targetRecords));
        }
        return new Chunks(rows(entity), targetRecords);
    }

    /** Looks for one bound after the other, along the key's index. */
    private final class Chunks implements Iterator<Chunk> {
        private final Rows table;
        private final int targetRecords;
        private String from = "";
        private boolean finished;

        Chunks(Rows table, int targetRecords) {
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
            String condition = from.isEmpty()
                    ? table.keyColumns().stream()
                            .map(column -> Table.quote(column) + " IS NOT NULL")
                            .collect(Collectors.joining(" AND "))
                    : Bound.compare(table, ">=");
            condition = table.own().isEmpty() ? condition : condition + " AND " + table.own();
            String sql = "SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1 OFFSET %d"
                    .formatted(table.keyList(), table.name(), condition, table.keyList(), targetRecords);
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                if (!from.isEmpty()) {
                    Bound.parse(from).bind(select, 1);
                }
                ResultSet row = select.executeQuery();
                return row.next() ? Bound.of(row, 1, table.keyColumns().size()).text() : "";
            }
        }
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return RowStream.open(database.connection(), rows(entity), chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        Rows table = rows(entity);
        return database.reading("read %s".formatted(entity), connection -> {
            Map<Integer, Long> positions = new TreeMap<>();
            OwnTables.positions(connection, migration)
                    .forEach((partition, row) -> positions.put(partition, row.next()));
            Map<RecordKey, EntityRecord> found = new LinkedHashMap<>();
            Map<RecordKey, String> faults = new LinkedHashMap<>();
            String sql = "SELECT %s FROM %s WHERE %s".formatted(table.columnList(), table.name(), table.byKey());
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                for (RecordKey key : new LinkedHashSet<>(keys)) {
                    table.bindKey(select, 1, key);
                    try (ResultSet row = select.executeQuery()) {
                        if (row.next()) {
                            settle(key, table.read(row), found, faults);
                        }
                    }
                }
            }
            return new Reading(positions, found, faults);
        });
    }

    private static void settle(
            RecordKey key, RowRead read, Map<RecordKey, EntityRecord> found, Map<RecordKey, String> faults) {
        EntityRecord entityRecord = read.record();
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

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Invalid limit %d: 1 to 1000".formatted(limit));
        }
        Page page = new Page(rows(entity), equal);
        return database.reading("list %s".formatted(entity), connection -> page.read(connection, after, limit));
    }

    @Override
    public Due due(Entity entity, Field field, Instant until, int skip, int limit) {
        Rows table = rows(entity);
        String column = Table.quote(table.mapping()
                .columnOf(field)
                .orElseThrow(
                        () -> new IllegalArgumentException("Invalid field %s: it has no column".formatted(field))));
        String sql =
                "SELECT %s FROM %s WHERE %s <= ? AND julianday(%s) <= julianday(?)%s ORDER BY julianday(%s) LIMIT %d OFFSET %d"
                        .formatted(
                                table.columnList(),
                                table.name(),
                                column,
                                column,
                                table.own().isEmpty() ? "" : " AND " + table.own(),
                                column,
                                limit,
                                skip);
        // In whatever zone it is written: a text of the day after is later, and an index of the column can tell.
        String dayAfter =
                until.plus(1, ChronoUnit.DAYS).atOffset(ZoneOffset.UTC).toLocalDate() + "~";
        return database.reading("look for what is due of %s".formatted(entity), connection -> {
            List<EntityRecord> records = new ArrayList<>();
            int rows = 0;
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, dayAfter);
                select.setString(2, until.toString());
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
        Rows table = rows(entity);
        return database.reading("count %s".formatted(entity), connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT count(*) FROM " + table.name() + (table.own().isEmpty() ? "" : " WHERE " + table.own()))) {
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
