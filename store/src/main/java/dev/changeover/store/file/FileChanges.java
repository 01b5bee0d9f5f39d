package dev.changeover.store.file;

import dev.changeover.store.file.disk.FileSystemCalls;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Carries out file changes: each file is either as it was or as it shall be, and when all are, they are durable. */
final class FileChanges {
    static final String TEMPORARY = ".changeover-";

    private static final int MAX_CONFLICTS = 20;
    private static final String NOT_GIVEN =
            "%s does not belong to the application, for only root could give it away: run as the application's user";
    private static final int COPY_BYTES = 256 << 10;

    private final LegacyFolder folder;
    private final FileSystemCalls calls;
    private final @Nullable ExecutorService workers;
    private final AtomicLong temporaries = new AtomicLong();
    private final Warnings warnings;

    /** @param workers to write several files at once; null to write one after the other */
    FileChanges(LegacyFolder folder, FileSystemCalls calls, @Nullable ExecutorService workers, Warnings warnings) {
        this.folder = folder;
        this.calls = calls;
        this.workers = workers;
        this.warnings = warnings;
    }

    /** @throws IOException if some of them may not have been made */
    void make(List<FileChange> changes) throws IOException {
        Set<Path> folders = new TreeSet<>();
        for (FileChange change : changes) {
            makeFolder(Objects.requireNonNull(folder.resolve(change.path()).getParent()));
            if (!(change instanceof FileChange.Lines) || change.before() == null) {
                folders.add(Objects.requireNonNull(folder.resolve(change.path()).getParent()));
            }
        }
        each(changes, this::make);
        each(List.copyOf(folders), calls::fsyncFolder);
    }

    @FunctionalInterface
    private interface Step<T> {
        void take(T item) throws IOException;
    }

