package dev.changeover.store.file.lines;

import com.dynatrace.hash4j.hashing.Hasher64;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;

/** Goes through the lines of a file; a line ends with {@code \n} or with the file. Memory: the longest line, and that has a limit. */
public final class LineReader implements Closeable {
    /** Bytes of the longest line that is read whole. */
    public static final int MAX_LINE_BYTES = 16 << 20;

    /** How much is read at once, where lines follow each other. */
    public static final int BUFFER_BYTES = 64 << 10;
    /** The same where single lines are sought. */
    public static final int SOUGHT_BYTES = 4 << 10;

    private static final byte[] LINE_END = {'\n'};

    private final SeekableByteChannel channel;
    private byte[] buffer;
    /** File offset of {@code buffer[0]}. */
    private long base;

    private int filled;
    private int start;
    private int end;
    private boolean complete;
    private boolean tooLong;
    private long next;
    private long longStart;

    /** @param from where a line begins */
    public LineReader(SeekableByteChannel channel, long from) throws IOException {
        this(channel, from, BUFFER_BYTES);
    }

    /** @param bufferBytes how much to read at once; few where lines are sought here and there */
    public LineReader(SeekableByteChannel channel, long from, int bufferBytes) throws IOException {
        this.channel = channel;
        this.buffer = new byte[bufferBytes];
        this.base = from;
        this.next = from;
        channel.position(from);
    }

    /** Whether a line begins at each of these; only before anything was read. */
    boolean begins(long[] offsets) throws IOException {
        for (long offset : offsets) {
            if (offset > 0 && !Arrays.equals(bytes(offset - 1, 1), LINE_END)) {
                return false;
            }
        }
        return true;
    }

    /** These bytes, fewer at the end of the file; only before anything was read. */
    byte[] bytes(long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        channel.position(from);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // until it is full, or the file is at its end
        }
        channel.position(base);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Whether there is one more line, were it empty; if so, the reader stands on it. */
    public boolean next() throws IOException {
        start = (int) (next - base);
        tooLong = false;
        int at = start;
        while (true) {
            for (; at < filled; at++) {
                if (buffer[at] == '\n') {
                    return line(at, at + 1, true);
                }
            }
            int kept = filled - start;
            if (kept >= MAX_LINE_BYTES) {
                return skipRest();
            }
            makeRoom();
            at = start + kept;
            if (!fill()) {
                return kept > 0 && line(filled, filled, false);
            }
        }
    }

    private boolean line(int lineEnd, int nextStart, boolean ended) {
        end = lineEnd;
        next = base + nextStart;
        complete = ended;
        return true;
    }

    private void makeRoom() {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, filled - start);
            base += start;
            filled -= start;
            start = 0;
        }
        if (filled == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(buffer.length * 2, MAX_LINE_BYTES + BUFFER_BYTES));
        }
    }

    private boolean fill() throws IOException {
        int read = channel.read(ByteBuffer.wrap(buffer, filled, buffer.length - filled));
        if (read <= 0) {
            return false;
        }
        filled += read;
        return true;
    }

    /** Keeps the line's first MiB, and finds its end. */
    private boolean skipRest() throws IOException {
        tooLong = true;
        byte[] first = Arrays.copyOfRange(buffer, start, start + (1 << 20));
        long lineStart = base + start;
        long length = (long) filled - start;
        byte[] more = new byte[BUFFER_BYTES];
        complete = false;
        while (!complete) {
            int read = channel.read(ByteBuffer.wrap(more));
            if (read <= 0) {
                break;
            }
            for (int i = 0; i < read && !complete; i++) {
                length++;
                complete = more[i] == '\n';
            }
        }
        next = lineStart + length;
        buffer = Arrays.copyOf(first, BUFFER_BYTES + first.length);
        start = 0;
        end = first.length;
        longStart = lineStart;
        // what was read behind the line is read once more, after it
        channel.position(next);
        base = next;
        filled = 0;
        return true;
    }

    /** The next line is the one that begins at {@code offset}, which is not before that of the last one. */
    public void seek(long offset) throws IOException {
        if (offset < base || offset > base + filled) {
            channel.position(offset);
            base = offset;
            filled = 0;
        }
        next = offset;
    }

    /** Offset of the line's first byte. */
    public long offset() {
        return tooLong ? longStart : base + start;
    }

    /** Offset of the next line. */
    public long nextOffset() {
        return next;
    }

    /** The line without its end; of one that is too long the first MiB. */
    public byte[] bytes() {
        return Arrays.copyOfRange(buffer, start, end);
    }

    /** What {@code hasher} makes of {@link #bytes()}. */
    long hash(Hasher64 hasher) {
        return hasher.hashBytesToLong(buffer, start, end - start);
    }

    public boolean isBlank() {
        for (int i = start; i < end; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Whether it ends with {@code \n}; the last one of a file may be just being written. */
    public boolean isComplete() {
        return complete;
    }

    public boolean isTooLong() {
        return tooLong;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
