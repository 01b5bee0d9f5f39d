package dev.changeover.store.sqlite;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.store.UnfitStoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What others have written into an SQLite file, as our triggers have noted it there. Notes stay until they are forgotten, also while
 * nobody reads them.
 */
public final class ForeignWrites implements AutoCloseable {
    private static final long UNCHECKED = -1;

    private final String migration;
    private final Side side;
    private final Path file;
    /** Whether the file is ours to make settings of, and not the application's. */
    private final boolean ours;

    private final SqliteReader reader;
    private @Nullable Database writer;
    /** The version of the schema in which all triggers were found. */
    private volatile long checkedSchema = UNCHECKED;

    /**
     * @param seq grows with each note
     * @param entity whose table it is
     * @param key the record, or null if the row does not say which one it is: any of the entity may be another now
     */
    public record Note(long seq, String entity, @Nullable RecordKey key) {}

    private ForeignWrites(String migration, Side side, Path file, SqliteReader reader, boolean ours) {
        this.migration = migration;
        this.side = side;
        this.file = file;
        this.reader = reader;
        this.ours = ours;
    }

    /** @throws dev.changeover.store.StoreUnavailableException if there is no such file */
    public static ForeignWrites open(Migration migration, Path file, Side side) {
        return open(migration, file, side, "");
    }

    /** @param name of the file in layouts */
    static ForeignWrites open(Migration migration, Path file, Side side, String name) {
        return new ForeignWrites(
                migration.name(), side, file, SqliteReader.open(migration, file, side, name), side == Side.TARGET);
    }

    /**
     * The oldest notes.
     *
     * @throws UnfitStoreException if the triggers are not there, so that nothing was noted: they are made when a store is opened for
     *     writing, and go with their table
     */
    public List<Note> oldest(int limit) {
        return reader.database().reading("read what others have written", connection -> {
            if (!OwnTables.exist(connection)) {
                return List.of(); // no store was opened for writing yet
            }
            checkTriggers(connection);
            List<Note> notes = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT seq, entity, content FROM changeover_noted WHERE migration = ? ORDER BY seq LIMIT "
                            + limit)) {
                select.setString(1, migration);
                ResultSet row = select.executeQuery();
                while (row.next()) {
                    String entity = row.getString(2);
                    notes.add(new Note(row.getLong(1), entity, key(entity, row.getString(3))));
                }
            }
            return notes;
        });
    }

    /** Only where the schema has changed since the last time. */
    private void checkTriggers(Connection connection) throws SQLException {
        long schema;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA schema_version")) {
            schema = row.next() ? row.getLong(1) : UNCHECKED;
        }
        if (schema == checkedSchema && schema != UNCHECKED) {
            return;
        }
        List<String> missing =
                Notes.missing(connection, migration, reader.rows().values());
        if (!missing.isEmpty()) {
            throw new UnfitStoreException(
                    "Cannot see what others write into %s: triggers %s are missing or were changed. Start the sink again, which makes them, then run a deep scan."
                            .formatted(file.getFileName(), missing));
        }
        checkedSchema = schema;
    }

    private @Nullable RecordKey key(String entity, String content) {
        Rows rows = reader.rows().get(entity);
        if (rows == null) {
            return null;
        }
        try {
            Map<String, JsonText> members = JsonMembers.of(new JsonText(content));
            List<String> columns = rows.mapping().columns();
            @Nullable Object[] row = new @Nullable Object[columns.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = value(members.get(columns.get(i)));
            }
            return rows.mapping().read(row).key();
        } catch (InvalidJsonException | NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Object value(@Nullable JsonText json) throws InvalidJsonException {
        if (json == null || json.equals(JsonText.NULL)) {
            return null;
        }
        String text = JsonMembers.string(json);
        if (text != null) {
            return text;
        }
        return json.text().matches("-?\\d+") ? (Object) Long.parseLong(json.text()) : Double.parseDouble(json.text());
    }

    /** Notes up to this one were dealt with. */
    public void forget(long seq) {
        Database open = writer;
        if (open == null) {
            open = ours ? Database.writing(file) : Database.writingAsItIs(file);
            writer = open;
        }
        open.writing("forget what was noted", connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM changeover_noted WHERE seq <= ? AND migration = ?")) {
                delete.setLong(1, seq);
                delete.setString(2, migration);
                return delete.executeUpdate();
            }
        });
    }

    /**
     * Takes the migration's triggers away, and what they have noted: nobody is going to ask for it.
     *
     * @throws dev.changeover.store.StoreUnavailableException if there is no such file
     */
    public static void stopNoting(Migration migration, Path file) {
        change(file, "remove the triggers", connection -> {
            Notes.remove(connection, migration.name());
            OwnTables.forget(connection, "noted", migration.name());
        });
    }

    /**
     * Takes all away that the migration has in this file, but for the records: when it is complete, or was given up.
     *
     * @throws dev.changeover.store.StoreUnavailableException if there is no such file
     */
    public static void remove(Migration migration, Path file) {
        change(file, "remove what is ours", connection -> {
            Notes.remove(connection, migration.name());
            OwnTables.remove(connection, migration.name());
        });
    }

    private interface Removal {
        void from(Connection connection) throws SQLException;
    }

    private static void change(Path file, String what, Removal removal) {
        try (Database database = Database.writingAsItIs(file)) {
            database.writing(what, connection -> {
                if (OwnTables.exist(connection)) {
                    removal.from(connection);
                }
                return true;
            });
        }
    }

    public Side side() {
        return side;
    }

    @Override
    public void close() {
        Database open = writer;
        if (open != null) {
            open.close();
        }
        reader.close();
    }
}
