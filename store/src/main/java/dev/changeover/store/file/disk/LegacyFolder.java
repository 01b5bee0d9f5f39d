package dev.changeover.store.file.disk;

import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder that a store's files are in, to be read. Nothing is ever followed out of it: a symbolic link, a pipe or a folder in
 * a file's place is a damaged file, with its name said.
 */
public final class LegacyFolder {
    /** Bytes of the largest document that is read. */
    public static final int MAX_DOCUMENT_BYTES = 16 << 20;
    /** The folder of a store's own things, below its root. */
    public static final String OWN = ".changeover";

    private final Path root;

    /** @throws StoreUnavailableException if file names beyond ASCII could not be read or written */
    public LegacyFolder(Path root) {
        this.root = root.toAbsolutePath().normalize();
        String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
        if (!encoding.equalsIgnoreCase("UTF-8")) {
            throw new StoreUnavailableException(
                    "Cannot read file names in %s: start with LC_ALL=C.UTF-8 in the environment, so that they are UTF-8"
                            .formatted(encoding));
        }
    }

    public Path root() {
        return root;
    }

    public Path resolve(String relative) {
        return root.resolve(relative);
    }

    /**
     * What a file was when it was looked at. Two equal ones: it has very likely not been changed in between.
     *
     * @param identity the file system's own, such as device and inode
     */
    public record Stamp(
            long size, long modifiedNanos, @Nullable Object identity) {
        static Stamp of(BasicFileAttributes attributes) {
            return new Stamp(
                    attributes.size(),
                    attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS),
                    attributes.fileKey());
        }
    }

    /** A file's bytes, and what it was when they were read. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Content(byte[] bytes, Stamp stamp) {}

    /** A file that cannot be what it should be; the message says why, without its name. */
    public static final class DamagedFileException extends Exception {
        private static final long serialVersionUID = 1L;

        public DamagedFileException(String message) {
            super(message);
        }
    }

    /** The file's stamp; null if there is no such file. */
    public @Nullable Stamp stamp(String relative) throws DamagedFileException {
        BasicFileAttributes attributes = attributes(relative);
        return attributes == null ? null : Stamp.of(attributes);
    }

    private @Nullable BasicFileAttributes attributes(String relative) throws DamagedFileException {
        checkFolders(relative);
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(resolve(relative), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new DamagedFileException("it is %s, not a file: move it away".formatted(kind(attributes)));
            }
            return attributes;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw unreadable(relative, e);
        }
    }

    private static String kind(BasicFileAttributes attributes) {
        if (attributes.isDirectory()) {
            return "a folder";
        }
        return attributes.isSymbolicLink() ? "a symbolic link" : "a pipe, a socket or a device";
    }

    private void checkFolders(String relative) throws DamagedFileException {
        for (int slash = relative.indexOf('/'); slash >= 0; slash = relative.indexOf('/', slash + 1)) {
            String folder = relative.substring(0, slash);
            if (Files.isSymbolicLink(resolve(folder))) {
                throw new DamagedFileException(
                        "its folder %s is a symbolic link: put the folder itself there".formatted(folder));
            }
        }
    }

    /** The whole file; null if there is none. */
    public @Nullable Content read(String relative) throws DamagedFileException {
        BasicFileAttributes attributes = attributes(relative);
        if (attributes == null) {
            return null;
        }
        if (attributes.size() > MAX_DOCUMENT_BYTES) {
            throw new DamagedFileException("it has %d bytes, and %d is the most that is read"
                    .formatted(attributes.size(), MAX_DOCUMENT_BYTES));
        }
        try (SeekableByteChannel channel = open(relative)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) attributes.size());
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full, or the file has become shorter
            }
            byte[] bytes =
                    buffer.hasRemaining() ? java.util.Arrays.copyOf(buffer.array(), buffer.position()) : buffer.array();
            return new Content(bytes, Stamp.of(attributes));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw unreadable(relative, e);
        }
    }

    /** To read parts of it. */
    public SeekableByteChannel open(String relative) throws IOException {
        return Files.newByteChannel(resolve(relative), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    /** One byte of a file that is long enough. */
    public int byteAt(String relative, long offset) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        try (SeekableByteChannel channel = open(relative)) {
            return channel.position(offset).read(one) == 1 ? one.get(0) : -1;
        }
    }

    public StoreUnavailableException unreadable(String relative, IOException cause) {
        return new StoreUnavailableException("Cannot read %s: %s".formatted(resolve(relative), reason(cause)), cause);
    }

    /** What went wrong, in the operating system's words where there are some. */
    public static String reason(IOException cause) {
        String kind = cause.getClass().getSimpleName().replace("Exception", "");
        return cause.getMessage() == null ? kind : "%s (%s)".formatted(cause.getMessage(), kind);
    }

    /** What stands in a name for what is not UTF-8. */
    public static final char UNREADABLE = '\uFFFD';

    /**
     * A name in a folder.
     *
     * @param relative path from the root
     * @param readable whether it is UTF-8: another name cannot be used to open the file
     */
    public record Name(String relative, boolean readable) {}

    /**
     * The names in a folder, in no order.
     *
     * @throws StoreUnavailableException also if there is no such folder
     */
    public List<Name> names(String folder) {
        Path path = folder.isEmpty() ? root : resolve(folder);
        List<Name> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                // getFileName() makes another path of it, which for many names is most of the work
                String whole = entry.toString();
                String name = whole.substring(whole.lastIndexOf('/') + 1);
                boolean readable =
                        name.indexOf(UNREADABLE) < 0 || path.resolve(name).equals(entry);
                names.add(new Name(folder.isEmpty() ? name : folder + "/" + name, readable));
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw unreadable(folder, Objects.requireNonNull(e.getCause()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new StoreUnavailableException(
                    "Cannot find the folder %s: is everything mounted where it was?".formatted(path), e);
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        return names;
    }

    public boolean isFolder(String relative) {
        return Files.isDirectory(resolve(relative), LinkOption.NOFOLLOW_LINKS);
    }
}
