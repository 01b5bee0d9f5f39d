package dev.changeover.model.definition;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Entity.Unnamed;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Uuid5;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.DocumentLayout.MemberStep;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.model.layout.TableLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a migration.yaml. Its grammar is described in {@code docs/migration-yaml.md} and, for editors, in the JSON Schema
 * {@code migration.schema.json} beside this class.
 */
public final class DefinitionReader {
    private static final Pattern MIGRATION_NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern ENTITY_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");
    /** What the HTTP API has under a migration's address beside its entities. */
    private static final List<String> ADDRESSES = List.of(
            "status",
            "mismatches",
            "dead-letters",
            "audit",
            "certificates",
            "primary",
            "events",
            "operations",
            "batch");

    private static final int DEFAULT_PARTITIONS = 6;
    private static final int MAX_PARTITIONS = 1000;
    /** The default namespace of a migration is the uuid5 of its name in this one; never change it. */
    private static final UUID NAMES = UUID.fromString("5d2b9c0e-5f0a-5a3e-9d5c-6b6f2f7a1c11");

    private final Source source;
    private final Path file;
    private final Map<String, Draft> drafts = new LinkedHashMap<>();

    private DefinitionReader(Path file, Function<String, @Nullable String> environment) {
        this.source = new Source(file, environment);
        this.file = file.toAbsolutePath().normalize();
    }

    /**
     * The migration that {@code file} describes. Paths in it are relative to its folder.
     *
     * @param environment the value of each variable that {@code ${NAME}} may name, or null; usually {@code System::getenv}
     * @throws DefinitionException with all that is wrong in it
     */
    public static Migration read(Path file, Function<String, @Nullable String> environment) {
        return new DefinitionReader(file, environment).migration();
    }

    /**
     * 64 hexadecimal digits that are the same for definitions that say the same, whatever their comments and their form.
     * Variables count as they are written, not by their value.
     *
     * @throws DefinitionException if it is not YAML
     */
    public static String fingerprint(Path file) {
        return Fingerprint.of(new Source(file, name -> null).root());
    }

    private Migration migration() {
        Section root = source.section(source.root(), Section.ROOT);
        if (root == null) {
            throw source.exception();
        }
        root.expecting("migration", "partitions", "uuid_namespace", "capture", "legacy", "target", "entities")
                .requiring("migration", "legacy", "target", "entities");
        String name = name(root);
        int partitions = partitions(root);
        UUID namespace = namespace(root, name);
        Section legacy = root.section("legacy");
        JsonStyle style = legacy == null ? JsonStyle.PLAIN : LegacyReader.style(legacy, JsonStyle.PLAIN);
        Migration.Stores stores = stores(legacy, root.section("target"));
        readEntities(root, style);
        Migration.Capture capture = capture(root);
        if (source.problems() > 0 || stores == null) {
            throw source.exception();
        }
        return new Migration(name, file, stores, namespace, partitions, capture, parentsFirst());
    }

    private String name(Section root) {
        Scalar name = root.scalar("migration");
        if (name == null) {
            return "";
        }
        if (!MIGRATION_NAME.matcher(name.text()).matches()) {
            source.problem(
                    name.place(),
                    "Invalid migration name \"%s\": small letters, digits, _ and -, a letter first, at most 63"
                            .formatted(name.text()));
        }
        return name.text();
    }

    private int partitions(Section root) {
        Scalar partitions = root.scalar("partitions");
        if (partitions == null) {
            return DEFAULT_PARTITIONS;
        }
        if (partitions.text().matches("\\d{1,4}")) {
            int count = Integer.parseInt(partitions.text());
            if (count >= 1 && count <= MAX_PARTITIONS) {
                return count;
            }
        }
        source.problem(
                partitions.place(),
                "Invalid partitions \"%s\": a number from 1 to %d".formatted(partitions.text(), MAX_PARTITIONS));
        return DEFAULT_PARTITIONS;
    }

    private UUID namespace(Section root, String name) {
        Scalar namespace = root.scalar("uuid_namespace");
        if (namespace != null) {
            try {
                UUID uuid = UUID.fromString(namespace.text());
                if (uuid.toString().equalsIgnoreCase(namespace.text())) {
                    return uuid;
                }
            } catch (IllegalArgumentException e) {
                // said below
            }
            source.problem(
                    namespace.place(),
                    "Invalid uuid_namespace \"%s\": a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8"
                            .formatted(namespace.text()));
        }
        return Uuid5.of(NAMES, name);
    }

