package dev.changeover.app.init;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.LegacyFiles;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes a first definition and schema for a legacy folder: what is there is sorted into entities, read once more by what was written, and
 * where values do not fit after all their fields become wider.
 */
public final class Init {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MOST_ROUNDS = 4;
    private static final int CHUNK = 10_000;
    /** What the HTTP API has under a migration's address beside its entities. */
    private static final Set<String> TAKEN = Set.of(
            "status",
            "mismatches",
            "dead-letters",
            "audit",
            "certificates",
            "primary",
            "events",
            "operations",
            "batch");

    private final Path legacy;
    private final String migration;
    private final String target;
    private final Path into;
    private final List<String> comments = new ArrayList<>();

    /**
     * @param legacy the folder with the application's data
     * @param migration its name
     * @param target {@code sqlite:PATH} or a PostgreSQL URL
     * @param into the folder that gets {@code migration.yaml} and {@code schema/V1__init.sql}
     */
    public Init(Path legacy, String migration, String target, Path into) {
        this.legacy = legacy.toAbsolutePath().normalize();
        this.migration = migration;
        this.target = target;
        this.into = into;
    }

    /** A name for the migration of {@code legacy}, made of the folder's. */
    public static String nameFor(Path legacy) {
        Path folder = legacy.toAbsolutePath().normalize().getFileName();
        String name = String.valueOf(folder).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        name = name.replaceAll("^[^a-z]+", "").replaceAll("-+$", "");
        return name.isEmpty() ? "legacy" : name.substring(0, Math.min(60, name.length()));
    }

    /**
     * Returns what was found: {@code entities} with their counts, {@code comments} on what was left out.
     *
     * @throws IOException if the folder cannot be read, or the result not be written
     */
    public ObjectNode run() throws IOException {
        List<Found> entities = find();
        name(entities);
        References.find(entities);
        Files.createDirectories(into.resolve("schema"));
        write(entities);
        for (int round = 1; round < MOST_ROUNDS && relax(entities); round++) {
            write(entities);
        }
        ObjectNode summary = MAPPER.createObjectNode();
        summary.put("definition", into.resolve("migration.yaml").toString());
        summary.put("schema", into.resolve("schema/V1__init.sql").toString());
        ObjectNode counts = summary.putObject("entities");
        entities.forEach(entity -> counts.putObject(entity.name())
                .put("records", entity.records())
                .put("key", String.join(", ", entity.key()))
                .put("where", String.valueOf(entity.legacy().get("path"))));
        comments.forEach(summary.putArray("comments")::add);
        return summary;
    }

    /** A side is either all SQLite or all other files: the one with more records. */
    private List<Found> find() throws IOException {
        LegacyFilesOnDisk files = LegacyFilesOnDisk.of(legacy);
        List<Found> documents = new ArrayList<>(DocumentFolders.find(files, comments));
        documents.addAll(MarkdownPages.find(files, comments));
        documents.addAll(JsonLines.find(files, comments));
        List<Found> tables;
        try {
            tables = SqliteTables.find(files, comments);
        } catch (SQLException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (!files.others().isEmpty()) {
            comments.add("%,d files are neither JSON, YAML, Markdown nor SQLite and are left alone, such as %s"
                    .formatted(files.others().size(), files.others().get(0)));
        }
        boolean sqlite = count(tables) > count(documents);
        List<Found> left = sqlite ? documents : tables;
        if (!left.isEmpty()) {
            comments.add("%s are left out, for a side is either all SQLite or all other files: %s"
                    .formatted(
                            sqlite ? "documents" : "SQLite tables",
                            String.join(", ", left.stream().map(Found::wanted).toList())));
        }
        return sqlite ? tables : documents;
    }

    private static long count(List<Found> entities) {
        return entities.stream().mapToLong(Found::records).sum();
    }

    private static void name(List<Found> entities) {
        Set<String> names = new HashSet<>(TAKEN);
        for (Found entity : entities) {
            String wanted = entity.wanted().replaceAll("[^A-Za-z0-9_]+", "_").replaceAll("^[^A-Za-z_]+", "");
            wanted = wanted.isEmpty() ? "records" : wanted.substring(0, Math.min(50, wanted.length()));
            String name = wanted;
            for (int i = 2; !names.add(name.toLowerCase(Locale.ROOT)); i++) {
                name = wanted + "_" + i;
            }
            entity.call(name);
        }
    }

    private void write(List<Found> entities) throws IOException {
        Writer writer = new Writer(migration, legacy.toString(), target, entities, comments);
        Files.writeString(into.resolve("migration.yaml"), writer.definition());
        Files.writeString(into.resolve("schema/V1__init.sql"), writer.schema());
    }

    /** Reads all records by the definition; returns whether fields became wider. */
    private boolean relax(List<Found> entities) {
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.remove(migration.toUpperCase(Locale.ROOT).replace('-', '_') + "_ROOT");
        Migration written = new Environment(variables).read(into.resolve("migration.yaml"));
        boolean relaxed = false;
        try (StoreReader reader = LegacyFiles.reader(written, legacy)) {
            for (Found found : entities) {
                Entity entity = written.entity(found.name());
                Scans scans = reader.scans();
                for (Iterator<Chunk> chunks = reader.chunks(entity, CHUNK); chunks.hasNext(); ) {
                    try (RecordStream records = scans.scan(entity, chunks.next())) {
                        while (records.hasNext()) {
                            relaxed |= relax(found, records.next());
                        }
                    }
                }
            }
        }
        return relaxed;
    }

    private static boolean relax(Found found, Scanned scanned) {
        boolean relaxed = false;
        for (Evidence evidence : scanned.fault().isEmpty()
                ? List.<Evidence>of()
                : List.copyOf(found.members().values())) {
            boolean named = scanned.fault().matches("(?s)(.*[\\s;,]|)(column )?" + evidence.name() + ": .*");
            if (named && !found.key().contains(evidence.name()) && !evidence.isRelaxed()) {
                evidence.relax();
                relaxed = true;
            }
        }
        return relaxed;
    }
}
