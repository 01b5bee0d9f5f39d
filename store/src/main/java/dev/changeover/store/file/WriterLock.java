package dev.changeover.store.file;

import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.disk.LegacyFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second writer out. It is the operating system's lock, so it goes with its process, however that ends. The file is
 * opened once in a process and nowhere else in it: closing any other descriptor of it would drop the lock.
 */
final class WriterLock implements AutoCloseable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private WriterLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** @throws StoreUnavailableException if another writer has it */
    static WriterLock take(Path folder) {
        Path file = folder.resolve("lock");
        if (!HELD_HERE.add(file)) {
            throw taken(file, "this process");
        }
        try {
            return lock(file);
        } catch (IOException e) {
            HELD_HERE.remove(file);
            throw new StoreUnavailableException("Cannot lock %s: %s".formatted(file, LegacyFolder.reason(e)), e);
        } catch (OverlappingFileLockException e) {
            HELD_HERE.remove(file);
            throw taken(file, "this process, under another path,");
        } catch (RuntimeException e) {
            HELD_HERE.remove(file);
            throw e;
        }
    }

    private static WriterLock lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw taken(file, "another process");
        }
        return new WriterLock(file, channel);
    }

    private static StoreUnavailableException taken(Path file, String who) {
        return new StoreUnavailableException(
                "Cannot write to the store at %s: %s writes to it already (it holds %s). Stop that one first."
                        .formatted(file.resolveSibling("..").normalize(), who, file));
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD_HERE.remove(file);
    }
}
