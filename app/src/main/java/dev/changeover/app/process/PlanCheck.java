package dev.changeover.app.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks at a migration's real stores before anything is touched: what is there, and what would be lost or refused. */
public final class PlanCheck {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_EXAMPLES = 5;
    private static final int CHUNK = 10_000;
    /** Keys of parents are remembered up to here to find orphans; beyond, that check says that it was not made. */
    private static final int MAX_KEYS = 5_000_000;

    private final Migration migration;
    private final LegacyPaths paths;
    private final ArrayNode findings = MAPPER.createArrayNode();
    private final Map<String, Set<Long>> keys = new LinkedHashMap<>();

    private PlanCheck(Migration migration) {
        this.migration = migration;
        this.paths = new LegacyPaths(migration);
    }

    /**
     * @return {@code entities} with counts, {@code findings} with examples; empty findings mean that nothing stands in the way
     * @throws dev.changeover.store.StoreUnavailableException if a store cannot be read
     */
    public static ObjectNode run(Migration migration) {
        PlanCheck check = new PlanCheck(migration);
        ObjectNode plan = MAPPER.createObjectNode();
        plan.put("migration", migration.name());
        ObjectNode entities = plan.putObject("entities");
        try (StoreReader legacy = LegacyFiles.reader(migration)) {
            for (Entity entity : migration.entities()) {
                if (entity.legacy().isPresent()) {
                    entities.putObject(entity.name()).put("legacy", check.scan(entity, legacy));
                }
            }
        }
        check.target();
        plan.set("findings", check.findings);
        return plan;
    }

    private long scan(Entity entity, StoreReader legacy) {
        long good = 0;
        Map<String, List<String>> faults = new LinkedHashMap<>();
        Map<String, Long> counts = new LinkedHashMap<>();
        Set<Long> seen = keys.computeIfAbsent(entity.name(), any -> new HashSet<>());
        Iterator<Chunk> chunks = legacy.chunks(entity, CHUNK);
        while (chunks.hasNext()) {
            try (RecordStream records = legacy.scan(entity, chunks.next())) {
                while (records.hasNext()) {
                    Scanned scanned = records.next();
                    @Nullable EntityRecord found = scanned.record();
                    if (found == null) {
                        note("unreadable record", scanned.origin() + ": " + scanned.fault(), faults, counts);
                        continue;
                    }
                    good++;
                    look(found, scanned.origin(), seen, faults, counts);
                }
            }
        }
        if (good == 0) {
            finding(entity.name(), "no records", 0, List.of(), "Is the path right? Zero rows looked at is a finding.");
        }
        faults.forEach((what, examples) -> finding(
                entity.name(), what, counts.getOrDefault(what, 0L), examples, "It would become a dead letter."));
        return good;
    }

    private void look(
            EntityRecord found,
            String origin,
            Set<Long> seen,
            Map<String, List<String>> faults,
            Map<String, Long> counts) {
        if (seen.size() < MAX_KEYS && !seen.add(fingerprint(found.key()))) {
            note("the same key twice", origin + ": " + found.key().label(), faults, counts);
        }
        paths.unfit(found).ifPresent(why -> note("not to be written back", origin + ": " + why, faults, counts));
        for (Reference reference : found.entity().references()) {
            List<Object> pointed = new ArrayList<>();
            reference.fields().forEach(field -> pointed.add(found.value(field)));
            if (pointed.stream().anyMatch(value -> value instanceof dev.changeover.model.entity.Missing)) {
                continue;
            }
            RecordKey key = RecordKey.of(migration.entity(reference.entity()), pointed);
            @Nullable Set<Long> parents = keys.get(reference.entity());
            if (parents != null && parents.size() < MAX_KEYS && !parents.contains(fingerprint(key))) {
                note(
                        "orphan: " + String.join(", ", reference.fields()),
                        origin + ": there is no " + key.label(),
                        faults,
                        counts);
            }
        }
    }

    private static long fingerprint(RecordKey key) {
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        byte[] bytes = key.bytes();
        crc.update(bytes);
        return (crc.getValue() << 32) ^ (key.text().hashCode() & 0xffffffffL);
    }

    private static void note(String what, String example, Map<String, List<String>> faults, Map<String, Long> counts) {
        counts.merge(what, 1L, Long::sum);
        List<String> examples = faults.computeIfAbsent(what, any -> new ArrayList<>());
        if (examples.size() < MAX_EXAMPLES) {
            examples.add(example);
        }
    }

    private void target() {
        if (migration.stores().targetUrl().equals(Infrastructure.EMBEDDED)) {
            return; // it is made from the migration's own schema when it first runs
        }
        TargetDatabase.open(migration, migration.stores().targetUrl())
                .findings()
                .forEach(each -> finding(each.entity() + "." + each.field(), each.what(), 1, List.of(), each.advice()));
    }

    private void finding(String place, String what, long count, List<String> examples, String advice) {
        ObjectNode finding = findings.addObject();
        finding.put("place", place);
        finding.put("what", what);
        finding.put("count", count);
        ArrayNode list = finding.putArray("examples");
        examples.forEach(list::add);
        finding.put("advice", advice);
    }
}
