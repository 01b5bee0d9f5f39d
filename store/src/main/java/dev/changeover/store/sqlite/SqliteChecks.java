package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.table.Check;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an SQLite file is asked before a cutover. Each answer is read from the file at that moment, by a connection of its own, and
 * throws {@link StoreUnavailableException} if it cannot tell.
 */
public final class SqliteChecks {
    private static final int MAX_COUNTED = 1_000;

    private final Migration migration;
    private final Path file;
    private final Side side;

    public SqliteChecks(Migration migration, Path file, Side side) {
        this.migration = migration;
        this.file = file;
        this.side = side;
    }

    private interface Question {
        Check ask(Connection connection, Map<String, Rows> rows) throws SQLException;
    }

    private Check ask(String what, Question question) {
        try (Database database = Database.reading(file, 1)) {
            return database.reading(
                    what, connection -> question.ask(connection, Rows.all(connection, migration, side, "")));
        }
    }

    /** Whether each row that refers to another one finds it: other programs need not have foreign keys on. */
    public Check references() {
        return ask("check references", (connection, all) -> {
            int keys = 0;
            List<String> broken = new ArrayList<>();
            for (Rows rows : all.values()) {
                keys += rows.table().foreignKeys().size();
                try (PreparedStatement select = connection.prepareStatement(
                        "SELECT \"parent\", count(*) FROM (SELECT \"parent\" FROM pragma_foreign_key_check(?) LIMIT "
                                + MAX_COUNTED + ") GROUP BY 1")) {
                    select.setString(1, rows.table().name());
                    ResultSet row = select.executeQuery();
                    while (row.next()) {
                        broken.add("%d rows of %s without their %s"
                                .formatted(row.getInt(2), rows.table().name(), row.getString(1)));
                    }
                }
            }
            return new Check(
                    broken.isEmpty(),
                    "%d foreign keys".formatted(keys),
                    broken.isEmpty() ? "" : String.join(", ", broken) + ": correct these rows, or repair");
        });
    }

    /** SQLite itself gives numbers behind the largest one that there is, and behind the largest there ever was with AUTOINCREMENT. */
    public Check sequences() {
        return new Check(true, "given by SQLite", "");
    }

    /** Whether the triggers are there that note what others write. */
    public Check triggers() {
        return ask("look for the triggers", (connection, all) -> {
            List<String> missing = OwnTables.exist(connection)
                    ? Notes.missing(connection, migration.name(), all.values())
                    : List.of("all of them");
            return new Check(
                    missing.isEmpty(),
                    missing.isEmpty() ? "triggers" : "missing: " + String.join(", ", missing),
                    missing.isEmpty() ? "" : "start the target sink again: it makes them");
        });
    }
}
