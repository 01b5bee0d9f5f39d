package dev.changeover.app.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.DoubleEncoding;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.RecordFit;
import dev.changeover.store.sqlite.SqliteFit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at a migration's real stores before anything is touched: what is there, and what would be lost or refused. */
public final class PlanCheck {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_EXAMPLES = 5;
    private static final String DANGLING = "refers to nothing: ";
    private static final String DOUBLE_ENCODED = "double-encoded text: ";
    private static final String AS_DECLARED = "double-encoded text, left as it is by repair: none: ";
    private static final int MAX_LEFT_ALONE = 100;
    /** What is wrong with a table concerns all its records: some of them are named. */
    private static final int EXAMPLES_OF_A_TABLE = 2;

    private static final int CHUNK = 10_000;
    /** Keys of parents are remembered up to here to find orphans; beyond, that check says that it was not made. */
    private static final int MAX_KEYS = 5_000_000;

    private final Migration migration;
    private final LegacyPaths paths;
    private final RecordFit fit;
    private final ArrayNode findings = MAPPER.createArrayNode();
    private final ArrayNode decided = MAPPER.createArrayNode();
    private final ArrayNode unfilled = MAPPER.createArrayNode();
    /** Keys that somebody else could have as well: dates, names. */
    private static final class Common {
        private long count;
        private final List<String> examples = new ArrayList<>();
    }