    private Migration.Capture capture(Section root) {
        if (root.word("capture", "gateway", "gateway", "watch").equals("gateway")) {
            return Migration.Capture.GATEWAY;
        }
        for (Draft draft : drafts.values()) {
            boolean parentInFiles = draft.references.stream()
                    .filter(Reference::parent)
                    .map(parent -> drafts.get(parent.entity()))
                    .anyMatch(parent -> parent != null && parent.legacy != null);
            if (!draft.totals.isEmpty() && parentInFiles) {
                source.problem(
                        root.placeOf("capture"),
                        "Invalid capture \"watch\": the application keeps the parents of %s in its files, and the totals would count the same once more"
                                .formatted(draft.name));
            }
        }
        return Migration.Capture.WATCH;
    }

    private Migration.@Nullable Stores stores(@Nullable Section legacy, @Nullable Section target) {
        Path legacyRoot = null;
        if (legacy != null) {
            legacy.expecting("files", "style").requiring("files");
            legacyRoot = path(legacy, "files");
        }
        if (target == null) {
            return null;
        }
        target.expecting("postgresql", "sqlite", "schema");
        String url = targetUrl(target);
        Path schema = target.has("schema") ? path(target, "schema") : folder().resolve("schema");
        return legacyRoot == null || url == null || schema == null
                ? null
                : new Migration.Stores(legacyRoot, url, schema);
    }

    private @Nullable String targetUrl(Section target) {
        if (target.has("postgresql") == target.has("sqlite")) {
            source.problem(
                    target.place(),
                    "Invalid target: it is either postgresql, with a URL or embedded, or sqlite, with a path");
            return null;
        }
        if (target.has("sqlite")) {
            Path path = path(target, "sqlite");
            return path == null ? null : "sqlite:" + path;
        }
        Scalar url = target.scalar("postgresql");
        if (url == null) {
            return null;
        }
        String text = url.text();
        if (text.equals("embedded")
                || text.startsWith("postgresql://")
                || text.startsWith("postgres://")
                || text.startsWith("jdbc:postgresql://")) {
            return text;
        }
        source.problem(
                url.place(), // without its text: it may hold a password
                "Invalid target.postgresql: postgresql://user:password@host:port/database, jdbc:postgresql://… or embedded");
        return null;
    }

    private @Nullable Path path(Section section, String name) {
        Scalar path = section.scalar(name);
        if (path == null) {
            return null;
        }
        if (path.text().isEmpty() || path.text().indexOf('\0') >= 0) {
            source.problem(path.place(), "Invalid %s.%s: it must be a path".formatted(section.label(), name));
            return null;
        }
        return folder().resolve(path.text()).normalize();
    }

    private Path folder() {
        Path parent = file.getParent();
        return parent == null ? file : parent;
    }

    private void readEntities(Section root, JsonStyle style) {
        Section entities = root.section("entities");
        if (entities == null) {
            return;
        }
        if (entities.entries().isEmpty()) {
            source.problem(entities.place(), "Missing entities: a migration has at least one");
        }
        FieldReader fields = new FieldReader(source);
        for (Section.Entry entry : entities.entries()) {
            Draft draft = draft(entry);
            if (draft != null) {
                drafts.put(draft.name, draft);
                fields.readFields(draft);
                fields.readKey(draft);
            }
        }
        ReferenceReader references = new ReferenceReader(source, drafts);
        drafts.values().forEach(references::read);
        references.checkForCycles();
        TotalReader totals = new TotalReader(source, drafts);
        drafts.values().forEach(totals::read);
        drafts.values().forEach(draft -> readLayouts(draft, style));
        ExpiryReader expiry = new ExpiryReader(source);
        drafts.values().forEach(expiry::read);
        checkPlaces();
        shareLines();
    }

    private @Nullable Draft draft(Section.Entry entry) {
        String name = entry.name().text();
        if (!ENTITY_NAME.matcher(name).matches()) {
            source.problem(
                    entry.name().place(),
                    "Invalid entity name \"%s\": letters, digits, _ and -, at most 63".formatted(name));
        }
        if (ADDRESSES.contains(name)) {
            source.problem(
                    entry.name().place(),
                    "Invalid entity name \"%s\": the HTTP API has something else at that address".formatted(name));
        }
        Section section = source.section(entry.value(), "entity " + name);
        if (section == null) {
            return null;
        }
        section.expecting("key", "fields", "parent", "references", "unnamed", "totals", "expires", "legacy", "target")
                .requiring("key", "fields");
        Draft draft = new Draft(name, section);
        draft.unnamed =
                section.word("unnamed", "keep", "keep", "reject").equals("reject") ? Unnamed.REJECT : Unnamed.KEEP;
        return draft;
    }

