package dev.changeover.store.file;

import dev.changeover.store.file.disk.FileSystemCalls;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import dev.changeover.store.file.journal.JournaledBatch.Append;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Clears away what a writer that died has left half done, so that its batch can be done again. */
final class Recovery {
    private final LegacyFolder folder;
    private final FileSystemCalls calls;

    Recovery(LegacyFolder folder, FileSystemCalls calls) {
        this.folder = folder;
        this.calls = calls;
    }

    /** Temporary files have not taken their place: the journal knows what they were for. */
    void removeTemporaries(Path in) throws IOException {
        if (!Files.isDirectory(in)) {
            return;
        }
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(in, FileChanges.TEMPORARY + "*.tmp")) {
            for (Path leftover : leftovers) {
                calls.delete(leftover);
            }
        }
    }

    /**
     * Cuts off a line of ours that was not written to its end. Only what is at the very end of the file, begins where the journal
     * says, and is a beginning of what the journal says, is ours: complete lines stay, and so does all that others wrote.
     */
    void cutBack(Append append) throws IOException {
        byte[] lines = append.lines();
        try {
            Stamp stamp = folder.stamp(append.path());
            if (stamp == null || stamp.size() <= append.offset() || stamp.size() > append.offset() + lines.length) {
                return;
            }
            byte[] tail = tail(append.path(), append.offset(), (int) (stamp.size() - append.offset()));
            int ours = 0;
            while (ours < tail.length && tail[ours] == lines[ours]) {
                ours++;
            }
            if (ours == lines.length) {
                return;
            }
            // a power cut may leave a file longer, with zeros where nothing was written
            for (int i = ours; i < tail.length; i++) {
                if (tail[i] != 0) {
                    return;
                }
            }
            while (ours > 0 && lines[ours - 1] != '\n') {
                ours--;
            }
            try (FileSystemCalls.Output output = calls.open(folder.resolve(append.path()))) {
                output.truncate(append.offset() + ours);
                output.fsync();
            }
        } catch (DamagedFileException e) {
            throw new IOException("%s: %s".formatted(append.path(), e.getMessage()), e);
        }
    }

    private byte[] tail(String path, long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try (SeekableByteChannel channel = folder.open(path)) {
            channel.position(from);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full, or the file is at its end
            }
        }
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }
}