    private static final Pattern UUID = Pattern.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}");

    private final Map<String, Common> commonKeys = new LinkedHashMap<>();
    private final Map<String, Set<Long>> keys = new LinkedHashMap<>();
    /** By entity: how many good records there are, and some of them. */
    private final Map<String, Long> counts = new LinkedHashMap<>();

    private final Map<String, List<String>> examples = new LinkedHashMap<>();

    private PlanCheck(Migration migration) {
        this.migration = migration;
        this.paths = new LegacyPaths(migration);
        this.fit = new RecordFit(migration);
    }

    /**
     * @return {@code entities} with counts, {@code findings} with examples; empty findings mean that nothing stands in the way;
     *     {@code decided}, of the same form: what would be findings if the definition did not say what becomes of it
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
        plan.set("decided", check.decided);
        plan.set("unfilled_columns", check.unfilled);
        check.leftAlone(plan);
        return plan;
    }

    private long scan(Entity entity, StoreReader legacy) {
        long good = 0;
        Map<String, List<String>> faults = new LinkedHashMap<>();
        Map<String, Long> counts = new LinkedHashMap<>();
        Set<Long> seen = keys.computeIfAbsent(entity.name(), any -> new HashSet<>());
        Iterator<Chunk> chunks = legacy.chunks(entity, CHUNK);
        Scans scans = legacy.scans();
        while (chunks.hasNext()) {
            try (RecordStream records = scans.scan(entity, chunks.next())) {
                while (records.hasNext()) {
                    Scanned scanned = records.next();
                    @Nullable EntityRecord found = scanned.record();
                    if (found == null) {
                        note("unreadable record", scanned.origin() + ": " + scanned.fault(), faults, counts);
                        continue;
                    }
                    good++;
                    if (good <= EXAMPLES_OF_A_TABLE) {
                        examples.computeIfAbsent(entity.name(), any -> new ArrayList<>())
                                .add(scanned.origin() + ": " + found.key().label());
                    }
                    look(found, scanned.origin(), seen, faults, counts);
                }
            }
        }
        this.counts.put(entity.name(), good);
        if (good == 0) {
            finding(entity.name(), "no records", 0, List.of(), "Is the path right? Zero rows looked at is a finding.");
        }
        faults.forEach((what, examples) -> add(
                what.startsWith(AS_DECLARED) ? decided : findings,
                entity.name(),
                what,
                counts.getOrDefault(what, 0L),
                examples,
                advice(what)));
        return good;
    }

    private static String advice(String what) {
        if (what.startsWith(DANGLING)) {
            return "It stays as it is: the definition lets it dangle.";
        }
        if (what.startsWith(AS_DECLARED)) {
            return "It is moved as it is.";
        }
        return what.startsWith(DOUBLE_ENCODED)
                ? "It is moved as it is. To have it undone on both sides, declare the field with { type: …, repair: double-encoded-utf8 }; to leave it so, with repair: none."
                : "It would become a dead letter.";
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
        noteCommonKey(found.key());
        noteDoubleEncoded(found, origin, faults, counts);
        fit.unfit(found).ifPresent(why -> note("not to be written back", origin + ": " + why, faults, counts));
        for (Reference reference : found.entity().references()) {
            List<Object> pointed = new ArrayList<>();
            reference.fields().forEach(field -> pointed.add(found.value(field)));
            if (pointed.stream().anyMatch(value -> value instanceof dev.changeover.model.entity.Missing)) {
                continue;
            }
            RecordKey key = RecordKey.of(migration.entity(reference.entity()), pointed);
            @Nullable Set<Long> parents = keys.get(reference.entity());
            if (parents != null && parents.size() < MAX_KEYS && !parents.contains(fingerprint(key))) {
                boolean mayDangle = reference.onDelete() == Reference.OnDelete.KEEP;
                note(
                        (mayDangle ? DANGLING : "orphan: ") + String.join(", ", reference.fields()),
                        origin + ": there is no " + key.label(),
                        faults,
                        counts);
            }
        }
    }

    private static void noteDoubleEncoded(
            EntityRecord found, String origin, Map<String, List<String>> faults, Map<String, Long> counts) {
        for (Field field : found.entity().fields()) {
            if (!found.entity().key().contains(field)
                    && found.value(field) instanceof String text
                    && DoubleEncoding.isDouble(text)) {
                note(
                        (field.repair() == Field.Repair.NONE ? AS_DECLARED : DOUBLE_ENCODED) + field.name(),
                        origin + ": " + DoubleEncoding.example(text),
                        faults,
                        counts);
            }
        }
    }

    private void noteCommonKey(RecordKey key) {
        boolean everybodys = key.values().stream()
                .allMatch(value ->
                        value instanceof String text && !UUID.matcher(text).matches());
        if (everybodys) {
            Common common = commonKeys.computeIfAbsent(key.entity().name(), any -> new Common());
            common.count++;
            if (common.examples.size() < MAX_EXAMPLES) {
                common.examples.add(key.label());
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
        TargetDatabase target =
                TargetDatabase.open(migration, migration.stores().targetUrl(), Tuning.of(variable -> null));
        target.unfilledColumns().forEach(unfilled::add);
        target.sharedKeys().forEach(this::sharedKey);
        parts();
        target.findings()
                .forEach(each -> finding(
                        each.entity() + "." + each.field(),
                        each.what(),
                        counts.getOrDefault(each.entity(), 1L),
                        examples.getOrDefault(each.entity(), List.of()),
                        each.advice()));
    }

    /** A number or a UUID is nobody else's; a date or a name may be. */
    private void sharedKey(SqliteFit.SharedKey key) {
        @Nullable Common common = commonKeys.get(key.entity());
        if (common == null || common.count == 0) {
            return;
        }
        String columns = String.join(", ", key.columns());
        String apart = String.join(", ", key.apart());
        finding(
                key.entity(),
                "the key (%s) of %s does not have %s".formatted(columns, key.table(), apart),
                common.count,
                common.examples,
                "A row with another %s cannot have such a key too. Begin the key with %s, or give every row a UUID"
                        .formatted(apart, apart));
    }

    /** Rows whose owner no column of their own tells. */
    private void parts() {
        for (Entity entity : migration.entities()) {
            if (entity.target().orElse(null) instanceof TableLayout table
                    && table.where().isEmpty()) {
                entity.parent()
                        .map(link -> migration.entity(link.entity()))
                        .flatMap(parent -> parent.target())
                        .filter(parent -> parent instanceof TableLayout above
                                && !above.where().isEmpty())
                        .ifPresent(parent -> finding(
                                entity.name(),
                                "table %s does not have %s"
                                        .formatted(
                                                table.table(),
                                                String.join(
                                                        ", ",
                                                        ((TableLayout) parent)
                                                                .where()
                                                                .keySet())),
                                1,
                                List.of(),
                                "Whose a row is follows from %s only: join with it"
                                        .formatted(((TableLayout) parent).table())));
            }
        }
    }

    /** Files beside the described ones: nothing reads or writes them, and nothing of them is in the new database. */
    private void leftAlone(ObjectNode plan) {
        boolean files = migration.entities().stream()
                .noneMatch(entity -> entity.legacy().orElse(null) instanceof TableLayout);
        if (!files) {
            return;
        }
        Path root = migration.stores().legacyRoot();
        long count = 0;
        ArrayNode examples = MAPPER.createArrayNode();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile).sorted()::iterator) {
                String relative = root.relativize(file).toString();
                if (!relative.startsWith(".changeover/")
                        && paths.owner(relative).isEmpty()) {
                    count++;
                    if (examples.size() < MAX_LEFT_ALONE) {
                        examples.add(relative);
                    }
                }
            }
        } catch (IOException e) {
            throw new StoreUnavailableException("Cannot list the files of " + root + ": " + e, e);
        }
        plan.putObject("left_alone").put("files", count).set("examples", examples);
    }

    private void finding(String place, String what, long count, List<String> examples, String advice) {
        add(findings, place, what, count, examples, advice);
    }

    private static void add(ArrayNode to, String place, String what, long count, List<String> examples, String advice) {
        ObjectNode finding = to.addObject();
        finding.put("place", place);
        finding.put("what", what);
        finding.put("count", count);
        ArrayNode list = finding.putArray("examples");
        examples.forEach(list::add);
        finding.put("advice", advice);
    }
}
