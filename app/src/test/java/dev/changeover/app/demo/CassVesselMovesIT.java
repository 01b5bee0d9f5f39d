package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline from many small files to SQLite, in one process. */
class CassVesselMovesIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "cass-vessel", "migration.yaml");

    @Test
    void conversationsAndTheirMessagesAreMovedWhileWritersWriteAndNothingIsLost(@TempDir Path data) throws Exception {
        Demo demo = new Demo(DEFINITION, 0, 20, data, false, false, OneProcess.QUIET);

        JsonNode summary = demo.run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("files").path("undescribed_changed").asInt()).isZero();
        Path database = data.resolve("legacy").resolve("cass.db");
        assertThat(query(database, "SELECT count(*) FROM daemons")).isEqualTo("1");
        assertThat(query(database, "SELECT count(*) FROM messages WHERE conversation_id NOT LIKE '%-w%'"))
                .isEqualTo("146");
        assertThat(query(database, "SELECT count(*) FROM pragma_foreign_key_check"))
                .isEqualTo("0");
        assertThat(query(
                        database,
                        "SELECT count(*) FROM messages GROUP BY conversation_id HAVING max(seq) <> count(*) LIMIT 1"))
                .as("places without a message")
                .isEmpty();
        assertThat(
                        query(
                                database,
                                "SELECT title || ' ' || length(content) FROM wiki_pages WHERE category = 'concept' AND name = 'Edited_by_hand'"))
                .startsWith("Edited by hand ");
        // What was used stays used: a record that a writer has deleted since is still in its total.
        String records = "(SELECT sum(input_tokens) FROM token_usage_records r"
                + " WHERE r.date = t.date AND r.provider = t.provider AND r.model = t.model)";
        assertThat(query(database, "SELECT count(*) FROM token_usage t WHERE input_tokens < " + records))
                .isEqualTo("0");
        assertThat(query(database, "SELECT sum(input_tokens = " + records + ") > 0.8 * count(*) FROM token_usage t"))
                .isEqualTo("1");
        assertThat(query(database, "SELECT count(*) > 10 FROM token_usage")).isEqualTo("1");
    }

    private static String query(Path database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
