package dev.changeover.app.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Stands for a definition and its schema in certificates: SHA-256 of the files' names and bytes, in the order of their names. */
final class ConfigHash {
    private ConfigHash() {}

    /** In hexadecimal digits. */
    static String of(Path definition, Path schema) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, definition);
            if (Files.isDirectory(schema)) {
                try (Stream<Path> files = Files.walk(schema)) {
                    List<Path> sorted =
                            files.filter(Files::isRegularFile).sorted().toList();
                    for (Path file : sorted) {
                        add(digest, file);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the definition or its schema", e);
        }
    }

    private static void add(MessageDigest digest, Path file) throws IOException {
        digest.update((String.valueOf(file.getFileName()) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
        digest.update(Files.readAllBytes(file));
    }
}
