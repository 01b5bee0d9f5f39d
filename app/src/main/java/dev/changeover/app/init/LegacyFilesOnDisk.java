package dev.changeover.app.init;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The files below a folder, by what they seem to be. */
final class LegacyFilesOnDisk {
    private static final int MOST_FILES = 500_000;
    private static final Set<String> NOT_DATA = Set.of(".changeover", ".git", "node_modules", "__pycache__");
    private static final byte[] SQLITE = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    private final Path root;
    private final Set<String> json = new TreeSet<>();
    private final Set<String> yaml = new TreeSet<>();
    private final Set<String> markdown = new TreeSet<>();
    private final Set<String> lines = new TreeSet<>();
    private final Set<String> sqlite = new TreeSet<>();
    private final List<String> others = new ArrayList<>();

    private LegacyFilesOnDisk(Path root) {
        this.root = root;
    }

    /** @throws IOException if some of it cannot be read: a folder that is left out would be data that is forgotten */
    static LegacyFilesOnDisk of(Path root) throws IOException {
        LegacyFilesOnDisk files = new LegacyFilesOnDisk(root);
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_DATA.contains(String.valueOf(folder.getFileName()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    files.sort(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    private void sort(Path file) throws IOException {
        String relative = root.relativize(file).toString().replace('\\', '/');
        if (json.size() + yaml.size() + markdown.size() + lines.size() + others.size() >= MOST_FILES) {
            throw new IOException("more than %d files".formatted(MOST_FILES));
        }
        if (relative.endsWith(".json")) {
            json.add(relative);
        } else if (relative.endsWith(".yaml") || relative.endsWith(".yml")) {
            yaml.add(relative);
        } else if (relative.endsWith(".md")) {
            markdown.add(relative);
        } else if (relative.endsWith(".jsonl") || relative.endsWith(".ndjson") || isLinesOfObjects(file, relative)) {
            lines.add(relative);
        } else if (isSqlite(file)) {
            sqlite.add(relative);
        } else {
            others.add(relative);
        }
    }

    private static boolean isSqlite(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return java.util.Arrays.equals(in.readNBytes(SQLITE.length), SQLITE);
        }
    }

    private static boolean isLinesOfObjects(Path file, String relative) throws IOException {
        if (!relative.endsWith(".log")) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] first = in.readNBytes(2);
            return first.length == 2 && first[0] == '{' && first[1] == '"';
        }
    }

    Path root() {
        return root;
    }

    Set<String> json() {
        return json;
    }

    Set<String> yaml() {
        return yaml;
    }

    Set<String> markdown() {
        return markdown;
    }

    Set<String> lines() {
        return lines;
    }

    Set<String> sqlite() {
        return sqlite;
    }

    List<String> others() {
        return others;
    }
}
