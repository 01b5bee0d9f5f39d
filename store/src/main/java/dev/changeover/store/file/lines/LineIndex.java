package dev.changeover.store.file.lines;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import dev.changeover.store.file.json.RecordMembers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the lines of keys begin, in some 50 bytes for a line: only a hash of each key is kept, and the line itself says whose
 * it is; of a line that has no key a hash of its content. Follows files that grow; a file that was replaced, cut or rewritten is
 * read again from its beginning, but lines whose content was there before are not taken apart again. An edit in place
 * that changes neither the file's size, nor the time of its change, nor its last 64 bytes goes unseen until the file is.
 * A line that is not where it was is never taken for one that has gone: {@link MovedException}.
 *
 * <p>Safe for use by several threads.
 */
public final class LineIndex {
    private static final int TAIL_BYTES = 64;
    /** Of whole lines. Seeded, so that nobody can write two lines that are taken for one. */
    private static final Hasher64 CONTENT = Hashing.xxh3_64(new SecureRandom().nextLong());

    private final LegacyFolder folder;
    private final Map<String, FileIndex> files = new HashMap<>();

    public LineIndex(LegacyFolder folder) {
        this.folder = folder;
    }

    /**
     * A file that is there.
     *
     * @param texts the fields that its path names
     */
    public record Present(Map<String, String> texts, LineParser parser) {}

