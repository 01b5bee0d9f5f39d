package dev.changeover.store.file.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Everything that a file store does to the disk. Nothing is durable before the {@code fsync} of what it changed: of the file for
 * its content, of the folder for names. An error of {@code fsync} is final for that file: what the kernel has already forgotten
 * cannot be written by asking again.
 */
public interface FileSystemCalls {
    /** Makes a file that is not there yet, for its owner alone (0600). */
    Output create(Path file) throws IOException;

    /** Opens a file that is there, to write behind its end; never through a symbolic link. */
    Output open(Path file) throws IOException;

    /** Puts {@code from} in the place of {@code to}, which may be there or not: at no moment is there neither. */
    void rename(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    /** Makes a folder in one that is there, for its owner alone (0700). */
    void createFolder(Path folder) throws IOException;

    void fsyncFolder(Path folder) throws IOException;

    /** The calls of this operating system. */
    static FileSystemCalls disk() {
        return DiskCalls.INSTANCE;
    }

    /** A file that is written from front to back. */
    interface Output extends Closeable {
        /** Writes all of {@code bytes} behind what is there. */
        void write(byte[] bytes) throws IOException;

        void truncate(long size) throws IOException;

        void fsync() throws IOException;
    }
}
