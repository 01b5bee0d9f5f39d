package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where one process keeps what must survive it: embedded Kafka and PostgreSQL, state of the processor, its access token, and
 * {@code endpoint.json}, by which other commands find it. One process at a time: it is locked while it is open.
 */
public final class DataDirectory implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Creates it if need be (0700) and locks it.
     *
     * @throws IllegalStateException if another process has it
     */
    public static DataDirectory open(Path path) {
        try {
            createPrivately(path);
            FileChannel channel =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new IllegalStateException(
                        "Cannot use the data directory %s: another changeover process has it. Stop that one, or name another with --data-dir."
                                .formatted(path));
            }
            return new DataDirectory(path, channel, lock);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot use the data directory " + path + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static void createPrivately(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path);
            if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            }
        }
    }

    public Path path() {
        return path;
    }

    public Path resolve(String name) {
        return path.resolve(name);
    }

    /** The token that writes and operations need; made once, kept 0600. */
    public String token() {
        return secret("token", 24);
    }

    /** Random bytes in hexadecimal digits, made once and kept 0600. */
    private String secret(String name, int bytes) {
        Path file = path.resolve(name);
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return Files.readString(file).strip();
            }
            byte[] random = new byte[bytes];
            new SecureRandom().nextBytes(random);
            String made = HexFormat.of().formatHex(random);
            writePrivately(file, made + "\n");
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep %s in %s".formatted(name, path), e);
        }
    }

    /** The name of this process among others of the same role: the same after a restart, different in every data directory. */
    public String instance() {
        return secret("instance", 6);
    }

    /** Tells other commands where this process serves. */
    public void writeEndpoint(ObjectNode endpoint) {
        try {
            writePrivately(
                    path.resolve("endpoint.json"),
                    MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(endpoint) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write endpoint.json in " + path, e);
        }
    }

    /** What a running or dead process left in {@code endpoint.json}; empty if there is none. */
    public static Optional<JsonNode> endpoint(Path dataDirectory) {
        Path file = dataDirectory.resolve("endpoint.json");
        try {
            return Files.exists(file) ? Optional.of(MAPPER.readTree(file.toFile())) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }

    private void writePrivately(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(path.resolve("endpoint.json"));
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