    /** All of them, at once where there are workers; returns or throws when none is being worked at any more. */
    private <T> void each(List<T> items, Step<T> step) throws IOException {
        if (workers == null || items.size() < 2) {
            for (T item : items) {
                step.take(item);
            }
            return;
        }
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (T item : items) {
            tasks.add(() -> {
                step.take(item);
                return true;
            });
        }
        try {
            for (Future<Boolean> done : workers.invokeAll(tasks)) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException)
                    new InterruptedIOException("interrupted while files were written").initCause(e);
        }
    }

    private void makeFolder(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || !path.startsWith(folder.root())) {
            return;
        }
        Path parent = Objects.requireNonNull(path.getParent());
        makeFolder(parent);
        calls.createFolder(path);
        giveToTheApplication(path);
        calls.fsyncFolder(parent);
    }

    private void make(FileChange change) throws IOException {
        if (change instanceof FileChange.Document document) {
            make(document);
        } else if (change instanceof FileChange.Lines lines) {
            append(lines);
        } else {
            rewrite((FileChange.Rewrite) change);
        }
    }

    /** If the application has changed the document meanwhile, the edit is made once more, to what is there now. */
    private void make(FileChange.Document planned) throws IOException {
        FileChange.Document change = planned;
        try {
            for (int tries = 0; tries < MAX_CONFLICTS; tries++) {
                Path temporary = change.content() == null ? null : write(change.path(), change.content());
                if (Objects.equals(folder.stamp(change.path()), change.before())) {
                    if (temporary == null) {
                        calls.delete(folder.resolve(change.path()));
                    } else {
                        calls.rename(temporary, folder.resolve(change.path()));
                    }
                    return;
                }
                if (temporary != null) {
                    calls.delete(temporary);
                }
                EntityDocuments.Planned again =
                        change.edit().parts().get(0).documents().plan(change.path(), change.edit());
                if (again.change() == null) {
                    return;
                }
                change = again.change();
            }
        } catch (DamagedFileException e) {
            throw new IOException("%s: %s".formatted(change.path(), e.getMessage()), e);
        }
        throw new IOException("%s: somebody else keeps changing it".formatted(change.path()));
    }

    /** The content in a file of its own beside the one whose place it will take, with that one's owner and mode. */
    private Path write(String path, byte[] content) throws IOException {
        Path file = folder.resolve(path);
        return writeTemporary(file, output -> output.write(content));
    }

    private Path writeTemporary(Path file, Step<FileSystemCalls.Output> content) throws IOException {
        Path temporary = file.resolveSibling(TEMPORARY + temporaries.incrementAndGet() + ".tmp");
        calls.delete(temporary);
        try {
            try (FileSystemCalls.Output output = calls.create(temporary)) {
                content.take(output);
                keepOwnerAndMode(file, temporary);
                output.fsync();
            }
            return temporary;
        } catch (IOException e) {
            deleteQuietly(temporary, e);
            throw e;
        }
    }

    private void deleteQuietly(Path temporary, IOException cause) {
        try {
            calls.delete(temporary);
        } catch (IOException e) {
            cause.addSuppressed(e); // removed when the store is opened
        }
    }

    private void keepOwnerAndMode(Path file, Path temporary) throws IOException {
        Map<String, Object> before;
        try {
            before = Files.readAttributes(file, "unix:mode,uid,gid,permissions", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            giveToTheApplication(temporary);
            return; // a new one is its owner's alone
        }
        if (!give(before, temporary)) {
            warnings.add(NOT_GIVEN.formatted(file));
        }
        @SuppressWarnings("unchecked")
        Set<PosixFilePermission> permissions =
                (Set<PosixFilePermission>) Objects.requireNonNull(before.get("permissions"));
        Files.setPosixFilePermissions(temporary, permissions);
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            warnings.add("%s can be written by everybody: chmod o-w".formatted(file));
        }
    }

    private void giveToTheApplication(Path made) throws IOException {
        if (!giveTo(Objects.requireNonNull(made.getParent()), made)) {
            warnings.add(NOT_GIVEN.formatted(made));
        }
    }

    /** What root makes belongs to whom its folder belongs to: the application has to read it. Returns whether it does. */
    static boolean giveTo(Path folder, Path made) throws IOException {
        return give(Files.readAttributes(folder, "unix:uid,gid"), made);
    }

    private static boolean give(Map<String, Object> owner, Path made) throws IOException {
        Map<String, Object> now = Files.readAttributes(made, "unix:uid,gid", LinkOption.NOFOLLOW_LINKS);
        if (Objects.equals(now.get("uid"), owner.get("uid")) && Objects.equals(now.get("gid"), owner.get("gid"))) {
            return true;
        }
        try {
            Files.setAttribute(made, "unix:uid", owner.get("uid"), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(made, "unix:gid", owner.get("gid"), LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void append(FileChange.Lines change) throws IOException {
        Path file = folder.resolve(change.path());
        try (FileSystemCalls.Output output = change.before() == null ? createOrOpen(file) : calls.open(file)) {
            output.write(change.append().lines());
            output.fsync();
        }
    }

    private FileSystemCalls.Output createOrOpen(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return calls.open(file);
        }
        FileSystemCalls.Output created = calls.create(file);
        giveToTheApplication(file);
        return created;
    }

    /** A copy with other lines takes the file's place; what the application appends meanwhile is copied too. */
    private void rewrite(FileChange.Rewrite change) throws IOException {
        Path file = folder.resolve(change.path());
        long[] copied = {0};
        Path temporary = writeTemporary(file, output -> {
            byte[] last = {'\n'};
            for (Map.Entry<Long, FileChange.LineChange> line : change.lines().entrySet()) {
                copy(change.path(), copied[0], line.getKey(), output);
                byte[] content = line.getValue().content();
                copied[0] = line.getKey() + line.getValue().length();
                if (content != null) {
                    output.write(content);
                } else if (folder.byteAt(change.path(), copied[0]) == '\n') {
                    copied[0]++;
                }
            }
            long size = sizeOf(change);
            copy(change.path(), copied[0], size, output);
            copied[0] = size;
            if (!change.appended().isEmpty() && size > 0 && folder.byteAt(change.path(), size - 1) != '\n') {
                output.write(last);
            }
            for (byte[] line : change.appended()) {
                output.write(line);
                output.write(last);
            }
        });
        if (sizeOf(change) != copied[0]) {
            calls.delete(temporary);
            throw new IOException("%s: somebody else has changed it".formatted(change.path()));
        }
        calls.rename(temporary, file);
    }

    private long sizeOf(FileChange.Rewrite change) throws IOException {
        try {
            Stamp stamp = folder.stamp(change.path());
            if (stamp == null
                    || change.before() == null
                    || !Objects.equals(stamp.identity(), change.before().identity())) {
                throw new IOException("%s: somebody else has replaced it".formatted(change.path()));
            }
            return stamp.size();
        } catch (DamagedFileException e) {
            throw new IOException("%s: %s".formatted(change.path(), e.getMessage()), e);
        }
    }

    private void copy(String path, long from, long to, FileSystemCalls.Output output) throws IOException {
        try (SeekableByteChannel channel = folder.open(path)) {
            channel.position(from);
            long left = to - from;
            while (left > 0) {
                ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(left, COPY_BYTES));
                int read = channel.read(buffer);
                if (read < 0) {
                    throw new IOException("%s: somebody else has cut it".formatted(path));
                }
                output.write(java.util.Arrays.copyOf(buffer.array(), read));
                left -= read;
            }
        }
    }
}