    private void readLayouts(Draft draft, JsonStyle style) {
        if (!draft.section.has("legacy") && !draft.section.has("target")) {
            source.problem(
                    draft.section.place(),
                    "Missing \"legacy\" or \"target\" in entity %s: it must live on a side".formatted(draft.name));
        }
        if (draft.section.node("legacy") instanceof SequenceNode) {
            draft.legacy = new LegacyReader(source, style).read(draft, draft.section.sections("legacy"));
        } else {
            Section legacy = draft.section.section("legacy");
            if (legacy != null) {
                draft.legacy = new LegacyReader(source, style).read(draft, legacy);
            }
        }
        if (draft.legacy instanceof TableLayout) {
            draft.fields.values().stream()
                    .filter(field -> field.repair() == Field.Repair.DOUBLE_ENCODED_UTF8)
                    .forEach(field -> source.problem(
                            draft.section.placeOf("fields"),
                            "Invalid repair of field %s: what is in SQLite files is not repaired; UPDATE can do that there"
                                    .formatted(draft.label(field.name()))));
        }
        Section target = draft.section.section("target");
        if (target != null) {
            draft.target = new TargetReader(source).read(draft, target);
        }
    }

    /** What is in files and what is in SQLite files is kept up by two different stores, and a side has one. */
    private void checkThatLegacyIsOneStore() {
        List<Draft> tables = new ArrayList<>();
        List<Draft> files = new ArrayList<>();
        for (Draft draft : drafts.values()) {
            if (draft.legacy != null) {
                (draft.legacy instanceof TableLayout ? tables : files).add(draft);
            }
        }
        if (!tables.isEmpty() && !files.isEmpty()) {
            duplicate(
                    tables.get(0),
                    "legacy",
                    "format",
                    "Invalid format of %s: the legacy side is either all SQLite or all other files, and %s is not in SQLite"
                            .formatted(tables.get(0).name, files.get(0).name));
        }
    }

    /** No two entities may claim one file or one table. */
    private void checkPlaces() {
        checkThatLegacyIsOneStore();
        Map<String, Draft> legacyTables = new HashMap<>();
        Map<String, Draft> tables = new HashMap<>();
        List<Draft> withFiles = new ArrayList<>();
        for (Draft draft : drafts.values()) {
            if (draft.target instanceof TableLayout table) {
                Draft other = tables.putIfAbsent(table.table(), draft);
                if (other != null && !haveRowsOfTheirOwn(draft, drafts.values())) {
                    duplicate(
                            draft,
                            "target",
                            "table",
                            "Duplicate table %s of %s: it is that of %s already"
                                    .formatted(table.table(), draft.name, other.name));
                }
            }
            if (draft.legacy instanceof TableLayout table) {
                Draft other = legacyTables.putIfAbsent(table.file() + "/" + table.table(), draft);
                if (other != null) {
                    duplicate(
                            draft,
                            "legacy",
                            "table",
                            "Duplicate table %s of %s: it is that of %s already"
                                    .formatted(table.table(), draft.name, other.name));
                }
            }
            for (Draft other : withFiles) {
                checkPaths(draft, other);
            }
            withFiles.add(draft);
        }
        withFiles.forEach(draft -> share(draft, withFiles));
    }

    private void duplicate(Draft draft, String side, String name, String message) {
        Section section = draft.section.node(side) instanceof MappingNode ? draft.section.section(side) : null;
        source.problem(section == null ? draft.section.placeOf(side) : section.placeOf(name), message);
    }

    private void checkPaths(Draft draft, Draft other) {
        for (PathPattern path : paths(draft.legacy)) {
            for (PathPattern theirs : paths(other.legacy)) {
                boolean partOfTheirs =
                        path.equals(theirs) && (isInside(draft.legacy, path) || isInside(other.legacy, path));
                if (path.isIndistinctFrom(theirs) && !partOfTheirs && !canShare(draft, other)) {
                    duplicate(
                            draft,
                            "legacy",
                            "path",
                            "Duplicate path %s of %s: a file could as well be one of %s, %s. Two entities share a document only if at says of each where in it"
                                    .formatted(path, draft.name, other.name, theirs));
                }
            }
        }
    }

