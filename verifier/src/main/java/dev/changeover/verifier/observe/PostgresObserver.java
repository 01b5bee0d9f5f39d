package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.observe.Slot.TableName;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows PostgreSQL's write-ahead log and looks again at every row that somebody else has written.
 *
 * <p>Each transaction of our sink moves its position first, so a transaction that changes a row without having touched
 * {@code changeover.positions} is not ours. What the log says of the row is used for its key only: the row is read from the
 * store, at a position, as any other observation. So long values that the log leaves out, rows that share one place in the
 * log, and an event that comes twice do no harm. Our own writes are left to {@link ReadBackObserver}.
 */
public final class PostgresObserver implements Observer {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresObserver.class);
    private static final String POSITIONS = "changeover.positions";
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration VISIBLE_RETRY = Duration.ofMillis(50);

    private final Migration migration;
    private final StoreReader reader;
    private final Observations observations;
    private final RowKeys keys;
    private final Consumer<Entity> unclear;
    private final Consumer<Set<RecordKey>> byOthers;
    /** Marks that were seen in the write-ahead log, the last ones. */
    private final Set<String> marks = ConcurrentHashMap.newKeySet();

    private final Slot slot;
    private final Properties options;
    private final Map<String, Entity> entities = new ConcurrentHashMap<>();
    private final AtomicLong emitted = new AtomicLong();
    private final ObserverThread thread;
    private volatile @Nullable DebeziumEngine<?> engine;
    private volatile boolean streaming;
    private long ourTransaction = -1;

    private PostgresObserver(
            Migration migration,
            PostgresAddress address,
            Path directory,
            StoreReader reader,
            Observations observations,
            RowKeys keys,
            Consumer<Entity> unclear,
            Consumer<Set<RecordKey>> byOthers) {
        this.migration = migration;
        this.reader = reader;
        this.observations = observations;
        this.keys = keys;
        this.unclear = unclear;
        this.byOthers = byOthers;
        this.slot = new Slot(address.jdbcUrl(), address.login(), slotName(migration));
        this.options = options(address, directory);
        this.thread = new ObserverThread("observer-wal", this::step, () -> {});
    }

    /**
     * @param address of the target, as somebody who may replicate and owns the tables
     * @param directory where it notes how far it has read
     * @param unclear told of an entity if a row's record could not be found out, or its table was emptied: it must be scanned
     * @param byOthers told of records that others have written to
     */
    public static PostgresObserver start(
            Migration migration,
            PostgresAddress address,
            Path directory,
            StoreReader reader,
            Observations observations,
            RowKeys keys,
            Consumer<Entity> unclear,
            Consumer<Set<RecordKey>> byOthers) {
        PostgresObserver observer =
                new PostgresObserver(migration, address, directory, reader, observations, keys, unclear, byOthers);
        observer.thread.start();
        return observer;
    }

    /** The replication slot that is read, and the publication. */
    public static String slotName(Migration migration) {
        String name = "changeover_" + migration.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        return name.substring(0, Math.min(63, name.length()));
    }

    /**
     * Gives back what the server keeps for the observer: the slot, the publication, and the whole old rows in its log. Nobody may be reading
     * the slot any more.
     *
     * @throws StoreUnavailableException if it cannot be done, with the reason; to do it again does no harm
     */
    public static void release(Migration migration, PostgresAddress address) {
        Slot slot = new Slot(address.jdbcUrl(), address.login(), slotName(migration));
        List<TableName> tables = new ArrayList<>();
        for (Entity entity : migration.entities()) {
            if (entity.target().orElse(null) instanceof TableLayout layout) {
                tables.add(slot.table(layout.table()));
            }
        }
        slot.release(tables);
    }

    @Override
    public Side side() {
        return Side.TARGET;
    }

    @Override
    public String name() {
        return "write-ahead log";
    }

    @Override
    public Optional<String> fault() {
        return thread.fault();
    }

    @Override
    public long emitted() {
        return emitted.get();
    }

    /** Whether edits by others are being seen now. */
    public boolean streaming() {
        return streaming;
    }

    /**
     * Puts a mark into the write-ahead log and waits until it has been read: whatever others committed before this was called has
     * then been told.
     *
     * @return false if that did not happen within {@code limit}
     * @throws StoreUnavailableException if the database does not answer
     */
    public boolean awaitMark(Duration limit) throws InterruptedException {
        String mark = UUID.randomUUID().toString();
        slot.mark(mark);
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (marks) {
            while (!marks.remove(mark)) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                marks.wait(left);
            }
            return true;
        }
    }

    /** @throws StoreUnavailableException if the database does not answer */
    public SlotHealth slot() {
        return slot.health();
    }

    /** One life of the engine. */
    private void step() throws InterruptedException {
        List<TableName> tables = tables();
        slot.publish(tables);
        options.setProperty(
                "table.include.list",
                String.join(",", tables.stream().map(PostgresObserver::pattern).toList()));
        SlotHealth health = slot.health();
        if (health.active()) {
            throw new StoreUnavailableException(
                    "target: Replication slot %s is in use by another process".formatted(slot.name()));
        }
        CountDownLatch ended = new CountDownLatch(1);
        String[] failure = new String[1];
        DebeziumEngine<RecordChangeEvent<SourceRecord>> running = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(options)
                .using(callback())
                .using((success, message, error) -> {
                    failure[0] = success ? "" : message;
                    ended.countDown();
                })
                .notifying(this::handle)
                .build();
        engine = running;
        Thread runner = new Thread(running, "observer-wal-engine");
        runner.setDaemon(true);
        runner.start();
        ended.await();
        streaming = false;
        if (!thread.isClosing()) {
            throw new StoreUnavailableException("target: The write-ahead log cannot be followed: " + failure[0]);
        }
    }

    private List<TableName> tables() {
        List<TableName> tables = new ArrayList<>();
        for (Entity entity : migration.entities()) {
            if (entity.target().orElse(null) instanceof TableLayout layout) {
                TableName table = slot.table(layout.table());
                tables.add(table);
                entities.put(table.toString(), entity);
            }
        }
        tables.add(slot.table(POSITIONS));
        return tables;
    }

    private DebeziumEngine.ConnectorCallback callback() {
        return new DebeziumEngine.ConnectorCallback() {
            @Override
            public void pollingStarted() {
                streaming = true;
                LOG.atInfo().addKeyValue("slot", slot.name()).log("Following the write-ahead log of the target");
            }

            @Override
            public void pollingStopped() {
                streaming = false;
            }
        };
    }

    private void handle(
            List<RecordChangeEvent<SourceRecord>> batch,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        Set<RecordKey> touched = new LinkedHashSet<>();
        Set<Entity> unknown = new LinkedHashSet<>();
        Set<String> passed = new LinkedHashSet<>();
        Set<Long> transactions = new LinkedHashSet<>();
        for (RecordChangeEvent<SourceRecord> event : batch) {
            if (event.record().value() instanceof Struct change
                    && change.schema().field("source") != null) {
                note(change, touched, unknown, passed, transactions);
            }
        }
        awaitVisible(transactions);
        if (!touched.isEmpty()) {
            byOthers.accept(touched);
        }
        unknown.forEach(unclear);
        if (!passed.isEmpty()) {
            synchronized (marks) {
                marks.addAll(passed);
                marks.notifyAll();
            }
        }
        look(touched);
        for (RecordChangeEvent<SourceRecord> event : batch) {
            committer.markProcessed(event);
        }
        committer.markBatchFinished();
    }

    /** Nothing is told before it can be read, neither what was written nor a mark behind it. */
    private void awaitVisible(Set<Long> transactions) throws InterruptedException {
        while (!transactions.isEmpty()) {
            try {
                if (slot.visible(transactions)) {
                    return;
                }
            } catch (StoreUnavailableException e) {
                LOG.atDebug().setCause(e).log("Whether a transaction can be seen is not known yet");
            }
            if (thread.pause(VISIBLE_RETRY)) {
                throw new InterruptedException("closing");
            }
        }
    }

    private void note(
            Struct change, Set<RecordKey> touched, Set<Entity> unknown, Set<String> passed, Set<Long> transactions) {
        if (change.schema().field("message") != null) {
            Struct message = change.getStruct("message");
            if (Slot.MARK_PREFIX.equals(message.getString("prefix"))) {
                passed.add(text(message.get("content")));
            }
            return;
        }
        Struct source = change.getStruct("source");
        Long transaction = source.getInt64("txId");
        String table = source.getString("schema") + "." + source.getString("table");
        if (table.equals(POSITIONS)) {
            ourTransaction = transaction == null ? -1 : transaction;
            return;
        }
        Entity entity = entities.get(table);
        if (entity == null || (transaction != null && transaction == ourTransaction)) {
            return;
        }
        if (transaction != null) {
            transactions.add(transaction);
        }
        boolean found = false;
        for (String state : List.of("before", "after")) {
            Struct row = change.schema().field(state) == null ? null : change.getStruct(state);
            if (row != null) {
                Optional<RecordKey> key = keys.keyOf(entity, columns(row));
                key.ifPresent(touched::add);
                found |= key.isPresent();
            }
        }
        if (!found) {
            unknown.add(entity);
        }
    }

    /** With {@code binary.handling.mode=base64} it comes as text. */
    private static String text(Object content) {
        if (content instanceof String base64) {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        }
        ByteBuffer bytes =
                content instanceof ByteBuffer buffer ? buffer.duplicate() : ByteBuffer.wrap((byte[]) content);
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static Map<String, @Nullable Object> columns(Struct row) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        for (Field field : row.schema().fields()) {
            Object value = row.get(field);
            if (value == null || value instanceof Number || value instanceof Boolean) {
                columns.put(field.name(), value);
            } else {
                columns.put(field.name(), value.toString());
            }
        }
        return columns;
    }

    /** What is not read stays unconfirmed in the slot: it waits until the store answers. */
    private void look(Set<RecordKey> touched) throws InterruptedException {
        while (!touched.isEmpty()) {
            try {
                observations.look(Side.TARGET, reader, touched, Observations.Writer.OTHERS);
                observations.flush();
                emitted.addAndGet(touched.size());
                return;
            } catch (StoreUnavailableException e) {
                if (thread.pause(RETRY)) {
                    throw new InterruptedException("closing");
                }
            }
        }
    }

    private Properties options(PostgresAddress address, Path directory) {
        Properties all = new Properties();
        all.setProperty("name", "changeover-" + migration.name());
        all.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        all.setProperty("topic.prefix", "changeover");
        all.setProperty("database.hostname", address.host());
        all.setProperty("database.port", Integer.toString(address.port()));
        all.setProperty("database.dbname", address.database());
        all.setProperty("database.user", address.user());
        all.setProperty("database.password", address.password());
        all.setProperty("database.sslmode", address.sslMode());
        all.setProperty("plugin.name", "pgoutput");
        all.setProperty("slot.name", slot.name());
        all.setProperty("publication.name", slot.name());
        all.setProperty("publication.autocreate.mode", "disabled");
        all.setProperty("snapshot.mode", "no_data");
        all.setProperty("skipped.operations", "none");
        all.setProperty("tombstones.on.delete", "false");
        all.setProperty("decimal.handling.mode", "string");
        all.setProperty("time.precision.mode", "isostring");
        all.setProperty("binary.handling.mode", "base64");
        all.setProperty("include.unknown.datatypes", "true");
        all.setProperty("poll.interval.ms", "50");
        all.setProperty("max.batch.size", "4096");
        all.setProperty("max.queue.size", "16384");
        all.setProperty("max.queue.size.in.bytes", Integer.toString(32 * 1024 * 1024));
        // So that the slot moves on while only other tables are written.
        all.setProperty("heartbeat.interval.ms", "5000");
        all.setProperty("statistics.metrics.enabled", "false");
        all.setProperty("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
        all.setProperty("offset.flush.interval.ms", "1000");
        all.setProperty("record.processing.threads", "1");
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new StoreUnavailableException("Cannot create " + directory + ": " + e.getMessage(), e);
        }
        all.setProperty(
                "offset.storage.file.filename",
                directory.resolve("write-ahead-log.offsets").toString());
        return all;
    }

    /** The include list has regular expressions. */
    private static String pattern(TableName table) {
        return table.toString().replaceAll("([^A-Za-z0-9_])", "\\\\$1");
    }

    @Override
    public void close() {
        DebeziumEngine<?> running = engine;
        try {
            thread.markClosing();
            if (running != null) {
                running.close();
            }
        } catch (IOException | IllegalStateException e) {
            LOG.atDebug().setCause(e).log("The engine had ended before it was closed");
        }
        thread.close();
    }
}
