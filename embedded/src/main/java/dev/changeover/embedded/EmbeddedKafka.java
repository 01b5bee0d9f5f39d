package dev.changeover.embedded;

import static java.util.Map.entry;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka cluster of one broker (KRaft, broker and controller in one) inside this process.
 *
 * <p>Its data lives in the given directory and is there again after the next start, also after a kill. It listens on
 * 127.0.0.1 only, on ports that are chosen once and kept. Topics are never created by themselves.
 *
 * <p>A record that was acknowledged survives the death of the process; it survives a power cut only in topics with
 * {@code flush.messages=1}, because Kafka leaves writing to disk to the operating system.
 *
 * <p>When the broker meets a fault that it cannot go on with (a full or broken disk), Kafka ends the whole process
 * without shutdown hooks. That is logged first.
 */
public final class EmbeddedKafka implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);

    private static final int NODE_ID = 1;
    private static final int START_ATTEMPTS = 5;
    private static final AtomicBoolean EXITS_ARE_LOGGED = new AtomicBoolean();

    private final DirectoryLock lock;
    private final KafkaRaftServer server;
    private final String bootstrapServers;
    private final Path dataDirectory;
    private final ExitHook exitHook = new ExitHook();
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedKafka(DirectoryLock lock, KafkaRaftServer server, String bootstrapServers, Path dataDirectory) {
        this.lock = lock;
        this.server = server;
        this.bootstrapServers = bootstrapServers;
        this.dataDirectory = dataDirectory;
    }

    /**
     * Starts the broker on this directory, which is created if it is absent, and returns when it takes requests.
     *
     * @throws DirectoryInUseException if another broker runs on the directory; that one is not disturbed
     * @throws EmbeddedStartException if it cannot be started for another reason
     */
    public static EmbeddedKafka start(Path dataDirectory) {
        LeaderlessPartitions.mend();
        logExits();
        try {
            Path directory = DirectoryLock.create(dataDirectory);
            // Kafka's own lock is taken only after the metadata log was opened: a second broker would be refused, but
            // the
            // running one would then find its metadata log damaged and die. So ours comes before anything else.
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                return start(directory, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new EmbeddedStartException("Cannot start Kafka on " + dataDirectory + ": " + e.getMessage(), e);
        }
    }

    private static EmbeddedKafka start(Path directory, DirectoryLock lock) throws IOException {
        Path logDirectory = directory.resolve("log");
        format(logDirectory);
        LoopbackPorts ports = new LoopbackPorts(directory.resolve("ports"));
        List<Integer> chosen = ports.choose(2);
        for (int attempt = 1; ; attempt++) {
            try {
                KafkaRaftServer server = startedServer(properties(logDirectory, chosen.get(0), chosen.get(1)));
                ports.remember(chosen);
                String bootstrapServers = LoopbackPorts.HOST + ":" + chosen.get(0);
                LOG.atInfo()
                        .addKeyValue("bootstrap", bootstrapServers)
                        .addKeyValue("directory", directory)
                        .log("Embedded Kafka is running");
                return new EmbeddedKafka(lock, server, bootstrapServers, directory);
            } catch (BrokerStartException e) {
                if (attempt == START_ATTEMPTS || !isBindError(e)) {
                    throw new EmbeddedStartException(
                            "Cannot start Kafka on " + directory + ": " + e.getCause(), e.getCause());
                }
                chosen = LoopbackPorts.fresh(2);
            }
        }
    }

    /** Where clients connect, as {@code host:port}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** The directory that holds everything of this broker. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Has this broker closed when the process ends normally, for callers without a shutdown order of their own. */
    public EmbeddedKafka closeAtExit() {
        exitHook.set("embedded-kafka-close", this::close);
        return this;
    }

    /** Stops the broker and waits until its files are closed. Open clients are disconnected. Can be called again. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        exitHook.remove();
        try {
            server.shutdown();
            server.awaitShutdown();
        } finally {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.atWarn()
                        .setCause(e)
                        .addKeyValue("directory", dataDirectory)
                        .log("Cannot release the data directory");
            }
        }
    }

    private static void format(Path logDirectory) throws IOException {
        // Written last, and at once: without it, a format was never finished.
        if (Files.exists(logDirectory.resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(logDirectory);
        try (PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setNodeId(NODE_ID)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setDirectories(List.of(logDirectory.toString()))
                    .setMetadataLogDirectory(logDirectory.toString())
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setControllerListenerName("CONTROLLER")
                    .setIgnoreFormatted(true)
                    .setPrintStream(quiet)
                    .run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static Map<String, String> properties(Path logDirectory, int brokerPort, int controllerPort) {
        String broker = "BROKER://" + LoopbackPorts.HOST + ":" + brokerPort;
        String controller = "CONTROLLER://" + LoopbackPorts.HOST + ":" + controllerPort;
        return Map.ofEntries(
                entry("process.roles", "broker,controller"),
                entry("node.id", String.valueOf(NODE_ID)),
                entry("log.dirs", logDirectory.toString()),
                entry("listeners", broker + "," + controller),
                entry("advertised.listeners", broker),
                entry("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                entry("inter.broker.listener.name", "BROKER"),
                entry("controller.listener.names", "CONTROLLER"),
                entry("controller.quorum.voters", NODE_ID + "@" + LoopbackPorts.HOST + ":" + controllerPort),
                // One broker, so one copy of Kafka's own topics, and few partitions of them.
                entry("offsets.topic.replication.factor", "1"),
                entry("offsets.topic.num.partitions", "4"),
                entry("transaction.state.log.replication.factor", "1"),
                entry("transaction.state.log.min.isr", "1"),
                entry("transaction.state.log.num.partitions", "4"),
                entry("share.coordinator.state.topic.replication.factor", "1"),
                entry("share.coordinator.state.topic.min.isr", "1"),
                entry("share.coordinator.state.topic.num.partitions", "1"),
                entry("default.replication.factor", "1"),
                entry("min.insync.replicas", "1"),
                entry("auto.create.topics.enable", "false"),
                entry("group.initial.rebalance.delay.ms", "0"),
                // After a kill the next start waits until the old session has run out; but a process that gets no
                // processor time for longer than this loses all its partitions for a while.
                entry("broker.session.timeout.ms", "6000"),
                entry("broker.heartbeat.interval.ms", "1000"),
                // Lean: this broker shares its process with everything else.
                entry("num.io.threads", "2"),
                // The first write of a transaction waits until the markers of the last one are there: look often.
                entry("add.partitions.to.txn.retry.backoff.ms", "2"),
                entry("num.network.threads", "2"),
                entry("num.replica.fetchers", "1"),
                entry("background.threads", "2"),
                entry("log.cleaner.threads", "1"),
                entry("log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20)),
                entry("log.index.size.max.bytes", String.valueOf(1 << 20)));
    }

    private static KafkaRaftServer startedServer(Map<String, String> properties) {
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
        try {
            server.startup();
            return server;
        } catch (RuntimeException e) {
            try {
                server.shutdown();
                server.awaitShutdown();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw new BrokerStartException(e);
        }
    }

    private static boolean isBindError(BrokerStartException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static void logExits() {
        if (EXITS_ARE_LOGGED.compareAndSet(false, true)) {
            Exit.setHaltProcedure((status, message) -> {
                logFatal(status, message);
                Runtime.getRuntime().halt(status);
            });
            Exit.setExitProcedure((status, message) -> {
                logFatal(status, message);
                System.exit(status);
            });
        }
    }

    private static void logFatal(int status, @Nullable String message) {
        LOG.atError()
                .addKeyValue("status", status)
                .addKeyValue("message", message)
                .log("Embedded Kafka met a fault that it cannot go on with, and ends this process");
    }

    private static final class BrokerStartException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokerStartException(Throwable cause) {
            super(cause);
        }
    }
}
