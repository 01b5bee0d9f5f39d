package dev.changeover.benchmarks;

import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scans;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.FileReader;
import dev.changeover.store.file.FileStore;
import dev.changeover.store.postgresql.PostgresReader;
import dev.changeover.store.postgresql.PostgresSettings;
import dev.changeover.store.postgresql.PostgresStore;
import dev.changeover.store.postgresql.TargetSchema;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * How fast each side's records are read and digested, one side alone and both at the same time, as a deep scan does; beside them what
 * PostgreSQL needs to hash the same rows by itself.
 *
 * <pre>ScanBenchmark [records] [rounds]</pre>
 */
public final class ScanBenchmark {
    private static final LogId LOG = new LogId("cluster", "topic", 6);
    private static final List<String> ENTITIES = List.of("chat_sessions", "messages");
    private static final int CHATS_OF_A_BATCH = 100;
    private static final int CHUNK = 5_000;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final Migration donna =
            DefinitionReader.read(Path.of("migrations/donna/migration.yaml").toAbsolutePath(), name -> null);
    private final DonnaRecords records = new DonnaRecords(donna);
    private final int chats;
    private final int wanted;

    private ScanBenchmark(int wanted) {
        this.chats = wanted / (DonnaRecords.MESSAGES + 1);
        this.wanted = chats * (DonnaRecords.MESSAGES + 1);
    }

    public static void main(String[] arguments) throws Exception {
        int wanted = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        Path directory = Files.createTempDirectory("changeover-benchmark");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            new ScanBenchmark(wanted).run(postgres, Files.createDirectory(directory.resolve("legacy")), rounds);
        }
    }

    private void run(EmbeddedPostgres postgres, Path files, int rounds) throws Exception {
        PostgresSettings settings = PostgresSettings.ofUrl(postgres.url());
        TargetSchema.migrate(settings, donna.stores().schema());
        try (FileStore legacy = FileStore.open(donna, files, Side.TARGET);
                PostgresStore target = PostgresStore.open(donna, settings, Side.TARGET)) {
            fill(List.of(legacy, target));
        }
        try (StoreReader legacy = FileReader.open(donna, files, Side.TARGET);
                PostgresReader target = PostgresReader.open(donna, settings, Side.TARGET)) {
            out.printf("%,d records; records a second of each side alone, and of both at the same time%n", wanted);
            for (int i = 0; i < rounds; i++) {
                double ofLegacy = rate(() -> scan(legacy));
                double ofTarget = rate(() -> scan(target));
                double ofBoth = rate(() -> {
                    CompletableFuture<Digest> other = CompletableFuture.supplyAsync(() -> scan(legacy));
                    if (!scan(target).equals(other.join())) {
                        throw new IllegalStateException("The sides are not equal");
                    }
                });
                double inSql = rate(() -> hashInSql(settings));
                out.printf(
                        "legacy %,9.0f   target %,9.0f   both %,9.0f   SQL alone %,9.0f (both: %.2f of it)%n",
                        ofLegacy, ofTarget, ofBoth, inSql, ofBoth / inSql);
            }
        }
    }

    private void fill(List<Store> stores) {
        stores.forEach(store -> store.claim(LOG, Set.of(0)));
        long offset = 0;
        for (int first = 0; first < chats; first += CHATS_OF_A_BATCH) {
            List<Batch.LoggedChange> changes = new ArrayList<>();
            for (int chat = first; chat < Math.min(chats, first + CHATS_OF_A_BATCH); chat++) {
                for (EntityRecord each : records.chat("old-" + chat)) {
                    changes.add(new Batch.LoggedChange(0, offset++, ChangeEvent.put(each, "", 0)));
                }
            }
            Batch batch = new Batch(List.of(new Batch.Advance(0, offset - changes.size(), offset, offset)), changes);
            stores.forEach(store -> store.apply(batch));
        }
    }

    private double rate(Runnable scan) {
        long from = System.nanoTime();
        scan.run();
        return wanted * 1e9 / (System.nanoTime() - from);
    }

    private Digest scan(StoreReader side) {
        Digest sum = Digest.ZERO;
        for (String name : ENTITIES) {
            Entity entity = donna.entity(name);
            Scans scans = side.scans();
            for (Iterator<Chunk> chunks = side.chunks(entity, CHUNK); chunks.hasNext(); ) {
                try (RecordStream stream = scans.scan(entity, chunks.next())) {
                    while (stream.hasNext()) {
                        EntityRecord found = stream.next().record();
                        if (found == null) {
                            throw new IllegalStateException("A record cannot be read");
                        }
                        sum = sum.plus(Canonical.digest(found));
                    }
                }
            }
        }
        return sum;
    }

    private static void hashInSql(PostgresSettings settings) {
        try (Connection connection =
                        DriverManager.getConnection(settings.jdbcUrl(), settings.user(), settings.password());
                Statement statement = connection.createStatement()) {
            for (String table : ENTITIES) {
                ResultSet sum = statement.executeQuery(
                        "SELECT sum(hashtextextended(CAST(row.* AS text), 0)) FROM %s AS row".formatted(table));
                sum.next();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
