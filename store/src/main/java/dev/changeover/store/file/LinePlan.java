package dev.changeover.store.file;

import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import dev.changeover.store.file.journal.JournaledBatch.Append;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a batch does to files of lines: all entities together, for a line may be records of several. */
final class LinePlan {
    private static final byte[] BLANK = new byte[0];

    private final LegacyFolder folder;
    private final Map<String, FileLines> files = new TreeMap<>();

    LinePlan(LegacyFolder folder) {
        this.folder = folder;
    }

    /** What is done to one file. */
    static final class FileLines {
        /** The file that the lines were found in; null if there was none. */
        private final @Nullable Stamp stamp;

        FileLines(@Nullable Stamp stamp) {
            this.stamp = stamp;
        }

        /** By the offsets of the lines. */
        private final NavigableMap<Long, FileChange.LineChange> changed = new TreeMap<>();

        private final List<byte[]> appended = new ArrayList<>();
        /** Lines behind the last one, by their numbers; what lies between them is blank. */
        private final NavigableMap<Integer, byte[]> behind = new TreeMap<>();

        /** @param content null if the line goes, its end with it */
        void change(long offset, int length, byte @Nullable [] content) {
            changed.put(offset, new FileChange.LineChange(length, content));
        }

        /** The line as the batch leaves it so far. */
        byte @Nullable [] changed(long offset, byte[] original) {
            FileChange.LineChange change = changed.get(offset);
            return change == null ? original : change.content();
        }

        void append(byte[] line) {
            appended.add(line);
        }

        void putBehind(int number, byte[] line) {
            behind.put(number, line);
        }

        byte @Nullable [] behind(int number) {
            return behind.get(number);
        }

        /** @param lines how many there are before the batch */
        private List<byte[]> added(int lines) {
            List<byte[]> added = new ArrayList<>(appended);
            for (int number = lines + 1; !behind.isEmpty() && number <= behind.lastKey(); number++) {
                added.add(behind.getOrDefault(number, BLANK));
            }
            return added;
        }

        private int lines;
    }

    /**
     * @param lines how many it has, where that counts
     * @param stamp of the file that they were found in; null if there was none
     */
    FileLines file(String path, int lines, @Nullable Stamp stamp) {
        FileLines file = files.computeIfAbsent(path, absent -> new FileLines(stamp));
        if (!Objects.equals(identity(file.stamp), identity(stamp))) {
            throw replaced(path);
        }
        file.lines = Math.max(file.lines, lines);
        return file;
    }

    private static @Nullable Object identity(@Nullable Stamp stamp) {
        return stamp == null ? null : stamp.identity();
    }

    private static StoreUnavailableException replaced(String path) {
        return new StoreUnavailableException("Cannot write %s: somebody else has just written it".formatted(path));
    }

    List<FileChange> changes() {
        List<FileChange> changes = new ArrayList<>();
        files.forEach((path, file) -> {
            if (!file.changed.isEmpty() || !file.appended.isEmpty() || !file.behind.isEmpty()) {
                changes.add(change(path, file));
            }
        });
        return changes;
    }

    private FileChange change(String path, FileLines file) {
        try {
            Stamp stamp = folder.stamp(path);
            if (!Objects.equals(identity(stamp), identity(file.stamp))
                    || (!file.behind.isEmpty() && !Objects.equals(stamp, file.stamp))) {
                throw replaced(path); // the places of lines are another file's, or their numbers are not right any more
            }
            List<byte[]> added = file.added(file.lines);
            if (!file.changed.isEmpty()) {
                return new FileChange.Rewrite(path, stamp, file.changed, added);
            }
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            long size = stamp == null ? 0 : stamp.size();
            if (size > 0 && folder.byteAt(path, size - 1) != '\n') {
                lines.write('\n');
            }
            for (byte[] line : added) {
                lines.write(line, 0, line.length);
                lines.write('\n');
            }
            return new FileChange.Lines(stamp, new Append(path, size, lines.toByteArray()));
        } catch (DamagedFileException e) {
            throw new StoreUnavailableException("Cannot write %s: %s".formatted(path, e.getMessage()), e);
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }
}
