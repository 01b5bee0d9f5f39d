package dev.changeover.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of its own, as a child process, with its data in the given directory.
 *
 * <p>Durable (fsync, synchronous commit and full page writes are on), ready for logical replication, reachable on
 * 127.0.0.1 only and with a password that was made for it. The port is chosen once and kept. Runs for an ordinary user
 * and for root.
 *
 * <p>When this process is killed, the server goes on without it; the next start on the directory stops it first.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    /**
     * PostgreSQL's own number. The password is 192 random bits and needs no stretching, which each connection pays for, but drivers
     * may insist on so many (those for Java did for years). Tests, which connect all the time, set fewer.
     */
    private static final int SCRAM_ITERATIONS = Integer.getInteger("changeover.embedded.scram-iterations", 4096);

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    private static final String USER = "changeover";
    private static final String DATABASE = "changeover";
    private static final int START_ATTEMPTS = 5;
    private static final long START_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long POLL_MILLIS = 10;
    private static final long FAST_STOP_SECONDS = 15;
    private static final long IMMEDIATE_STOP_SECONDS = 10;
    private static final long LOG_FILE_LIMIT_BYTES = 4 << 20;
    private static final int LOG_TAIL_BYTES = 2_000;

    private final Path dataDirectory;
    private final DirectoryLock lock;
    private final Process server;
    private final int port;
    private final String password;
    private final ExitHook exitHook = new ExitHook();
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedPostgres(Path dataDirectory, DirectoryLock lock, Process server, int port, String password) {
        this.dataDirectory = dataDirectory;
        this.lock = lock;
        this.server = server;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts the server on this directory, which is created and filled if it is absent, and returns when it takes
     * connections. A server that an earlier, killed process left running there is stopped first.
     *
     * @throws DirectoryInUseException if another process runs a server on the directory; that one is not disturbed
     * @throws EmbeddedStartException if it cannot be started for another reason
     */
    public static EmbeddedPostgres start(Path dataDirectory) {
        try {
            Path directory = DirectoryLock.create(dataDirectory);
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                return new Launcher(directory).start(lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new EmbeddedStartException("Cannot start PostgreSQL on " + dataDirectory + ": " + e, e);
        }
    }

    /** For {@link java.sql.DriverManager}, without user and password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + LoopbackPorts.HOST + ":" + port + "/" + DATABASE;
    }

    /** With user and password, as {@code psql} and most drivers outside Java take it. Never log it. */
    public String url() {
        return "postgresql://" + USER + ":" + password + "@" + LoopbackPorts.HOST + ":" + port + "/" + DATABASE;
    }

    /** A superuser, who may also replicate. */
    public String user() {
        return USER;
    }

    public String password() {
        return password;
    }

    /** The database that {@link #jdbcUrl()} names; empty when the directory is new. */
    public String database() {
        return DATABASE;
    }

    public int port() {
        return port;
    }

    /** The server's process id. */
    public long pid() {
        return server.pid();
    }

    /** The directory that holds everything of this server. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Has this server closed when the process ends normally, for callers without a shutdown order of their own. */
    public EmbeddedPostgres closeAtExit() {
        exitHook.set("embedded-postgres-close", this::close);
        return this;
    }

    /**
     * Stops the server and waits for its end: open transactions are rolled back, clients disconnected. A server that does not
     * follow, because a replication client does not confirm, is stopped hard, which its data survives. Can be called again.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        exitHook.remove();
        try {
            // Not Process.destroy(): SIGTERM makes PostgreSQL wait for its clients.
            Commands.signal("INT", server.pid());
            if (!Commands.waitFor(server, FAST_STOP_SECONDS)) {
                LOG.atWarn().addKeyValue("pid", server.pid()).log("PostgreSQL waits for a client, it is stopped hard");
                Commands.signal("QUIT", server.pid());
                Commands.waitFor(server, IMMEDIATE_STOP_SECONDS);
            }
        } catch (IOException e) {
            LOG.atWarn().setCause(e).addKeyValue("pid", server.pid()).log("Cannot signal PostgreSQL, it is killed");
        } finally {
            server.destroyForcibly();
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

    /** Brings a server up on one directory, whose lock is held. */
    private static final class Launcher {

        private final Path directory;
        private final Path data;
        private final Path logFile;
        private final Path passwordFile;

        Launcher(Path directory) {
            this.directory = directory;
            this.data = directory.resolve("data");
            this.logFile = directory.resolve("postgres.log");
            this.passwordFile = directory.resolve("password");
        }

        EmbeddedPostgres start(DirectoryLock lock) throws IOException {
            new Leftovers(data).stop();
            Unprivileged user = Unprivileged.forData(data);
            if (user.isAnotherUser()) {
                user.own(directory);
            }
            PostgresBinaries binaries = PostgresBinaries.provide(directory, user);
            String password = password();
            initialise(binaries, user);
            return started(binaries, user, lock, password);
        }

        private String password() throws IOException {
            if (Files.exists(passwordFile)) {
                return Files.readString(passwordFile).strip();
            }
            if (Files.exists(data)) {
                throw new EmbeddedStartException("Cannot start PostgreSQL: " + passwordFile
                        + " with its password is missing," + " though there is data in " + data + ".");
            }
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            OwnerOnly.write(passwordFile, password + "\n");
            return password;
        }

        /** Makes the data and, last, gives it its name: a kill on the way leaves nothing that looks finished. */
        private void initialise(PostgresBinaries binaries, Unprivileged user) throws IOException {
            if (Files.exists(data)) {
                return;
            }
            Path unfinished = directory.resolve("data.unfinished");
            PostgresBinaries.delete(unfinished);
            Files.createDirectory(unfinished);
            OwnerOnly.directory(unfinished);
            user.own(unfinished);
            user.own(passwordFile);
            // Nothing is forced to disk on the way, but all of it at the end, which is a lot faster.
            run(user.command(
                    binaries.initdb(),
                    "--no-sync",
                    "--pgdata=" + unfinished,
                    "--username=" + USER,
                    "--pwfile=" + passwordFile,
                    "--auth=scram-sha-256",
                    "--set=scram_iterations=" + SCRAM_ITERATIONS,
                    "--encoding=UTF8",
                    "--no-locale"));
            createDatabase(binaries, user, unfinished);
            run(user.command(binaries.initdb(), "--sync-only", "--pgdata=" + unfinished));
            Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
        }

        /** By the single-user server, which needs neither a connection nor a driver. */
        private void createDatabase(PostgresBinaries binaries, Unprivileged user, Path unfinished) throws IOException {
            Path statement = directory.resolve("create-database.sql");
            OwnerOnly.write(statement, "CREATE DATABASE " + DATABASE + "\n");
            user.own(statement);
            List<String> command =
                    user.command(binaries.postgres(), "--single", "-F", "-j", "-D", unfinished.toString(), "postgres");
            Commands.Result result = Commands.run(command, directory, statement.toFile());
            if (!result.succeeded() || result.output().contains("ERROR:")) {
                throw new EmbeddedStartException("Cannot create PostgreSQL's database: " + result.output());
            }
            Files.delete(statement);
        }

        private void run(List<String> command) throws IOException {
            Commands.Result result = Commands.run(command, directory);
            if (!result.succeeded()) {
                throw new EmbeddedStartException("Cannot prepare PostgreSQL in " + directory + ": " + result.output());
            }
        }

        private EmbeddedPostgres started(
                PostgresBinaries binaries, Unprivileged user, DirectoryLock lock, String password) throws IOException {
            LoopbackPorts ports = new LoopbackPorts(directory.resolve("port"));
            List<Integer> chosen = ports.choose(1);
            rotateLog();
            for (int attempt = 1; ; attempt++) {
                int port = chosen.get(0);
                long logStart = Files.exists(logFile) ? Files.size(logFile) : 0;
                Process server = launch(binaries, user, port);
                if (becomesReady(server)) {
                    ports.remember(chosen);
                    LOG.atInfo()
                            .addKeyValue("port", port)
                            .addKeyValue("directory", directory)
                            .log("Embedded PostgreSQL is running");
                    return new EmbeddedPostgres(directory, lock, server, port, password);
                }
                String said = logSince(logStart);
                if (attempt == START_ATTEMPTS || !said.contains("could not create any TCP/IP sockets")) {
                    throw new EmbeddedStartException("Cannot start PostgreSQL on " + directory + ": " + said);
                }
                chosen = LoopbackPorts.fresh(1);
            }
        }

        private Process launch(PostgresBinaries binaries, Unprivileged user, int port) throws IOException {
            List<String> command = new ArrayList<>();
            // A process group of its own: Ctrl-C at the terminal is for us, who then stop the server in order.
            if (Commands.succeeds("setsid", "true")) {
                command.add("setsid");
            }
            command.addAll(user.command(binaries.postgres(), "-D", data.toString()));
            for (String setting : settings(port)) {
                command.add("-c");
                command.add(setting);
            }
            return Commands.processBuilder(command, directory)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start();
        }

        private static List<String> settings(int port) {
            return List.of(
                    "port=" + port,
                    "listen_addresses=" + LoopbackPorts.HOST,
                    "unix_socket_directories=",
                    "fsync=on",
                    "synchronous_commit=on",
                    "full_page_writes=on",
                    "wal_level=logical",
                    "max_wal_senders=10",
                    "max_replication_slots=10",
                    "max_connections=60",
                    "shared_buffers=128MB",
                    "max_wal_size=2GB",
                    "timezone=UTC",
                    "log_timezone=UTC",
                    "log_checkpoints=off",
                    "logging_collector=off",
                    "log_destination=stderr");
        }

        /** False if the server ended instead. */
        private boolean becomesReady(Process server) throws IOException {
            long start = System.nanoTime();
            try {
                while (!server.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    Optional<PostmasterPid> file = PostmasterPid.read(data);
                    if (file.isPresent() && file.get().isReady() && file.get().pid() == server.pid()) {
                        return true;
                    }
                    if (System.nanoTime() - start > START_LIMIT_NANOS) {
                        server.destroyForcibly();
                        throw new EmbeddedStartException("Cannot start PostgreSQL on " + directory
                                + ": it was not ready after five minutes. See " + logFile + ".");
                    }
                }
                return false;
            } catch (InterruptedException e) {
                server.destroyForcibly();
                throw Commands.interrupted(e);
            }
        }

        private void rotateLog() throws IOException {
            if (Files.exists(logFile) && Files.size(logFile) > LOG_FILE_LIMIT_BYTES) {
                Files.move(logFile, logFile.resolveSibling("postgres.log.old"), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        private String logSince(long start) throws IOException {
            try (RandomAccessFile file = new RandomAccessFile(logFile.toFile(), "r")) {
                file.seek(Math.max(start, file.length() - LOG_TAIL_BYTES));
                byte[] tail = new byte[(int) (file.length() - file.getFilePointer())];
                file.readFully(tail);
                return new String(tail, StandardCharsets.UTF_8).strip();
            }
        }
    }
}
