package dev.changeover.store.file.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The journal on disk, as it is read: a head of 24 bytes ({@code CHANGEJ1} and a UUID, new for each file), then entries, each of
 * length, CRC-32C of the rest, kind, content. The first entry that is cut or does not match its checksum is the end: whoever
 * wrote it has not done anything yet.
 */
final class JournalFile {
    static final String NAME = "journal";
    /** The store's state, in place of all that stands before it. */
    static final byte STATE = 1;
    /** A batch: from here on it is in, and its files follow. */
    static final byte BATCH = 2;
    /** All files of the batch have followed. */
    static final byte DONE = 3;

    static final int MAX_ENTRY_BYTES = 256 << 20;

    private static final byte[] MAGIC = "CHANGEJ1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD_BYTES = 24;
    private static final int ENTRY_HEAD_BYTES = 9;

    private final Path path;
    private @Nullable Object fileKey;
    private @Nullable UUID id;
    private long size = -1;
    private long readTo;

    JournalFile(Path path) {
        this.path = path;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(byte kind, byte[] content) {}

    /**
     * What is new in it.
     *
     * @param fromItsBeginning whether it is another file than last time, so that {@code entries} are all there are
     */
    record News(boolean fromItsBeginning, List<Entry> entries) {}

    static byte[] head(UUID id) {
        return ByteBuffer.allocate(HEAD_BYTES)
                .put(MAGIC)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static byte[] entry(byte kind, byte[] content) {
        return ByteBuffer.allocate(ENTRY_HEAD_BYTES + content.length)
                .putInt(content.length)
                .putInt(checksum(kind, content))
                .put(kind)
                .put(content)
                .array();
    }

    private static int checksum(byte kind, byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(kind);
        crc.update(content, 0, content.length);
        return (int) crc.getValue();
    }

    /** Reads on from where it was; nothing if there is no journal. */
    News read() throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            boolean gone = id != null;
            id = null;
            size = -1;
            return new News(gone, List.of());
        }
        if (id != null && attributes.size() == size && Objects.equals(fileKey, attributes.fileKey())) {
            return new News(false, List.of());
        }
        try (FileChannel channel = FileChannel.open(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            UUID found = readHead(channel);
            boolean other = !found.equals(id);
            if (other) {
                id = found;
                readTo = HEAD_BYTES;
            }
            List<Entry> entries = new ArrayList<>();
            for (Entry entry = next(channel); entry != null; entry = next(channel)) {
                entries.add(entry);
            }
            fileKey = attributes.fileKey();
            size = attributes.size();
            return new News(other, entries);
        }
    }

    private UUID readHead(FileChannel channel) throws IOException {
        ByteBuffer head = fill(channel, 0, HEAD_BYTES);
        byte[] magic = new byte[MAGIC.length];
        if (head.remaining() == HEAD_BYTES) {
            head.get(magic);
        }
        if (!java.util.Arrays.equals(magic, MAGIC)) {
            throw new IOException("%s is no journal of a file store".formatted(path));
        }
        return new UUID(head.getLong(), head.getLong());
    }

    private @Nullable Entry next(FileChannel channel) throws IOException {
        ByteBuffer head = fill(channel, readTo, ENTRY_HEAD_BYTES);
        if (head.remaining() < ENTRY_HEAD_BYTES) {
            return null;
        }
        int length = head.getInt();
        int checksum = head.getInt();
        byte kind = head.get();
        if (length < 0 || length > MAX_ENTRY_BYTES || length > channel.size() - readTo - ENTRY_HEAD_BYTES) {
            return null;
        }
        byte[] content = fill(channel, readTo + ENTRY_HEAD_BYTES, length).array();
        if (checksum(kind, content) != checksum) {
            return null;
        }
        readTo += ENTRY_HEAD_BYTES + (long) length;
        return new Entry(kind, content);
    }

    private static ByteBuffer fill(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.flip();
    }
}
