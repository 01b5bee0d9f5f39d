package dev.changeover.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once per version into the user's cache directory, from where every process takes them.
 * Where that cannot be written, or its programs cannot be run, they are unpacked into the data directory.
 */
final class PostgresBinaries {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final String ADVICE = " Give the URL of a PostgreSQL database instead.";

    private final Path home;

    private PostgresBinaries(Path home) {
        this.home = home;
    }

    Path initdb() {
        return home.resolve("bin/initdb");
    }

    Path postgres() {
        return home.resolve("bin/postgres");
    }

    /**
     * The programs, unpacked and shown to run as {@code user}.
     *
     * @throws EmbeddedStartException if there are none for this machine
     */
    static PostgresBinaries provide(Path dataDirectory, Unprivileged user) throws IOException {
        String archive = archive();
        String folder = "postgresql-" + version() + "-" + platform();
        Path cache = userCache();
        PostgresBinaries cached = cache == null ? null : tryUnpack(archive, cache.resolve(folder));
        if (cached != null && cached.trial(user).succeeded()) {
            return cached;
        }
        PostgresBinaries own = unpack(archive, dataDirectory.resolve(folder));
        user.own(dataDirectory.resolve(folder));
        Commands.Result trial = own.trial(user);
        if (!trial.succeeded()) {
            throw new EmbeddedStartException("Cannot run PostgreSQL from " + own.home + ": " + trial.output() + "."
                    + (user.isAnotherUser() ? " Another user than root runs it, who must reach that directory." : "")
                    + ADVICE);
        }
        return own;
    }

    private Commands.Result trial(Unprivileged user) throws IOException {
        return Commands.run(user.command(postgres(), "--version"), Path.of("/"));
    }

    private static @Nullable PostgresBinaries tryUnpack(String archive, Path target) {
        try {
            return unpack(archive, target);
        } catch (IOException e) {
            LOG.atInfo()
                    .addKeyValue("directory", target)
                    .addKeyValue("reason", e.toString())
                    .log("The cache cannot be used, PostgreSQL is unpacked into the data directory");
            return null;
        }
    }

    // Several processes may come at once, and any of them may be killed meanwhile: they take turns, and the directory
    // gets
    // its name when it is whole.
    private static synchronized PostgresBinaries unpack(String archive, Path target) throws IOException {
        if (Files.isDirectory(target)) {
            return new PostgresBinaries(target);
        }
        Files.createDirectories(target.toAbsolutePath().getParent());
        try (FileChannel channel = FileChannel.open(
                        target.resolveSibling(target.getFileName() + ".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            if (!Files.isDirectory(target)) {
                Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
                delete(unfinished);
                extract(archive, unfinished);
                Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return new PostgresBinaries(target);
    }

    private static void extract(String archive, Path directory) throws IOException {
        Files.createDirectories(directory);
        try (InputStream packed = resource(archive);
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                extract(entry, tar, directory);
            }
        }
    }

    private static void extract(TarArchiveEntry entry, InputStream content, Path directory) throws IOException {
        Path path = directory.resolve(entry.getName()).normalize();
        if (!path.startsWith(directory)) {
            throw new IOException("Invalid entry " + entry.getName() + " in the archive of PostgreSQL");
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, directory.resolve(entry.getLinkName()));
        } else {
            Files.copy(content, path);
            boolean executable = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(
                    path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    private static InputStream resource(String archive) {
        InputStream stream = PostgresBinaries.class.getClassLoader().getResourceAsStream(archive);
        if (stream == null) {
            throw new EmbeddedStartException("Cannot start PostgreSQL: this build has no binaries for "
                    + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + "." + ADVICE);
        }
        return stream;
    }

    private static String archive() throws IOException {
        String archive = "postgres-" + platform() + ".txz";
        try (InputStream present = resource(archive)) {
            assert present != null;
            return archive;
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return (os.startsWith("mac") ? "darwin" : os.replace(' ', '_'))
                + "-"
                + (List.of("amd64", "x86_64").contains(arch)
                        ? "x86_64"
                        : List.of("aarch64", "arm64").contains(arch) ? "arm_64" : arch);
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream stream = PostgresBinaries.class.getResourceAsStream("postgresql.properties")) {
            properties.load(stream);
        }
        return properties.getProperty("version");
    }

    private static @Nullable Path userCache() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            return Path.of(xdg, "changeover");
        }
        String home = System.getProperty("user.home");
        return home == null || !Path.of(home).isAbsolute() ? null : Path.of(home, ".cache", "changeover");
    }

    /** Deletes the directory with everything in it, if it is there. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(each);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
