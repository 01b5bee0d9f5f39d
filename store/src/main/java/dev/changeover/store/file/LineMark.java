package dev.changeover.store.file;

import dev.changeover.model.entity.Bytes;
import dev.changeover.store.file.disk.LegacyFolder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far a file of lines was read.
 *
 * @param identity the file system's own, such as device and inode; null before the first reading
 * @param offset one past the last line that has an end
 * @param lines how many lines that is
 * @param tail the last bytes before the offset: if they are others, somebody has written the file anew
 */
public record LineMark(@Nullable Object identity, long offset, int lines, Bytes tail) {
    /** Nothing was read. */
    public static final LineMark START = new LineMark(null, 0, 0, Bytes.copyOf(new byte[0]));

    static final int TAIL_BYTES = 64;

    boolean continuesIn(LegacyFolder.Stamp now) {
        return offset == 0 || (Objects.equals(identity, now.identity()) && now.size() >= offset);
    }
}
