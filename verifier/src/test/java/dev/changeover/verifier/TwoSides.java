package dev.changeover.verifier;

import dev.changeover.log.Clients;
import dev.changeover.log.TopicSetup;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A migration of chats with a real log, a legacy side in files, a target in PostgreSQL, and sinks that do as ours do. */
final class TwoSides implements AutoCloseable {
    final Migration migration;
    final InFiles legacy;
    final InPostgres target = new InPostgres();
    private final Topics topics;
    private final EventCodec codec;
    private final KafkaProducer<byte[], byte[]> producer;

    TwoSides(String name, Path legacyRoot) throws SQLException, IOException {
        this.migration = new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(1, 2),
                2,
                List.of(Chats.CHATS));
        this.legacy = new InFiles(migration, legacyRoot);
        this.topics = new Topics(name);
        this.codec = new EventCodec(migration);
        TopicSetup.ensure(migration, Servers.log());
        this.producer = new Clients(Servers.log()).producer("test");
        sql("create schema if not exists changeover");
        sql("drop table if exists public.chats, public.kept, changeover.positions");
        sql("create table public.chats (chat_id text primary key, title text)");
        sql("create table changeover.positions (part int primary key, next_offset bigint not null)");
        sql("insert into changeover.positions values (0, 0), (1, 0)");
    }

    /** Onto the log and, as the sinks would, into both stores. */
    void write(EntityRecord state) throws Exception {
        apply(ChangeEvent.put(state, "test", 0));
    }

    void backfill(EntityRecord state) throws Exception {
        legacy.edit(state.key(), state);
        apply(ChangeEvent.snapshot(state, "test", 0));
    }

    /** The marker after the last snapshot read, in every partition. */
    void endBackfill() throws Exception {
        Barrier barrier = new Barrier("backfill", "backfill-complete");
        for (int partition = 0; partition < migration.partitions(); partition++) {
            ProducerRecord<byte[], byte[]> sent =
                    new ProducerRecord<>(topics.changes(), partition, barrier.keyBytes(), Wire.write(barrier));
            sent.headers().add(Headers.CONTROL, "barrier".getBytes(StandardCharsets.UTF_8));
            producer.send(sent).get();
        }
    }

    private void apply(ChangeEvent event) throws Exception {
        RecordKey key = event.key();
        int partition = migration.partitionOf(key);
        long next = producer.send(new ProducerRecord<>(topics.changes(), partition, key.bytes(), codec.write(event)))
                        .get()
                        .offset()
                + 1;
        legacy.put(key, event.after(), partition, next);
        target.put(key, event.after(), partition, next);
        for (Side side : Side.values()) {
            Progress progress = new Progress(side, partition, next, next, next, 0, 0, 1, 0);
            producer.send(new ProducerRecord<>(
                            topics.progress(),
                            0,
                            (side.word() + "/" + partition).getBytes(StandardCharsets.UTF_8),
                            Wire.write(progress)))
                    .get();
        }
    }

    /** As somebody with psql would. */
    static void sql(String statement) throws SQLException {
        try (Connection connection = connect();
                Statement now = connection.createStatement()) {
            now.execute(statement);
        }
    }

    /** The first column of the first row. */
    static String value(String query) throws SQLException {
        try (Connection connection = connect();
                Statement now = connection.createStatement();
                ResultSet row = now.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    static Connection connect() throws SQLException {
        var address = Servers.postgres();
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database()),
                address.user(),
                address.password());
    }

    @Override
    public void close() {
        producer.close();
    }

    /** One chunk, no pages. */
    private abstract static class OneChunk implements StoreReader {
        abstract List<EntityRecord> all();

        @Override
        public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
            return List.of(Chunk.WHOLE).iterator();
        }

        @Override
        public RecordStream scan(Entity entity, Chunk chunk) {
            Iterator<EntityRecord> left = all().iterator();
            return new RecordStream() {
                @Override
                public boolean hasNext() {
                    return left.hasNext();
                }

                @Override
                public Scanned next() {
                    return Scanned.good(left.next(), "");
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long count(Entity entity) {
            return all().size();
        }

        @Override
        public void close() {}
    }

    /** Documents as an application writes them; only the positions are in memory. */
    static final class InFiles implements StoreReader {
        private final Path root;
        private final FileReader reader;
        private final Map<Integer, Long> positions = new HashMap<>();

        InFiles(Migration migration, Path root) throws IOException {
            this.root = root;
            Files.createDirectories(root.resolve("chats"));
            this.reader = FileReader.open(migration, root, Side.LEGACY);
        }

        synchronized void put(RecordKey key, @Nullable EntityRecord state, int partition, long next)
                throws IOException {
            edit(key, state);
            positions.put(partition, next);
        }

        synchronized void edit(RecordKey key, @Nullable EntityRecord state) throws IOException {
            Path file = root.resolve("chats").resolve(key.values().get(0) + ".json");
            if (state == null) {
                Files.deleteIfExists(file);
            } else {
                Files.writeString(file, RecordJson.text(state).text());
            }
        }

        @Override
        public synchronized Reading read(Entity entity, Collection<RecordKey> keys) {
            Reading found = reader.read(entity, keys);
            return new Reading(Map.copyOf(positions), found.found(), found.faults());
        }

        @Override
        public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
            return reader.chunks(entity, targetRecords);
        }

        @Override
        public RecordStream scan(Entity entity, Chunk chunk) {
            return reader.scan(entity, chunk);
        }

        @Override
        public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
            return reader.page(entity, after, equal, limit);
        }

        @Override
        public long count(Entity entity) {
            return reader.count(entity);
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    static final class InPostgres extends OneChunk {
        void put(RecordKey key, @Nullable EntityRecord state, int partition, long next) throws SQLException {
            try (Connection connection = connect()) {
                connection.setAutoCommit(false);
                try (PreparedStatement move = connection.prepareStatement(
                                "update changeover.positions set next_offset = ? where part = ?");
                        PreparedStatement delete = connection.prepareStatement("delete from chats where chat_id = ?");
                        PreparedStatement upsert = connection.prepareStatement(
                                "insert into chats values (?, ?) on conflict (chat_id) do update set title = excluded.title")) {
                    move.setLong(1, next);
                    move.setInt(2, partition);
                    move.execute();
                    if (state == null) {
                        delete.setString(1, key.values().get(0).toString());
                        delete.execute();
                    } else {
                        upsert.setString(1, key.values().get(0).toString());
                        upsert.setString(2, state.value("title").toString());
                        upsert.execute();
                    }
                }
                connection.commit();
            }
        }

        @Override
        List<EntityRecord> all() {
            List<EntityRecord> all = new ArrayList<>();
            try (Connection connection = connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("select chat_id, title from chats")) {
                while (rows.next()) {
                    all.add(Chats.chat(rows.getString(1), rows.getString(2)));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return all;
        }

        @Override
        public Reading read(Entity entity, Collection<RecordKey> keys) {
            Map<RecordKey, EntityRecord> found = new LinkedHashMap<>();
            Map<Integer, Long> positions = new HashMap<>();
            try (Connection connection = connect()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                try (Statement statement = connection.createStatement()) {
                    try (ResultSet rows =
                            statement.executeQuery("select part, next_offset from changeover.positions")) {
                        while (rows.next()) {
                            positions.put(rows.getInt(1), rows.getLong(2));
                        }
                    }
                    try (ResultSet rows = statement.executeQuery("select chat_id, title from chats")) {
                        while (rows.next()) {
                            EntityRecord chat = Chats.chat(rows.getString(1), rows.getString(2));
                            if (keys.contains(chat.key())) {
                                found.put(chat.key(), chat);
                            }
                        }
                    }
                }
                connection.commit();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return new Reading(positions, found, Map.of());
        }
    }
}
