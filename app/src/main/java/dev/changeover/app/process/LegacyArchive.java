package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The legacy files in one ZIP file, with the SHA-256 of each of them as {@code sha256sum} writes it, so that
 * {@code unzip} and {@code sha256sum -c .changeover/SHA256SUMS} can tell without us whether all is there.
 *
 * <pre>
 * pack ──► FILE.part ──► read it back, and each file once more: three times the same digest? ──► FILE ──► remove
 * </pre>
 *
 * Killed in between, it is done again from the beginning, or, if FILE is there, from the reading back. Only the files with records are
 * put into it: what else is below the root is the application's own, and the target does not have it. Links are not followed: they are
 * named, and stay. So do folders, and what Changeover itself has there ({@code .changeover}).
 */
final class LegacyArchive {
    /** Of ours, in the archive as below the root. */
    private static final String OURS = ".changeover";

    private static final String SUMS = OURS + "/SHA256SUMS";
    private static final String FACTS = OURS + "/archive.json";
    private static final int MAX_NAMED = 5;
    private static final int MAX_LINKS = 1_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path root;
    private final Path file;
    private final Predicate<String> described;

    /**
     * @param root of the legacy files
     * @param file the archive, not below {@code root}
     * @param described whether a path below {@code root} is that of a file with records
     */
    LegacyArchive(Path root, Path file, Predicate<String> described) {
        this.root = root;
        this.file = file;
        this.described = described;
    }

    /**
     * What is in the archive.
     *
     * @param links below the root, which are not in it
     * @param others how many files below the root have no records and are not in it
     */
    record Contents(long files, long bytes, List<String> links, long others) {}

    /** The files are not what the archive says, or something is there that it does not have. */
    static final class DiffersException extends Exception {
        private static final long serialVersionUID = 1L;

        private DiffersException(String message) {
            super(message);
        }
    }

