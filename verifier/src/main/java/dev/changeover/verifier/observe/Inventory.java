package dev.changeover.verifier.observe;

import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What files there are below a folder, each with a stamp that changes when the file is written or replaced. */
final class Inventory {
    /** Of more, only these are watched. */
    private static final int MOST_FILES = 200_000;

    private static final String OWN_FOLDER = ".changeover";

    private final Map<String, Stamp> stamps;
    private final boolean complete;

    /** @param mark changes, as good as always, when the file is written or replaced */
    record Stamp(long size, long mark) {}

    private Inventory(Map<String, Stamp> stamps, boolean complete) {
        this.stamps = stamps;
        this.complete = complete;
    }

    /**
     * @param earlier the last one, if there is one: what is in it is wanted
     * @param wanted which relative paths, with {@code /}
     * @throws StoreUnavailableException if a folder cannot be looked into: nothing is known then
     */
    static Inventory of(Path root, @Nullable Inventory earlier, Predicate<String> wanted) {
        Map<String, Stamp> known = earlier == null ? Map.of() : earlier.stamps;
        Map<String, Stamp> stamps = new HashMap<>();
        boolean[] more = new boolean[1];
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return folder.endsWith(OWN_FOLDER) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String relative = relative(root, file);
                    if (attributes.isRegularFile() && (known.containsKey(relative) || wanted.test(relative))) {
                        if (stamps.size() >= MOST_FILES) {
                            more[0] = true;
                            return FileVisitResult.TERMINATE;
                        }
                        stamps.put(relative, new Stamp(attributes.size(), mark(file, attributes)));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    // Temporary files, ours too, go between being listed and being looked at; the root itself must not.
                    if (failure instanceof NoSuchFileException && !file.equals(root)) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }
            });
        } catch (IOException | UncheckedIOException e) {
            throw new StoreUnavailableException("legacy: Cannot look into %s: %s".formatted(root, e), e);
        }
        return new Inventory(stamps, !more[0]);
    }

    private static String relative(Path root, Path file) {
        Path relative = root.relativize(file);
        StringBuilder text = new StringBuilder();
        for (Path name : relative) {
            text.append(text.length() == 0 ? "" : "/").append(name);
        }
        return text.toString();
    }

    /** An editor may keep size and time, a restored copy the inode: together they tell. */
    private static long mark(Path file, BasicFileAttributes attributes) {
        long mark = nanos(attributes.lastModifiedTime());
        mark = mark * 1_000_003 + String.valueOf(attributes.fileKey()).hashCode();
        return mark * 1_000_003 + changed(file);
    }

    private static long changed(Path file) {
        try {
            Object ctime = Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
            return ctime instanceof FileTime time ? nanos(time) : 0;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return 0; // gone again, or no such time here: the other parts tell
        }
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }

    /** By relative path. */
    Map<String, Stamp> stamps() {
        return stamps;
    }

    boolean complete() {
        return complete;
    }
}
