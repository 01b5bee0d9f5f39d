package dev.changeover.app.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classes that this Java has loaded, for the next one to start with: JEP 350, by the diagnostic command {@code VM.cds}. Only where
 * the launcher asks for it. Nothing depends on it.
 */
final class ClassArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ClassArchive.class);

    /** Java ends the process if it cannot write all of it; it has some hundred MB. */
    private static final long ROOM_BYTES = 1L << 30;

    private final Path file;

    private ClassArchive(Path file) {
        this.file = file;
    }

    /** Where to put it, if it is wanted. */
    static Optional<ClassArchive> wanted() {
        @Nullable String file = System.getProperty("changeover.class-archive");
        return file == null ? Optional.empty() : Optional.of(new ClassArchive(Path.of(file)));
    }

    /** Takes some seconds. Whoever starts meanwhile finds the whole archive or none. */
    void make() {
        Path unfinished = file.resolveSibling(
                "classes.unfinished-" + ProcessHandle.current().pid());
        PrintStream out = System.out;
        System.setOut(new PrintStream(PrintStream.nullOutputStream())); // the command prints there what it does
        try {
            if (Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace() < ROOM_BYTES) {
                return;
            }
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmCds",
                            new Object[] {new String[] {"dynamic_dump", unfinished.toString()}},
                            new String[] {String[].class.getName()});
            if (Files.exists(unfinished)) {
                deleteOthers();
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException | JMException | RuntimeException e) {
            LOG.atDebug().setCause(e).log("No archive of classes");
        } finally {
            System.setOut(out);
        }
    }

    /** Those of other builds of Java. */
    private void deleteOthers() throws IOException {
        try (DirectoryStream<Path> others =
                Files.newDirectoryStream(file.toAbsolutePath().getParent(), "classes-*.jsa")) {
            for (Path other : others) {
                Files.delete(other);
            }
        }
    }
}
