package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** StillMe, which goes on writing its SQLite files, with {@code capture: watch}. */
class StillmeWatchedIT {
    @Test
    void whatTheApplicationWritesIntoItsSqliteFilesComesToTheTarget(@TempDir Path data) throws Exception {
        try (Watching stillme = Watching.start("stillme", data)) {
            Path knowledge = stillme.legacy().resolve("knowledge_retention.db");
            AtomicBoolean running = new AtomicBoolean(true);
            AtomicInteger written = new AtomicInteger();
            Thread application = new Thread(() -> {
                try (Connection connection = connect(knowledge);
                        Statement statement = connection.createStatement()) {
                    while (running.get()) {
                        int id = 5_000 + written.get();
                        statement.execute("INSERT INTO knowledge_items (id, content, source, knowledge_type)"
                                + " VALUES (%d, 'live', 'app', 'fact')".formatted(id));
                        statement.execute("UPDATE knowledge_items SET access_count = %d WHERE id = %d"
                                .formatted(written.incrementAndGet(), id));
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            application.start();

            stillme.operation("backfill", Watching.options());
            int after = written.get();
            await().atMost(Duration.ofMinutes(2)).until(() -> written.get() > after + 20);
            running.set(false);
            application.join();
            try (Connection connection = connect(knowledge);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT OR REPLACE INTO knowledge_items (id, content, source, knowledge_type)"
                        + " VALUES (5000, 'replaced', 'app', 'fact')");
                statement.execute("DELETE FROM knowledge_items WHERE id = 5001");
            }

            stillme.awaitQuery("SELECT content FROM knowledge.knowledge_items WHERE id = 5000", "replaced");
            stillme.awaitQuery("SELECT count(*) FROM knowledge.knowledge_items WHERE id = 5001", "0");
            stillme.awaitQuery(
                    "SELECT count(*) FROM knowledge.knowledge_items WHERE source = 'app'",
                    Integer.toString(written.get() - 1));
            stillme.awaitSettled();
            assertThat(stillme.get("/mismatches").path("items")).isEmpty();
            assertThat(
                            stillme.query(
                                    "SELECT count(*) FROM knowledge.knowledge_items WHERE source = 'app' AND id > 5001 AND access_count <> id - 4999"))
                    .isEqualTo("0");
        }
    }

    private static Connection connect(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file + "?busy_timeout=10000");
    }
}
