package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseIT {
    /** As PostgreSQL itself looks for the parent of each row that comes. */
    private static final String LOOK = "look('00000000-0000-0000-0000-000000000000')";

    private final FreshDatabase database = new FreshDatabase();

    /** So small a table is read whole, as long as nothing forbids it. */
    @BeforeEach
    void smallTable() {
        database.execute("INSERT INTO chat_sessions (chat_id) VALUES ('c')");
        database.execute("VACUUM ANALYZE chat_sessions");
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** The plan of a prepared statement that was executed often, and how often it was made for the values. */
    private static String planOfOneExecutedOften(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "PREPARE look(uuid) AS SELECT 1 FROM chat_sessions WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE");
            for (int i = 0; i < 20; i++) {
                statement.execute("EXECUTE " + LOOK);
            }
            StringBuilder plan = new StringBuilder();
            try (ResultSet line = statement.executeQuery("EXPLAIN EXECUTE " + LOOK)) {
                while (line.next()) {
                    plan.append(line.getString(1)).append('\n');
                }
            }
            try (ResultSet counts =
                    statement.executeQuery("SELECT custom_plans FROM pg_prepared_statements WHERE name = 'look'")) {
                counts.next();
                return plan + "made for the values: " + counts.getInt(1);
            }
        }
    }

    @Test
    void whoChangesRowsHasParentsLookedForByIndexWhichIsNotPlannedForEachRow() {
        try (Database writer = Database.writer(database.settings(), "test")) {
            assertThat(writer.<String>writing("look", DatabaseIT::planOfOneExecutedOften))
                    .contains("Index Scan using chat_sessions_pkey")
                    .endsWith("made for the values: 5"); // after five PostgreSQL compares what both kinds cost
            assertThat(writer.<String>writing("jit", connection -> {
                        try (Statement statement = connection.createStatement();
                                ResultSet row = statement.executeQuery("SHOW jit")) {
                            row.next();
                            return row.getString(1);
                        }
                    }))
                    .isEqualTo("off");
        }
    }

    @Test
    void whoReadsHasEachStatementPlannedForWhatTheTablesHoldThen() {
        try (Database reader = Database.of(database.settings(), "test", 1)) {
            assertThat(reader.<String>writing("look", DatabaseIT::planOfOneExecutedOften))
                    .contains("Seq Scan on chat_sessions")
                    .endsWith("made for the values: 21");
        }
    }
}
