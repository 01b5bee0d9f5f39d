package dev.changeover.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The exclusive right to a data directory, held by this process until it is closed or the process ends, however it ends.
 *
 * <p>The directories of this process are also kept in memory and looked up first: closing any channel on a file releases
 * the process's POSIX locks on it, so that the second, refused attempt in one process would take away the first one's lock.
 */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = "lock";
    private static final Set<Path> HELD_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the directory, which must exist.
     *
     * @throws DirectoryInUseException if it is taken already
     */
    static DirectoryLock take(Path existing) throws IOException {
        Path directory = existing.toRealPath();
        if (!HELD_BY_THIS_PROCESS.add(directory)) {
            throw new DirectoryInUseException(directory);
        }
        try {
            return new DirectoryLock(directory, lockedChannel(directory));
        } catch (IOException | RuntimeException e) {
            HELD_BY_THIS_PROCESS.remove(directory);
            throw e;
        }
    }

    private static FileChannel lockedChannel(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new DirectoryInUseException(directory);
        }
        return channel;
    }

    /** Creates the directory, readable by its owner only, unless it is there. */
    static Path create(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return directory.toRealPath();
        }
        Files.createDirectories(directory);
        OwnerOnly.directory(directory);
        return directory.toRealPath();
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            HELD_BY_THIS_PROCESS.remove(directory);
        }
    }
}
