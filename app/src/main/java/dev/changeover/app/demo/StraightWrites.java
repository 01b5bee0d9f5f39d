package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.table.RowMapping;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Another program that, after the cutover, writes straight into PostgreSQL: it changes texts of records and deletes one. */
final class StraightWrites {
    private static final int RECORDS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final DemoClient client;
    private final PostgresSettings database;
    private final String table;
    private final Field field;
    private final String column;
    private final List<EntityRecord> records;
    private final List<String> values = new ArrayList<>();

    private StraightWrites(
            DemoClient client,
            PostgresSettings database,
            String table,
            Field field,
            String column,
            List<EntityRecord> records) {
        this.client = client;
        this.database = database;
        this.table = table;
        this.field = field;
        this.column = column;
        this.records = records;
    }

    /** Puts some records of its own through the gateway first; empty if the migration has none that are fit for it. */
    static Optional<StraightWrites> prepare(
            Migration migration, SampleRecords sample, DemoClient client, String targetUrl) {
        if (!targetUrl.startsWith("postgres") && !targetUrl.startsWith("jdbc:postgres")) {
            return Optional.empty();
        }
        for (Entity entity : migration.entities()) {
            if (!(entity.target().orElse(null) instanceof TableLayout layout)
                    || entity.legacy().isEmpty()
                    || !entity.references().isEmpty()
                    || entity.parent().isPresent()) {
                continue;
            }
            RowMapping mapping = RowMapping.of(migration, entity, layout);
            for (Field field : entity.fields()) {
                Optional<String> column = mapping.columnOf(field);
                if (entity.key().contains(field)
                        || !field.oneOf().isEmpty()
                        || field.type().kind() != FieldType.Kind.TEXT
                        || column.isEmpty()) {
                    continue;
                }
                List<EntityRecord> own = new ArrayList<>();
                for (int i = 0; i < RECORDS; i++) {
                    sample.round("straight" + i, 900_000L + i).stream()
                            .filter(each -> each.entity().name().equals(entity.name()))
                            .findFirst()
                            .ifPresent(own::add);
                }
                if (own.size() == RECORDS) {
                    StraightWrites writes = new StraightWrites(
                            client, PostgresSettings.ofUrl(targetUrl), layout.table(), field, column.get(), own);
                    writes.create();
                    return Optional.of(writes);
                }
            }
        }
        return Optional.empty();
    }

    private void create() {
        for (EntityRecord each : records) {
            String value = "before-" + UUID.randomUUID();
            values.add(value);
            client.put(
                    LiveWriters.path(each.key()) + "?wait=both&timeout_ms=30000",
                    RecordJson.text(each.toBuilder().set(field.name(), value).build())
                            .text());
        }
    }

    /** By SQL, in one transaction for each. */
    void write() {
        try (Connection connection =
                DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
            for (int i = 0; i < records.size() - 1; i++) {
                String value = "by SQL " + i;
                execute(
                        connection,
                        "UPDATE %s SET %s = ? WHERE %s = ?".formatted(table, column, column),
                        value,
                        values.set(i, value));
            }
            execute(connection, "DELETE FROM %s WHERE %s = ?".formatted(table, column), values.get(records.size() - 1));
        } catch (SQLException e) {
            throw new IllegalStateException("The other program cannot write into PostgreSQL: " + e.getMessage(), e);
        }
    }

    private static void execute(Connection connection, String sql, String... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            if (statement.executeUpdate() != 1) {
                throw new SQLException("no row was changed");
            }
        }
    }

    int made() {
        return records.size();
    }

    /** How many of them are on a side, or on the primary if {@code side} is empty; waits until all are, for half a minute. */
    int kept(String side) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        int kept = count(side);
        while (kept < made() && System.nanoTime() < deadline) {
            Demo.pause(Duration.ofMillis(100));
            kept = count(side);
        }
        return kept;
    }

    private int count(String side) {
        int kept = 0;
        for (int i = 0; i < records.size(); i++) {
            @Nullable
            JsonNode found =
                    client.find(LiveWriters.path(records.get(i).key()) + (side.isEmpty() ? "" : "?side=" + side));
            boolean deleted = i == records.size() - 1;
            if (found == null
                    ? deleted
                    : !deleted
                            && found.path("fields").path(field.name()).asText().equals(values.get(i))) {
                kept++;
            }
        }
        return kept;
    }
}