    /** Two entities have records in the same documents: in different members of it, or one of them is the document. */
    private static boolean canShare(Draft draft, Draft other) {
        return draft.legacy instanceof DocumentLayout ours
                && other.legacy instanceof DocumentLayout theirs
                && ours.form() == theirs.form()
                && ours.path().isSameAs(theirs.path())
                && ours.except().equals(theirs.except())
                && (ours.many() || theirs.many())
                && (!ours.many() || ours.at().get(0) instanceof MemberStep)
                && (!theirs.many() || theirs.at().get(0) instanceof MemberStep)
                && (!ours.many()
                        || !theirs.many()
                        || !ours.at().get(0).equals(theirs.at().get(0)));
    }

    private static void share(Draft draft, List<Draft> withFiles) {
        if (!(draft.legacy instanceof DocumentLayout layout)) {
            return;
        }
        List<String> guests = new ArrayList<>();
        boolean hasHost = false;
        for (Draft other : withFiles) {
            if (other != draft && canShare(draft, other) && other.legacy instanceof DocumentLayout theirs) {
                hasHost |= !theirs.many();
                if (!layout.many() && theirs.at().get(0) instanceof MemberStep member) {
                    guests.add(member.name());
                }
            }
        }
        draft.legacy = layout.with(new DocumentLayout.Sharing(guests, hasHost));
    }

    /** Whether no row of the table can be both this entity's and another's: they differ in a constant. */
    private static boolean haveRowsOfTheirOwn(Draft draft, Collection<Draft> all) {
        return all.stream()
                .filter(other -> other != draft)
                .allMatch(other -> !(draft.target instanceof TableLayout ours)
                        || !(other.target instanceof TableLayout theirs)
                        || !ours.table().equals(theirs.table())
                        || ours.where().entrySet().stream()
                                .anyMatch(each -> theirs.where().containsKey(each.getKey())
                                        && !each.getValue()
                                                .equals(theirs.where().get(each.getKey()))));
    }

    private static boolean isInside(@Nullable Layout layout, PathPattern path) {
        return layout instanceof LinesLayout lines
                && lines.kinds().stream()
                        .anyMatch(kind -> kind.path().equals(path) && !kind.at().isEmpty());
    }

    private static List<PathPattern> paths(@Nullable Layout layout) {
        if (layout instanceof DocumentLayout document) {
            return List.of(document.path());
        }
        return layout instanceof LinesLayout lines
                ? lines.kinds().stream().map(LinesLayout.Kind::path).toList()
                : List.of();
    }

    /** Each kind of lines learns what in them is another entity's. */
    private void shareLines() {
        for (Draft draft : drafts.values()) {
            if (draft.legacy instanceof LinesLayout lines) {
                draft.legacy = new LinesLayout(lines.kinds().stream()
                        .map(kind -> new LinesLayout.Kind(
                                kind.path(), kind.at(), kind.members(), othersIn(kind, draft), kind.style()))
                        .toList());
            }
        }
    }

    private List<List<String>> othersIn(LinesLayout.Kind kind, Draft draft) {
        if (!kind.at().isEmpty()) {
            return List.of();
        }
        return drafts.values().stream()
                .filter(other -> other != draft && other.legacy instanceof LinesLayout)
                .flatMap(other -> ((LinesLayout) Objects.requireNonNull(other.legacy)).kinds().stream())
                .filter(theirs ->
                        theirs.path().equals(kind.path()) && !theirs.at().isEmpty())
                .map(LinesLayout.Kind::at)
                .toList();
    }

    private List<Entity> parentsFirst() {
        Set<Draft> sorted = new LinkedHashSet<>();
        Set<Draft> visiting = new LinkedHashSet<>();
        drafts.values().forEach(draft -> addAfterItsReferences(draft, sorted, visiting));
        return sorted.stream().map(Draft::entity).toList();
    }

    /** References may form a circle, which is then cut at the first entity of the file; parents never do. */
    private void addAfterItsReferences(Draft draft, Set<Draft> sorted, Set<Draft> visiting) {
        if (sorted.contains(draft) || !visiting.add(draft)) {
            return;
        }
        for (Reference reference : draft.references) {
            Draft other = drafts.get(reference.entity());
            if (other != null) {
                addAfterItsReferences(other, sorted, visiting);
            }
        }
        sorted.add(draft);
    }
}
