package dev.changeover.app.demo;

import dev.changeover.app.Main;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How tests start Changeover as a process: from its jars and with an archive of their classes. Without the archive, as servers
 * start that are not tested, a process needs twice the time and the CPU until it is ready.
 */
final class Launched {
    private static final Path TARGET = Path.of("target").toAbsolutePath().normalize();
    private static final Path JAR = TARGET.resolve("changeover-app-0.1.0-SNAPSHOT.jar");
    private static final Path LIBRARIES = TARGET.resolve("lib");
    private static final Path ARCHIVE = TARGET.resolve("tests.jsa");
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");

    private Launched() {}

    /** All of the command but Changeover's own arguments. */
    static List<String> java() throws IOException {
        List<Path> jars = jars();
        if (jars.isEmpty()) {
            return java(List.of(), System.getProperty("java.class.path"));
        }
        String classPath = jars.stream().map(Path::toString).collect(Collectors.joining(":"));
        // An agent may be among such options, and Java 17 does not bear both.
        if (Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
                .anyMatch(name -> System.getenv(name) != null)) {
            return java(List.of(), classPath);
        }
        if (!isNewerThanAll(jars)) {
            makeArchive(jars, classPath);
        }
        return isNewerThanAll(jars)
                ? java(List.of("-XX:SharedArchiveFile=" + ARCHIVE), classPath)
                : java(List.of(), classPath);
    }

    private static List<String> java(List<String> options, String classPath) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Dchangeover.embedded.scram-iterations=1",
                "-Xlog:cds*=off"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        return command;
    }

    /** Empty in a development environment, which runs tests without them, whatever lies there from before. */
    private static List<Path> jars() throws IOException {
        if (!System.getProperty("java.class.path").contains(JAR.toString()) || !Files.isDirectory(LIBRARIES)) {
            return List.of();
        }
        try (Stream<Path> libraries = Files.list(LIBRARIES)) {
            return Stream.concat(Stream.of(JAR), libraries.sorted()).toList();
        }
    }

    private static boolean isNewerThanAll(List<Path> jars) throws IOException {
        if (!Files.exists(ARCHIVE)) {
            return false;
        }
        for (Path jar : jars) {
            if (Files.getLastModifiedTime(jar).compareTo(Files.getLastModifiedTime(ARCHIVE)) > 0) {
                return false;
            }
        }
        return true;
    }

    /** By one that starts and stops; while it is being made the others go without. */
    private static synchronized void makeArchive(List<Path> jars, String classPath) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        ARCHIVE.resolveSibling("tests.jsa.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null || isNewerThanAll(jars)) {
                return;
            }
            Path directory = Files.createTempDirectory(TARGET, "classes-of-tests");
            try {
                Path unfinished = directory.resolve("classes.jsa");
                Path legacy = directory.resolve("legacy");
                LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
                RunningRoles roles = new RunningRoles(
                        java(List.of("-XX:ArchiveClassesAtExit=" + unfinished), classPath),
                        DEFINITION,
                        directory.resolve("run"),
                        Map.of("DONNA_ROOT", legacy.toString()));
                try (roles) {
                    roles.awaitReady();
                }
                if (roles.wasLeftToItself() && Files.exists(unfinished)) {
                    Files.move(unfinished, ARCHIVE, StandardCopyOption.ATOMIC_MOVE);
                }
            } finally {
                deleteTree(directory);
            }
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
