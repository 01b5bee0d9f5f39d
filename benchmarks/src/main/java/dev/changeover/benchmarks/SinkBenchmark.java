package dev.changeover.benchmarks;

import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.Batch;
import dev.changeover.store.LogId;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.PostgresStore;
import dev.changeover.store.postgresql.TargetSchema;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;

/**
 * What the target sink's store does a second, beside plain COPY of the same rows into the same tables: donna's messages, with
 * all of the plan's indexes and foreign keys, in batches of one transaction each, every commit forced to disk.
 *
 * <pre>SinkBenchmark [rows] [rows of a batch] [rounds]</pre>
 */
public final class SinkBenchmark {
    private static final LogId LOG = new LogId("cluster", "topic", 6);

    private final Migration donna =
            DefinitionReader.read(Path.of("migrations/donna/migration.yaml").toAbsolutePath(), name -> null);
    private final DonnaRecords records = new DonnaRecords(donna);
    private final EmbeddedPostgres postgres;
    private final int rows;
    private final int batchRows;
    private int databases;

    private SinkBenchmark(EmbeddedPostgres postgres, int rows, int batchRows) {
        this.postgres = postgres;
        this.rows = rows;
        this.batchRows = batchRows;
    }

    public static void main(String[] arguments) throws Exception {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int batchRows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5_000;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(Files.createTempDirectory("changeover-benchmark"))) {
            new SinkBenchmark(postgres, rows, batchRows).run(rounds);
        }
    }

    /** Rows a second of one round. */
    private record Round(double copy, double insert, double update) {}

    private void run(int rounds) throws SQLException {
        PostgresSettings template = settings("template_donna");
        createDatabase("template_donna", "template1");
        TargetSchema.migrate(template, donna.stores().schema());
        List<EntityRecord> chats = new ArrayList<>();
        List<EntityRecord> messages = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            if (i % DonnaRecords.MESSAGES == 0) {
                chats.add(records.session("guest-" + i));
            }
            messages.add(records.message("guest-" + (i - i % DonnaRecords.MESSAGES), i % DonnaRecords.MESSAGES + 1));
        }
        try (PostgresStore store = PostgresStore.open(donna, template, Side.TARGET)) {
            store.claim(LOG, Set.of(0));
            apply(store, chats, 0);
        }
        List<Round> results = new ArrayList<>();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.printf(
                "%,d messages in batches of %,d; rows a second, and the ratio to plain COPY of the same round%n",
                rows, batchRows);
        round(chats.size(), messages); // until the JVM is warm
        for (int i = 0; i < rounds; i++) {
            Round round = round(chats.size(), messages);
            results.add(round);
            out.printf(
                    "COPY %,9.0f   insert %,9.0f (%.2f)   update %,9.0f (%.2f)%n",
                    round.copy, round.insert, round.insert / round.copy, round.update, round.update / round.copy);
        }
        double copy = results.stream().mapToDouble(Round::copy).max().orElseThrow();
        out.printf(
                "best of each: insert %.2f, update %.2f of plain COPY%n",
                results.stream().mapToDouble(Round::insert).max().orElseThrow() / copy,
                results.stream().mapToDouble(Round::update).max().orElseThrow() / copy);
    }

    private Round round(long position, List<EntityRecord> messages) throws SQLException {
        PostgresSettings settings = freshDatabase();
        double insert;
        double update;
        List<byte[]> lines;
        try (PostgresStore store = PostgresStore.open(donna, settings, Side.TARGET)) {
            store.claim(LOG, Set.of(0));
            insert = apply(store, messages, position);
            lines = dump(settings);
            update = apply(store, messages, position + messages.size());
        }
        return new Round(copy(freshDatabase(), lines), insert, update);
    }

    private double apply(PostgresStore store, List<EntityRecord> records, long position) {
        long start = System.nanoTime();
        for (int from = 0; from < records.size(); from += batchRows) {
            int to = Math.min(records.size(), from + batchRows);
            List<Batch.LoggedChange> changes = new ArrayList<>(to - from);
            for (int i = from; i < to; i++) {
                changes.add(new Batch.LoggedChange(
                        0, position + i, ChangeEvent.snapshot(records.get(i), "data/chat_sessions", 0)));
            }
            store.apply(
                    new Batch(List.of(new Batch.Advance(0, position + from, position + to, position + to)), changes));
        }
        return records.size() * 1e9 / (System.nanoTime() - start);
    }

    private static List<byte[]> dump(PostgresSettings settings) throws SQLException {
        List<byte[]> lines = new ArrayList<>();
        try (Connection connection = connect(settings)) {
            CopyOut copy = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (SELECT * FROM messages ORDER BY chat_session_id, sequence_number) TO STDOUT");
            for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private double copy(PostgresSettings settings, List<byte[]> lines) throws SQLException {
        try (Connection connection = connect(settings)) {
            connection.setAutoCommit(false);
            long start = System.nanoTime();
            for (int from = 0; from < lines.size(); from += batchRows) {
                CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY messages FROM STDIN");
                for (byte[] line : lines.subList(from, Math.min(lines.size(), from + batchRows))) {
                    copy.writeToCopy(line, 0, line.length);
                }
                copy.endCopy();
                connection.commit();
            }
            return lines.size() * 1e9 / (System.nanoTime() - start);
        }
    }

    private PostgresSettings freshDatabase() throws SQLException {
        String name = "run_" + ++databases;
        createDatabase(name, "template_donna");
        return settings(name);
    }

    private void createDatabase(String name, String template) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name + " TEMPLATE " + template);
            statement.execute("CHECKPOINT");
        }
    }

    private PostgresSettings settings(String database) {
        return PostgresSettings.ofUrl(postgres.url().replaceFirst("/[^/]*$", "/" + database));
    }

    private static Connection connect(PostgresSettings settings) throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password());
    }
}
