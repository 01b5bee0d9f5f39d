package dev.changeover.store.sqlite;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A chunk's rows in the order of the key columns; it keeps a connection, and a moment of the database, until it is closed. */
final class RowStream implements RecordStream {
    private static final Logger LOG = LoggerFactory.getLogger(RowStream.class);
    private static final int MAX_CONTENT_BYTES = 1 << 20;

    private final Connection connection;
    private final Rows table;
    private final PreparedStatement select;
    private final ResultSet rows;
    private @Nullable Scanned next;
    private boolean finished;

    private RowStream(Connection connection, Rows table, PreparedStatement select, ResultSet rows) {
        this.connection = connection;
        this.table = table;
        this.select = select;
        this.rows = rows;
    }

    /** Takes the connection over, also when it fails. */
    @SuppressWarnings("MustBeClosedChecker")
    static RowStream open(Connection connection, Rows table, Chunk chunk) {
        List<String> conditions = new ArrayList<>();
        if (!table.own().isEmpty()) {
            conditions.add(table.own());
        }
        if (!chunk.from().isEmpty()) {
            conditions.add(Bound.compare(table, ">="));
        }
        if (!chunk.to().isEmpty()) {
            // A NULL in a key column, which no program of ours writes, is neither below nor above: the first chunk has
            // it.
            String nulls = table.keyColumns().stream()
                    .map(column -> " OR " + Table.quote(column) + " IS NULL")
                    .collect(Collectors.joining());
            conditions.add("(" + Bound.compare(table, "<") + (chunk.from().isEmpty() ? nulls : "") + ")");
        }
        String sql = "SELECT %s, %s FROM %s%s ORDER BY %s"
                .formatted(
                        table.columnList(),
                        table.keyList(),
                        table.name(),
                        conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions),
                        table.keyList());
        try {
            Database.execute(connection, "BEGIN");
            PreparedStatement select = connection.prepareStatement(sql);
            int parameter = 1;
            if (!chunk.from().isEmpty()) {
                parameter = Bound.parse(chunk.from()).bind(select, parameter);
            }
            if (!chunk.to().isEmpty()) {
                Bound.parse(chunk.to()).bind(select, parameter);
            }
            return new RowStream(connection, table, select, select.executeQuery());
        } catch (SQLException e) {
            close(connection);
            throw SqliteFault.failure("scan %s".formatted(table.entity()), e);
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
            throw SqliteFault.failure("scan %s".formatted(table.entity()), e);
        }
    }

    private Scanned scanned() throws SQLException {
        RowRead read = table.read(rows);
        String key = Bound.of(
                        rows, table.columns().size() + 1, table.keyColumns().size())
                .text();
        String origin = "%s %s".formatted(table.layout().table(), key);
        EntityRecord entityRecord = read.record();
        if (entityRecord != null && read.fault().isEmpty()) {
            return Scanned.good(entityRecord, origin);
        }
        return Scanned.bad(
                origin, read.fault(), read.key() == null ? "" : read.key().text(), content());
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
        Database.undo(connection);
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("Cannot give a scan's connection back");
        }
    }
}
