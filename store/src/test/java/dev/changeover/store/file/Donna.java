package dev.changeover.store.file;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The donna migration and copies of its sample. */
final class Donna {
    static final Path FILE = Path.of("../migrations/donna/migration.yaml");
    static final Migration MIGRATION = DefinitionReader.read(FILE, name -> null);
    static final Path SAMPLE = MIGRATION.stores().legacyRoot();

    private Donna() {}

    static Entity entity(String name) {
        return MIGRATION.entity(name);
    }

    /** A copy of the sample that may be written to. */
    static Path copyTo(Path root) {
        return copy(SAMPLE, root);
    }

    static Path copy(Path sample, Path root) {
        try (Stream<Path> files = Files.walk(sample)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = root.resolve(sample.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.write(copy, Files.readAllBytes(file));
                }
            }
            return root;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every file below {@code root} but for our own, as Latin-1 text. */
    static Map<String, String> files(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            Map<String, String> texts = new TreeMap<>();
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                String relative = root.relativize(file).toString();
                if (!relative.startsWith(".changeover")) {
                    texts.put(relative, new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                }
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Scanned> scan(StoreReader store, String entity, int chunkRecords) {
        List<Scanned> all = new ArrayList<>();
        for (Iterator<Chunk> chunks = store.chunks(entity(entity), chunkRecords); chunks.hasNext(); ) {
            try (RecordStream records = store.scan(entity(entity), chunks.next())) {
                records.forEachRemaining(all::add);
            }
        }
        return all;
    }

    static List<EntityRecord> records(StoreReader store, String entity) {
        return scan(store, entity, 1000).stream()
                .flatMap(scanned -> Stream.ofNullable(scanned.record()))
                .toList();
    }
}
