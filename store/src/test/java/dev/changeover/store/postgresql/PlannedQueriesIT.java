package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
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
        try {
            database.execute(Files.readString(MIGRATIONS.resolve("stillme/optional/vector-metadata.sql")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database.execute("""
                INSERT INTO knowledge.knowledge_items (content, source, knowledge_type, retention_score, created_at)
                SELECT repeat('c', 200), 's', 't', n / 5000.0, now() - n * interval '10 minutes' FROM generate_series(1, 5000) n;
                INSERT INTO knowledge.knowledge_relationships (source_id, target_id, relationship_type)
                SELECT n, 5001 - n, 'r' FROM generate_series(1, 5000) n;
                INSERT INTO continuum.tier_metrics (item_id, tier, metadata)
                SELECT 'knowledge_' || n, 'L' || least(3, n / 50), '{"a": "a text of some length"}' FROM generate_series(1, 5000) n;
                INSERT INTO rss.fetch_cycles (cycle_number, started_at, status)
                SELECT n, now(), CASE WHEN n % 500 = 0 THEN 'running' ELSE 'completed' END FROM generate_series(1, 5000) n;
                INSERT INTO rss.fetch_items (cycle_id, feed_url, status)
                SELECT n, 'https://example.com/' || n, 'added' FROM generate_series(1, 5000) n;
                INSERT INTO accuracy.accuracy_scores (question, actual_answer, accuracy_score, scoring_method, created_at)
                SELECT repeat('q', 100), repeat('a', 200), 0.5, 'm', now() - n * interval '10 minutes' FROM generate_series(1, 5000) n;
                INSERT INTO vector.collections (name, embedding_model, dimension) VALUES ('stillme_knowledge', 'm', 384);
                INSERT INTO vector.documents (collection, document_id, metadata)
                SELECT 'stillme_knowledge', 'knowledge_' || n, jsonb_build_object('link', n, 'text', 'of some length')
                FROM generate_series(1, 5000) n;
                ANALYZE""");
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

    private static String explained(FreshDatabase database, String query) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet line = statement.executeQuery("EXPLAIN ANALYZE " + query)) {
            while (line.next()) {
                plan.append(line.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }

    /** Of tables with 5,000 rows each, with the server's own choice. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            idx_knowledge_items_created_at | SELECT * FROM knowledge.knowledge_items WHERE created_at > now() - interval '1 day'
            idx_knowledge_items_retention_score | SELECT * FROM knowledge.knowledge_items ORDER BY retention_score DESC LIMIT 10
            idx_continuum_tier_metrics_tier | SELECT * FROM continuum.tier_metrics WHERE tier = 'L1'
            idx_rss_fetch_cycles_status | SELECT * FROM rss.fetch_cycles WHERE status = 'running'
            idx_accuracy_scores_created_at | SELECT * FROM accuracy.accuracy_scores WHERE created_at > now() - interval '1 day'
            idx_knowledge_relationships_source | SELECT * FROM knowledge.knowledge_relationships WHERE source_id = 17
            idx_knowledge_relationships_target | SELECT * FROM knowledge.knowledge_relationships WHERE target_id = 17
            idx_rss_fetch_items_cycle | SELECT * FROM rss.fetch_items WHERE cycle_id = 17
            fetch_cycles_cycle_number_key | SELECT * FROM rss.fetch_cycles WHERE cycle_number = 17
            fetch_cycles_cycle_number_key | SELECT max(cycle_number) FROM rss.fetch_cycles
            tier_metrics_pkey | SELECT * FROM continuum.tier_metrics WHERE item_id = 'knowledge_17'
            idx_vector_documents_document | SELECT * FROM vector.documents WHERE document_id = 'knowledge_17'
            idx_vector_documents_metadata | SELECT * FROM vector.documents WHERE metadata @> '{"link": 17}'
            tier_metrics_pkey | SELECT * FROM vector.documents_by_tier WHERE document_id = 'knowledge_17'
            """)
    void aQueryOfStillmesPlanIsAnsweredByAnIndex(String index, String query) throws SQLException {
        assertThat(explained(Stillme.DATABASE, query)).contains(index).doesNotContain("Seq Scan");
    }

    @Test
    void aDocumentWhoseItemIsForgottenIsFoundInTheOptionalVectorSchema() {
        FreshDatabase database = Stillme.DATABASE;
        database.execute("""
                INSERT INTO vector.documents (collection, document_id) VALUES ('stillme_knowledge', 'knowledge_forgotten')""");

        assertThat(database.value(
                        "SELECT string_agg(document_id, ',') FROM vector.documents_by_tier WHERE tier IS NULL"))
                .isEqualTo("knowledge_forgotten");
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
