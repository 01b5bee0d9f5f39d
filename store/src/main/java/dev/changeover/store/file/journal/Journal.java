package dev.changeover.store.file.journal;

import dev.changeover.model.entity.Migration;
import dev.changeover.store.file.disk.FileSystemCalls;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The journal as its one writer has it: entries go to its end; when it has grown, a new file that begins with the state takes
 * its place. After an error it is not written to any more: {@link #start} makes a new file.
 *
 * <p>A batch is in the store from the moment on when its entry is durable. Its files follow; what a crash keeps from following
 * is done by whoever opens the store next ({@link #load}). So there is one {@code fsync} for all of a batch besides those of the
 * files themselves, and no moment at which the position and the files could part.
 */
public final class Journal implements Closeable {
    private static final long MAX_BYTES = 8 << 20;

    private final Path folder;
    private final FileSystemCalls calls;
    private final JournalCodec codec;
    private FileSystemCalls.@Nullable Output file;
    private long size;

    /** @param folder the store's own one */
    public Journal(Path folder, FileSystemCalls calls, Migration migration) {
        this.folder = folder;
        this.calls = calls;
        this.codec = new JournalCodec(migration);
    }

    /**
     * A journal's content.
     *
     * @param state with all batches in it
     * @param open the last batch if its files may not all have followed
     */
    public record Loaded(JournalState state, @Nullable JournaledBatch open) {}

    /** What the journal in {@code folder} says; the empty state if there is none. */
    public Loaded load() throws IOException {
        JournalState state = JournalState.EMPTY;
        JournaledBatch open = null;
        for (JournalFile.Entry entry :
                new JournalFile(folder.resolve(JournalFile.NAME)).read().entries()) {
            switch (entry.kind()) {
                case JournalFile.STATE -> state = codec.readState(entry.content());
                case JournalFile.BATCH -> {
                    open = codec.readBatch(entry.content());
                    state = state.after(open);
                }
                case JournalFile.DONE -> open = null;
                default ->
                    throw new IOException(
                            "the journal has an entry of kind %d: a newer version wrote it".formatted(entry.kind()));
            }
        }
        return new Loaded(state, open);
    }

    /** Begins a new file with {@code state}; no batch may be open. */
    public void start(JournalState state) throws IOException {
        close();
        Path fresh = folder.resolve(JournalFile.NAME + ".new");
        calls.delete(fresh);
        FileSystemCalls.Output output = calls.create(fresh);
        try {
            byte[] head = JournalFile.head(UUID.randomUUID());
            byte[] entry = JournalFile.entry(JournalFile.STATE, codec.write(state));
            output.write(head);
            output.write(entry);
            output.fsync();
            calls.rename(fresh, folder.resolve(JournalFile.NAME));
            calls.fsyncFolder(folder);
            size = (long) head.length + entry.length;
        } catch (IOException e) {
            output.close();
            throw e;
        }
        file = output;
    }

    /** Whether it is time for a new file. */
    public boolean isLong() {
        return size > MAX_BYTES;
    }

    /** Makes the batch durable: from here on it is in. */
    public void write(JournaledBatch batch) throws IOException {
        byte[] content = codec.write(batch);
        if (content.length > JournalFile.MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException(
                    "Invalid batch of %d bytes: %d at most".formatted(content.length, JournalFile.MAX_ENTRY_BYTES));
        }
        append(JournalFile.BATCH, content).fsync();
    }

    /** Notes that all files of the batch have followed; if that is lost, they follow once more. */
    public void done(long sequence) throws IOException {
        append(JournalFile.DONE, JournalCodec.writeSequence(sequence));
    }

    /** Makes the state durable. */
    public void write(JournalState state) throws IOException {
        append(JournalFile.STATE, codec.write(state)).fsync();
    }

    private FileSystemCalls.Output append(byte kind, byte[] content) throws IOException {
        FileSystemCalls.Output output = file;
        if (output == null) {
            throw new IllegalStateException("the journal is not open");
        }
        byte[] entry = JournalFile.entry(kind, content);
        output.write(entry);
        size += entry.length;
        return output;
    }

    /** The state once {@code batch} is in. */
    public static JournalState after(JournalState state, JournaledBatch batch) {
        return state.after(batch);
    }

    @Override
    public void close() throws IOException {
        FileSystemCalls.Output output = file;
        file = null;
        if (output != null) {
            output.close();
        }
    }
}