    boolean exists() {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    long size() throws IOException {
        return Files.size(file);
    }

    /** Of the archive itself. */
    String sha256() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return digest(in);
        }
    }

    /** @throws DiffersException if it is not an archive of this migration's */
    JsonNode facts() throws IOException, DiffersException {
        try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
            ZipEntry entry = zip.getEntry(FACTS);
            if (entry == null) {
                throw new DiffersException(
                        "%s is there already and is no archive of ours; name another with --into".formatted(file));
            }
            try (InputStream in = zip.getInputStream(entry)) {
                return MAPPER.readTree(in);
            }
        }
    }

    /**
     * Packs everything below the root, and reads it back.
     *
     * @param facts what it shall say of where it comes from; gets counts and links
     * @throws DiffersException if a file changed meanwhile; there is no archive then
     */
    Contents pack(ObjectNode facts) throws IOException, DiffersException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Path sums = file.resolveSibling(file.getFileName() + ".sums.part");
        try {
            Contents contents = write(part, sums, facts);
            compare(part, Missing.IS_A_DIFFERENCE);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            force(file.toAbsolutePath().getParent());
            return contents;
        } finally {
            Files.deleteIfExists(sums);
            Files.deleteIfExists(part);
        }
    }

    private Contents write(Path part, Path sums, ObjectNode facts) throws IOException {
        long[] counted = new long[3];
        List<String> links = new ArrayList<>();
        createPrivately(part);
        createPrivately(sums);
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            OutputStream out = java.nio.channels.Channels.newOutputStream(channel);
            ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
            try (BufferedWriter lines = Files.newBufferedWriter(sums)) {
                walk(root, (path, attributes) -> {
                    String name = name(path);
                    if (attributes.isSymbolicLink()) {
                        links.add(name + " -> " + Files.readSymbolicLink(path));
                    } else if (isRecords(name, attributes)) {
                        zip.putNextEntry(entry(name, attributes));
                        MessageDigest digest = sha256Digest();
                        try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
                            counted[1] += in.transferTo(zip);
                        }
                        zip.closeEntry();
                        counted[0]++;
                        lines.write(line(HexFormat.of().formatHex(digest.digest()), name));
                    } else if (!attributes.isDirectory()) {
                        counted[2]++;
                    }
                });
            }
            zip.putNextEntry(new ZipEntry(SUMS));
            Files.copy(sums, zip);
            zip.closeEntry();
            facts.put("files", counted[0]);
            facts.put("bytes", counted[1]);
            facts.put("other_files", counted[2]);
            ArrayNode left = facts.putArray("links");
            links.stream().limit(MAX_LINKS).forEach(left::add);
            zip.putNextEntry(new ZipEntry(FACTS));
            zip.write(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(facts));
            zip.closeEntry();
            zip.finish();
            zip.flush();
            channel.force(true);
        }
        return new Contents(counted[0], counted[1], List.copyOf(links), counted[2]);
    }

    /**
     * Reads the archive that is there, and each file that is.
     *
     * @throws DiffersException if one of them is another one than in the archive, or is not in it; none may be missing in the archive
     */
    void compare() throws IOException, DiffersException {
        compare(file, Missing.WAS_REMOVED);
    }

    /** What a file is that is in the archive only. */
    private enum Missing {
        IS_A_DIFFERENCE,
        WAS_REMOVED
    }

    private void compare(Path archive, Missing missing) throws IOException, DiffersException {
        List<String> different = new ArrayList<>();
        try (ZipFile zip = new ZipFile(archive.toFile(), StandardCharsets.UTF_8)) {
            eachFile(zip, (name, digest) -> {
                ZipEntry entry = zip.getEntry(name);
                if (entry == null || !digest.equals(digest(zip, entry))) {
                    throw new IOException("The archive %s is damaged at %s".formatted(archive, name));
                }
                String now = digestOf(root.resolve(name));
                if (now == null ? missing == Missing.IS_A_DIFFERENCE : !now.equals(digest)) {
                    different.add(name);
                }
            });
            walk(root, (path, attributes) -> {
                if (isRecords(name(path), attributes) && zip.getEntry(name(path)) == null) {
                    different.add(name(path));
                }
            });
        }
        if (!different.isEmpty()) {
            throw new DiffersException(
                    "%d files are not what is in the archive, such as %s: somebody still writes there, or has. Nothing was removed; find out who, and archive again into another file"
                            .formatted(
                                    different.size(),
                                    String.join(", ", different.subList(0, Math.min(MAX_NAMED, different.size())))));
        }
    }

    private boolean isRecords(String name, BasicFileAttributes attributes) {
        return attributes.isRegularFile() && described.test(name);
    }

    /**
     * Removes each file that is, at that moment, what the archive has.
     *
     * @return how many files
     * @throws DiffersException if one is not; those before it are gone, it and those after it are not
     */
    long remove() throws IOException, DiffersException {
        long[] removed = new long[1];
        List<String> kept = new ArrayList<>();
        try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
            eachFile(zip, (name, digest) -> {
                Path path = root.resolve(name);
                String now = digestOf(path);
                if (digest.equals(now)) {
                    Files.delete(path);
                    removed[0]++;
                } else if (now != null) {
                    kept.add(name);
                }
            });
        }
        if (!kept.isEmpty()) {
            throw new DiffersException("%d files were written to just now and are still there, such as %s"
                    .formatted(kept.size(), kept.get(0)));
        }
        return removed[0];
    }

    private interface Visitor {
        void visit(Path path, BasicFileAttributes attributes) throws IOException;
    }

    /** Everything below {@code folder} but what is ours, folders before what is in them. */
    private void walk(Path folder, Visitor visitor) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            all.forEach(entries::add);
        }
        Collections.sort(entries);
        for (Path entry : entries) {
            if (folder.equals(root) && entry.getFileName().toString().equals(OURS)) {
                continue;
            }
            BasicFileAttributes attributes =
                    Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            visitor.visit(entry, attributes);
            if (attributes.isDirectory()) {
                walk(entry, visitor);
            }
        }
    }

    private interface Sum {
        void of(String name, String digest) throws IOException;
    }

    private static void eachFile(ZipFile zip, Sum sum) throws IOException {
        ZipEntry entry = zip.getEntry(SUMS);
        if (entry == null) {
            throw new IOException("The archive %s has no %s".formatted(zip.getName(), SUMS));
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(zip.getInputStream(entry), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean escaped = line.startsWith("\\");
                int begin = escaped ? 1 : 0;
                String name = line.substring(begin + 66);
                sum.of(escaped ? unescaped(name) : name, line.substring(begin, begin + 64));
            }
        }
    }

    private static String line(String digest, String name) {
        String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        return (escaped.equals(name) ? "" : "\\") + digest + "  " + escaped + "\n";
    }

    private static String unescaped(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\\' && i + 1 < name.length()) {
                char next = name.charAt(++i);
                text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private String name(Path path) {
        return root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    }

    private static ZipEntry entry(String name, BasicFileAttributes attributes) {
        ZipEntry entry = new ZipEntry(name);
        entry.setLastModifiedTime(attributes.lastModifiedTime());
        return entry;
    }

    private static String digest(ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            return digest(in);
        }
    }

    /** Null if there is no such file. */
    private static @Nullable String digestOf(Path path) throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return digest(in);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static String digest(InputStream in) throws IOException {
        MessageDigest digest = sha256Digest();
        new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256Digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Empty, and for its owner only: there is everything in it. */
    private static void createPrivately(Path path) throws IOException {
        Files.deleteIfExists(path);
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(path);
        }
    }

    private static void force(@Nullable Path folder) throws IOException {
        if (folder != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
