package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the plans of donna and StillMe want to ask their new tables. */
class PlannedQueriesIT {
    private static final Path MIGRATIONS = Path.of("..", "migrations");

    private static FreshDatabase stillme() {
        FreshDatabase database = FreshDatabase.empty();
        TargetSchema.migrate(database.settings(), MIGRATIONS.resolve("stillme/schema"));
        return database;
    }

    /** Empty tables are read whole whatever indexes there are, unless that is forbidden: then it shows what could be used. */
    private static String plan(FreshDatabase database, String query) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET enable_seqscan = off");
            ResultSet line = statement.executeQuery("EXPLAIN " + query);
            while (line.next()) {
                plan.append(line.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            idx_users_clerk_id | SELECT * FROM users WHERE clerk_id = 'c'
            idx_users_email | SELECT * FROM users WHERE email = 'e'
            idx_chat_sessions_user | SELECT * FROM chat_sessions WHERE user_id = '00000000-0000-0000-0000-000000000000' ORDER BY last_message_at DESC
            idx_messages_sequence | SELECT * FROM messages WHERE chat_session_id = '00000000-0000-0000-0000-000000000000' ORDER BY sequence_number LIMIT 20
            idx_messages_chat_recent | SELECT * FROM messages WHERE chat_session_id = '00000000-0000-0000-0000-000000000000' ORDER BY created_at DESC LIMIT 20
            user_memory | SELECT * FROM user_memory WHERE user_id = '00000000-0000-0000-0000-000000000000' AND memory_type = 'm' AND key = 'k'
            idx_user_memory_expires | SELECT * FROM user_memory WHERE expires_at < now()
            idx_system_logs_trace_id | SELECT * FROM system_logs WHERE trace_id = 't'
            """)
    void aQueryOfDonnasPlanIsAnsweredByAnIndex(String index, String query) throws SQLException {
        assertThat(plan(new FreshDatabase(), query))
                .containsPattern("(Index Scan.* using|Bitmap Index Scan on) (idx_)?" + index.replace("idx_", ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            idx_knowledge_items_created_at | SELECT * FROM knowledge.knowledge_items WHERE created_at > now() - interval '1 day'
            idx_knowledge_items_retention_score | SELECT * FROM knowledge.knowledge_items ORDER BY retention_score DESC LIMIT 10
            idx_continuum_tier_metrics_tier | SELECT * FROM continuum.tier_metrics WHERE tier = 'L1'
            idx_rss_fetch_cycles_status | SELECT * FROM rss.fetch_cycles WHERE status = 'running'
            idx_accuracy_scores_created_at | SELECT * FROM accuracy.accuracy_scores WHERE created_at > now() - interval '1 day'
            """)
    void aQueryOfStillmesPlanIsAnsweredByAnIndex(String index, String query) throws SQLException {
        assertThat(plan(Stillme.DATABASE, query)).contains(index);
    }

    private static final class Stillme {
        static final FreshDatabase DATABASE = stillme();
    }

    @Test
    void logsCanBePartitionedByMonthsWithoutLosingAny() throws IOException, SQLException {
        FreshDatabase database = new FreshDatabase();
        database.execute("""
                INSERT INTO system_logs (level, message, trace_id, created_at)
                SELECT 'INFO', 'm' || n, 't' || n, timestamptz '2025-07-31 23:00:00+00' + n * interval '1 day'
                FROM generate_series(0, 99) n
                """);
        String before = database.value("SELECT md5(string_agg(s::text, ',' ORDER BY trace_id)) FROM system_logs s");

        database.execute(Files.readString(MIGRATIONS.resolve("donna/optional/partitioned-logs.sql")));
        database.execute("INSERT INTO system_logs (level, message, created_at) VALUES ('INFO', 'far', '2190-01-01')");

        assertThat(database.value("SELECT count(*) FROM system_logs")).isEqualTo("101");
        assertThat(
                        database.value(
                                "SELECT md5(string_agg(s::text, ',' ORDER BY trace_id)) FROM system_logs s WHERE message <> 'far'"))
                .isEqualTo(before);
        assertThat(database.value("SELECT count(*) FROM system_logs_2025_09")).isEqualTo("30");
        assertThat(database.value("SELECT message FROM system_logs_other")).isEqualTo("far");
        assertThat(plan(
                        database,
                        "SELECT * FROM system_logs WHERE created_at >= '2025-09-01Z' AND created_at < '2025-10-01Z'"))
                .contains("system_logs_2025_09")
                .doesNotContain("system_logs_2025_08")
                .doesNotContain("system_logs_other");
    }
}
