package dev.changeover.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The SHA-256 of every file below a folder, to show afterwards which of them are still the same. */
final class FileInventory {
    private final Map<String, String> digests;

    private FileInventory(Map<String, String> digests) {
        this.digests = digests;
    }

    /**
     * Which files are as they were.
     *
     * @param undescribed files that the definition says nothing about
     * @param undescribedChanged those of them that are gone or differ
     * @param describedEqual files with records that are byte-equal
     * @param describedChanged files with records that live writes changed
     */
    record Comparison(long undescribed, long undescribedChanged, long describedEqual, long describedChanged) {}

    static FileInventory of(Path root) {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile)
                    .filter(file -> !root.relativize(file).startsWith(".changeover"))
                    .forEach(file -> digests.put(root.relativize(file).toString(), digest(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new FileInventory(digests);
    }

    Comparison compare(Path root, Predicate<String> described) {
        Map<String, String> now = of(root).digests;
        long undescribed = 0;
        long undescribedChanged = 0;
        long equal = 0;
        long changed = 0;
        for (Map.Entry<String, String> file : digests.entrySet()) {
            boolean same = file.getValue().equals(now.get(file.getKey()));
            if (described.test(file.getKey())) {
                equal += same ? 1 : 0;
                changed += same ? 0 : 1;
            } else {
                undescribed++;
                undescribedChanged += same ? 0 : 1;
            }
        }
        return new Comparison(undescribed, undescribedChanged, equal, changed);
    }

    private static String digest(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