    /**
     * A line.
     *
     * @param offset of its first byte
     * @param number from 1
     * @param bytes without its end
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Line(String relative, long offset, int number, byte[] bytes) {}

    /**
     * Some lines of a file, in its order.
     *
     * @param texts the fields that the file's path names
     * @param offsets of their first bytes
     * @param numbers of the lines, from 1
     * @param end one past the last line that has an end
     * @param tail the last bytes before that end
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Slice(
            String relative, Map<String, String> texts, long[] offsets, int[] numbers, long end, byte[] tail) {
        /**
         * Whether these lines stand where they stood in the file that {@code opened}, which has read nothing yet, reads. What the file
         * system says of a file does not tell: a file that is written anew in its place has the identity of the former one, and
         * so has, often, the second of two that took its place, because the first one's inode is free by then.
         */
        public boolean isIn(LineReader opened) throws IOException {
            return opened.begins(offsets) && Arrays.equals(tail, opened.bytes(end - tail.length, tail.length));
        }
    }

    /** The file has been replaced or rewritten since it was read: read it again, then ask once more. */
    public static final class MovedException extends Exception {
        private static final long serialVersionUID = 1L;

        MovedException(String relative) {
            super(relative + " has changed since it was read");
        }
    }

    /**
     * Reads what is new in all files.
     *
     * @param present the files that are there, by their paths
     * @throws IOException if one cannot be read
     * @throws DamagedFileException if one is no file
     */
    public synchronized void refresh(Map<String, Present> present) throws IOException, DamagedFileException {
        files.keySet().retainAll(present.keySet());
        for (Map.Entry<String, Present> file : present.entrySet()) {
            refresh(file.getKey(), file.getValue());
        }
    }

    /**
     * Reads what is new in one file.
     *
     * @return whether it is there
     * @throws IOException if it cannot be read
     * @throws DamagedFileException if it is no file: nothing is known of it any more
     */
    public synchronized boolean refresh(String relative, Present present) throws IOException, DamagedFileException {
        FileIndex index = files.remove(relative);
        Stamp stamp = folder.stamp(relative);
        if (stamp == null) {
            return false;
        }
        if (index != null && index.continuesIn(stamp)) {
            index.readUpTo(stamp, KnownLines.NONE);
        } else {
            KnownLines earlier = index == null ? KnownLines.NONE : index.knownLines();
            index = new FileIndex(relative, present, index == null ? 0 : index.size);
            index.readUpTo(stamp, earlier);
        }
        files.put(relative, index);
        return true;
    }

    /** The file as it was when it was read; null if it was not there. */
    public synchronized @Nullable Stamp stamp(String relative) {
        FileIndex file = files.get(relative);
        return file == null ? null : file.stamp;
    }

    /** The lines in all files that have this key, as they are now; several if somebody wrote it twice. */
    public synchronized List<Line> find(RecordKey key) throws IOException, MovedException {
        List<Line> found = new ArrayList<>(1);
        for (FileIndex file : files.values()) {
            file.find(key, hash(key), found);
        }
        return found;
    }

    /** The lines of one file that have this key, as they are now. */
    public synchronized List<Line> find(RecordKey key, String relative) throws IOException, MovedException {
        List<Line> found = new ArrayList<>(1);
        FileIndex file = files.get(relative);
        if (file != null) {
            file.find(key, hash(key), found);
        }
        return found;
    }

    /** @param content 0 if it is not known */
    private record Place(long offset, int number, long content) {}

    /** How many lines a file has, blank and damaged ones and one without an end included; 0 if there is no such file. */
    public synchronized int lines(String relative) {
        FileIndex file = files.get(relative);
        return file == null ? 0 : file.completeLines + (file.hasOpenLine ? 1 : 0);
    }

    /** The line with this number, whatever is in it; it must be there. */
    public synchronized Line line(String relative, int number) throws IOException, MovedException {
        try (LineReader reader = new LineReader(folder.open(relative), 0)) {
            for (int i = 1; reader.next(); i++) {
                if (i == number) {
                    return new Line(relative, reader.offset(), number, reader.bytes());
                }
            }
        }
        throw new MovedException(relative);
    }

    /** Whether a key of this hash may stand in more than one line of all files. */
    public synchronized boolean maybeTwice(RecordKey key) {
        long hash = hash(key);
        int candidates = 0;
        for (FileIndex file : files.values()) {
            candidates += file.countCandidates(hash);
        }
        return candidates > 1;
    }

    /** Whether a key of this hash may stand in more than one line of one file. */
    public synchronized boolean maybeTwice(RecordKey key, String relative) {
        FileIndex file = files.get(relative);
        return file != null && file.countCandidates(hash(key)) > 1;
    }

    /**
     * One part of {@code parts} of the lines of every file, those without a key included. A line's part is told by its key, so it
     * is the same wherever the line stands by then, and whatever else is written into it.
     */
    public synchronized List<Slice> slices(int part, int parts) {
        List<Slice> slices = new ArrayList<>();
        for (FileIndex file : new TreeMap<>(files).values()) {
            slices.add(file.slice(part, parts));
        }
        return slices;
    }

    /** How many lines there are that are not blank, and not just being written. */
    public synchronized long count() {
        return files.values().stream()
                .mapToLong(file -> file.openOffset >= 0 && file.openIsTorn ? file.lines - 1 : file.lines)
                .sum();
    }

    /** The files that it was built from, and how far. */
    public synchronized Set<String> files() {
        return new HashSet<>(files.keySet());
    }

    private static long hash(RecordKey key) {
        return Hashing.xxh3_64().hashBytesToLong(key.bytes());
    }

    private static long hash(byte[] line) {
        return Hashing.xxh3_64().hashBytesToLong(line);
    }

    /** Lines that were taken apart already, by their content: hashes of content, and whose keys' hashes and numbers belong to them. */
    private static final class KnownLines {
        static final KnownLines NONE = new KnownLines(0);

        private final long[] contents;
        private final long[] hashes;
        /** 0 for a free slot. */
        private final int[] numbers;

        KnownLines(int lines) {
            int slots = Integer.highestOneBit(Math.max(1, lines)) << 2;
            contents = new long[slots];
            hashes = new long[slots];
            numbers = new int[slots];
        }

        void put(long content, long hash, int number) {
            int slot = slot(content);
            while (numbers[slot] != 0) {
                slot = (slot + 1) & (numbers.length - 1);
            }
            contents[slot] = content;
            hashes[slot] = hash;
            numbers[slot] = number;
        }

        /**
         * The slot of a line; -1 if it is not known.
         *
         * @param number of the line if its key depends on it, or 0
         */
        int find(long content, int number) {
            for (int slot = slot(content); numbers[slot] != 0; slot = (slot + 1) & (numbers.length - 1)) {
                if (contents[slot] == content && (number == 0 || numbers[slot] == number)) {
                    return slot;
                }
            }
            return -1;
        }

        private int slot(long content) {
            return (int) (content ^ content >>> 32) & (numbers.length - 1);
        }
    }

    private final class FileIndex {
        private final String relative;
        private final Map<String, String> texts;
        private final LineParser parser;
        private final boolean numbered;
        private final RecordMembers.Known known;
        private long[] hashes;
        private long[] contents;
        /** Offset plus 1; 0 for a free slot. */
        private long[] offsets;

        private int[] numbers;
        private int size;
        private long lines;
        /** Lines that have an end, blank ones included. */
        private int completeLines;

        /** One past the last line that has an end. */
        private long readTo;

        private byte[] tail = new byte[0];
        private @Nullable Stamp stamp;
        /** The last line, as long as it has no end. */
        private long openHash;

        private long openOffset = -1;
        private boolean openIsTorn;
        /** Whether the file does not end with a line's end. */
        private boolean hasOpenLine;

        /** @param lines about how many it will have */
        FileIndex(String relative, Present present, int lines) throws DamagedFileException {
            this.relative = relative;
            this.texts = present.texts();
            this.parser = present.parser();
            this.numbered = parser.kind().isNumbered();
            int slots = Math.max(64, Integer.highestOneBit(Math.max(1, lines)) << 2);
            this.hashes = new long[slots];
            this.contents = new long[slots];
            this.offsets = new long[slots];
            this.numbers = new int[slots];
            try {
                this.known = parser.known(texts, 1);
            } catch (InvalidValueException e) {
                throw new DamagedFileException("in its name: " + e.getMessage());
            }
        }

        private RecordMembers.Known known(int number) {
            if (!numbered) {
                return known;
            }
            try {
                return parser.known(texts, number);
            } catch (InvalidValueException e) {
                return known; // the number makes it too long: no record, and found by nobody
            }
        }

        /** Whether the file is the one that was read, perhaps with more at its end. */
        boolean continuesIn(Stamp now) throws IOException {
            Stamp before = stamp;
            if (before == null || !Objects.equals(before.identity(), now.identity()) || now.size() < readTo) {
                return false;
            }
            if (before.equals(now)) {
                return true;
            }
            return now.size() > before.size() && Arrays.equals(tail, bytes(readTo - tail.length, tail.length));
        }

        /** @param earlier lines of the file that this one has taken the place of */
        void readUpTo(Stamp now, KnownLines earlier) throws IOException {
            if (now.equals(stamp)) {
                return;
            }
            if (openOffset >= 0) {
                openOffset = -1;
                lines--;
            }
            hasOpenLine = false;
            try (LineReader reader = new LineReader(folder.open(relative), readTo)) {
                while (reader.next()) {
                    hasOpenLine = !reader.isComplete();
                    if (!reader.isBlank()) {
                        add(reader, earlier);
                    }
                    if (reader.isComplete()) {
                        readTo = reader.nextOffset();
                        completeLines++;
                    }
                }
            }
            int length = (int) Math.min(TAIL_BYTES, readTo);
            tail = bytes(readTo - length, length);
            stamp = now;
        }

        private void add(LineReader reader, KnownLines earlier) {
            int number = completeLines + 1;
            long hashed = reader.hash(CONTENT);
            long content = reader.isTooLong() ? ~hashed : hashed; // only its beginning was read
            int before = reader.isComplete() && !reader.isTooLong() ? earlier.find(content, numbered ? number : 0) : -1;
            if (before >= 0) {
                lines++;
                put(earlier.hashes[before], content, reader.offset(), number);
                return;
            }
            byte[] line = reader.bytes();
            if (!reader.isTooLong() && !parser.holdsOne(line)) {
                return;
            }
            lines++;
            RecordKey key =
                    reader.isTooLong() ? null : parser.key(line, known(number)).orElse(null);
            long hash = key == null ? hash(line) : hash(key);
            if (reader.isComplete()) {
                put(hash, content, reader.offset(), number);
            } else {
                openHash = hash;
                openOffset = reader.offset();
                openIsTorn = key == null || (numbered && !parser.isWhole(line));
            }
        }

        KnownLines knownLines() {
            KnownLines all = new KnownLines(size);
            for (int slot = 0; slot < offsets.length; slot++) {
                if (offsets[slot] != 0) {
                    all.put(contents[slot], hashes[slot], numbers[slot]);
                }
            }
            return all;
        }

        private void put(long hash, long content, long offset, int number) {
            if (size * 3 > hashes.length * 2) {
                grow();
            }
            int slot = slot(hash);
            while (offsets[slot] != 0) {
                slot = (slot + 1) & (hashes.length - 1);
            }
            hashes[slot] = hash;
            contents[slot] = content;
            offsets[slot] = offset + 1;
            numbers[slot] = number;
            size++;
        }

        private void grow() {
            long[] oldHashes = hashes;
            long[] oldContents = contents;
            long[] oldOffsets = offsets;
            int[] oldNumbers = numbers;
            hashes = new long[oldHashes.length * 2];
            contents = new long[oldHashes.length * 2];
            offsets = new long[oldHashes.length * 2];
            numbers = new int[oldHashes.length * 2];
            size = 0;
            for (int i = 0; i < oldHashes.length; i++) {
                if (oldOffsets[i] != 0) {
                    put(oldHashes[i], oldContents[i], oldOffsets[i] - 1, oldNumbers[i]);
                }
            }
        }

        private int slot(long hash) {
            return (int) (hash ^ hash >>> 32) & (hashes.length - 1);
        }

        void find(RecordKey key, long hash, List<Line> found) throws IOException, MovedException {
            for (int slot = slot(hash); offsets[slot] != 0; slot = (slot + 1) & (hashes.length - 1)) {
                if (hashes[slot] == hash) {
                    add(key, new Place(offsets[slot] - 1, numbers[slot], contents[slot]), found);
                }
            }
            if (openOffset >= 0 && openHash == hash && !add(key, new Place(openOffset, completeLines + 1, 0), found)) {
                stamp = null;
                throw new MovedException(relative); // its content is not known: it may have grown since
            }
        }

        private boolean add(RecordKey key, Place place, List<Line> found) throws IOException, MovedException {
            Line line = line(place);
            return parser.key(line.bytes(), known(place.number()))
                            .filter(key::equals)
                            .isPresent()
                    && found.add(line);
        }

        int countCandidates(long hash) {
            int candidates = openOffset >= 0 && openHash == hash ? 1 : 0;
            for (int slot = slot(hash); offsets[slot] != 0; slot = (slot + 1) & (hashes.length - 1)) {
                if (hashes[slot] == hash) {
                    candidates++;
                }
            }
            return candidates;
        }

        Slice slice(int part, int parts) {
            NavigableMap<Long, Integer> chosen = new TreeMap<>();
            for (int slot = 0; slot < hashes.length; slot++) {
                if (offsets[slot] != 0 && Long.remainderUnsigned(hashes[slot], parts) == part) {
                    chosen.put(offsets[slot] - 1, numbers[slot]);
                }
            }
            if (openOffset >= 0 && Long.remainderUnsigned(openHash, parts) == part) {
                chosen.put(openOffset, completeLines + 1);
            }
            return new Slice(
                    relative,
                    texts,
                    chosen.keySet().stream().mapToLong(Long::longValue).toArray(),
                    chosen.values().stream().mapToInt(Integer::intValue).toArray(),
                    readTo,
                    tail);
        }

        private Line line(Place place) throws IOException, MovedException {
            try {
                return lineAt(place);
            } catch (MovedException | NoSuchFileException e) {
                stamp = null; // to be read again, whatever it looks like
                throw e instanceof MovedException moved ? moved : new MovedException(relative);
            }
        }

        private Line lineAt(Place place) throws IOException, MovedException {
            try (LineReader reader = new LineReader(folder.open(relative), place.offset(), LineReader.SOUGHT_BYTES)) {
                if (!reader.next()) {
                    throw new MovedException(relative);
                }
                long hashed = reader.hash(CONTENT);
                if (place.content() != 0 && place.content() != (reader.isTooLong() ? ~hashed : hashed)) {
                    throw new MovedException(relative);
                }
                return new Line(relative, place.offset(), place.number(), reader.bytes());
            }
        }

        private byte[] bytes(long from, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            try (SeekableByteChannel channel = folder.open(relative)) {
                channel.position(from);
                while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                    // until it is full, or the file is at its end
                }
            }
            return Arrays.copyOf(buffer.array(), buffer.position());
        }
    }
}
