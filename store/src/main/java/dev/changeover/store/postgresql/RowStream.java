package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.table.RowRead;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A chunk's rows by a cursor of the server, in the order of the key columns; it keeps a connection until it is closed. */
final class RowStream implements RecordStream {
    private static final Logger LOG = LoggerFactory.getLogger(RowStream.class);
    private static final int FETCH_ROWS = 500;
    private static final int MAX_CONTENT_BYTES = 1 << 20;

    private final Connection connection;
    private final EntityTable table;
    private final PreparedStatement select;
    private final ResultSet rows;
    private @Nullable Scanned next;
    private boolean finished;

    private RowStream(Connection connection, EntityTable table, PreparedStatement select, ResultSet rows) {
        this.connection = connection;
        this.table = table;
        this.select = select;
        this.rows = rows;
    }

    /** Takes the connection over, also when it fails. */
    @SuppressWarnings("MustBeClosedChecker")
    static RowStream open(Connection connection, EntityTable table, Chunk chunk) {
        String where = "";
        if (!chunk.from().isEmpty()) {
            where = " WHERE " + Queries.keysCompare(table, ">=");
        }
        if (!chunk.to().isEmpty()) {
            where += (where.isEmpty() ? " WHERE " : " AND ") + Queries.keysCompare(table, "<");
        }
        String sql = "SELECT %s, %s FROM %s%s ORDER BY %s"
                .formatted(table.columnList(""), Queries.keyTexts(table), table.name(), where, table.keyList(""));
        try {
            Database.beginReading(connection);
            PreparedStatement select = connection.prepareStatement(sql);
            select.setFetchSize(FETCH_ROWS);
            int parameter = 1;
            int keys = table.keyColumns().size();
            if (!chunk.from().isEmpty()) {
                parameter = Queries.setBound(select, parameter, ChunkBound.of(chunk.from(), keys));
            }
            if (!chunk.to().isEmpty()) {
                Queries.setBound(select, parameter, ChunkBound.of(chunk.to(), keys));
            }
            return new RowStream(connection, table, select, select.executeQuery());
        } catch (SQLException e) {
            close(connection);
            throw SqlFault.failure("scan %s".formatted(table.entity()), e);
        } catch (RuntimeException e) {
            close(connection);
            throw e;
        }
    }

    @Override
    public boolean hasNext() {
        if (next == null && !finished) {
            next = fetch();
            finished = next == null;
        }
        return next != null;
    }

    @Override
    public Scanned next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        Scanned scanned = next;
        next = null;
        return scanned;
    }

    private @Nullable Scanned fetch() {
        try {
            return rows.next() ? scanned() : null;
        } catch (SQLException e) {
            throw SqlFault.failure("scan %s".formatted(table.entity()), e);
        }
    }

    private Scanned scanned() throws SQLException {
        RowRead read = table.read(rows);
        EntityRecord entityRecord = read.record();
        if (entityRecord != null && read.fault().isEmpty()) {
            return Scanned.good(
                    entityRecord,
                    table.layout().table() + ' ' + entityRecord.key().text());
        }
        ChunkBound key = Queries.bound(table, rows, table.columns().size() + 1);
        return Scanned.bad(
                table.layout().table() + ' ' + key.text(),
                read.fault(),
                read.key() == null ? "" : read.key().text(),
                content());
    }

    /** The row as a JSON object of texts. */
    private Bytes content() throws SQLException {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < table.columns().size(); i++) {
            String value = rows.getString(i + 1);
            json.append(i == 0 ? "" : ",")
                    .append(JsonMembers.quoted(table.columns().get(i).name()).text())
                    .append(':')
                    .append(value == null ? "null" : JsonMembers.quoted(value).text());
        }
        byte[] bytes = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return Bytes.copyOf(bytes.length > MAX_CONTENT_BYTES ? Arrays.copyOf(bytes, MAX_CONTENT_BYTES) : bytes);
    }

    @Override
    public void close() {
        finished = true;
        next = null;
        try {
            select.close();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("Cannot close a scan's statement");
        }
        close(connection);
    }

    private static void close(Connection connection) {
        Database.endReading(connection);
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("Cannot give a scan's connection back");
        }
    }
}
