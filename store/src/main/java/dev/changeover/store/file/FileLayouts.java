package dev.changeover.store.file;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.store.file.disk.LegacyFolder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which of the files below a root hold which entity's records. */
final class FileLayouts {
    private final Migration migration;
    private final LegacyPaths paths;

    FileLayouts(Migration migration) {
        this.migration = migration;
        this.paths = new LegacyPaths(migration);
    }

    LegacyPaths paths() {
        return paths;
    }

    /** The entities whose records are in files. */
    List<Entity> entities() {
        return migration.entities().stream()
                .filter(entity -> !LegacyPaths.patterns(entity).isEmpty())
                .toList();
    }

    static Layout layout(Entity entity) {
        Layout layout = entity.legacy().orElse(null);
        if (layout instanceof DocumentLayout || layout instanceof LinesLayout) {
            return layout;
        }
        throw new IllegalArgumentException("Invalid entity %s: the legacy side has no files of it".formatted(entity));
    }

    /** The path of an entity whose files are of one kind. */
    static PathPattern patternOf(Entity entity) {
        return patterns(entity).get(0);
    }

    static List<PathPattern> patterns(Entity entity) {
        List<PathPattern> patterns = LegacyPaths.patterns(entity);
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException(
                    "Invalid entity %s: the legacy side has no files of it".formatted(entity));
        }
        return patterns;
    }

    /** The folders, relative to the root, that must be there for a store of this migration to be one. */
    List<String> folders() {
        return entities().stream()
                .flatMap(entity -> patterns(entity).stream())
                .map(PathPattern::folder)
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * A file of an entity.
     *
     * @param texts the fields that its path names
     * @param readable whether its name can be used to open it
     */
    record EntityFile(String relative, Map<String, String> texts, boolean readable) {}

    /** The entity's files with paths in {@code [from, to)}, sorted by path; an empty {@code to} means no end. */
    List<EntityFile> files(LegacyFolder folder, Entity entity, String from, String to) {
        if (to.equals(from + "\0") && from.indexOf(LegacyFolder.UNREADABLE) < 0) {
            return files(entity, List.of(new LegacyFolder.Name(from, true)), from, to);
        }
        List<LegacyFolder.Name> names = new ArrayList<>();
        names(folder, entity, from, to, names::add);
        names.sort(Comparator.comparing(LegacyFolder.Name::relative));
        return files(entity, names, from, to);
    }

    /** Those of {@code sorted} that are the entity's files with paths in {@code [from, to)}. */
    List<EntityFile> files(Entity entity, List<LegacyFolder.Name> sorted, String from, String to) {
        List<EntityFile> files = new ArrayList<>();
        String last = "";
        for (LegacyFolder.Name name : sorted) {
            // Two patterns may have led there.
            boolean again = name.readable() && name.relative().equals(last);
            last = name.readable() ? name.relative() : last;
            if (!again && isWithin(name.relative(), from, to)) {
                file(entity, name).ifPresent(files::add);
            }
        }
        return files;
    }

    /** Tells the names in {@code [from, to)} of the folders where the entity's files are, in no order, and perhaps twice. */
    void names(LegacyFolder folder, Entity entity, String from, String to, Consumer<LegacyFolder.Name> told) {
        Set<String> looked = new HashSet<>();
        for (PathPattern pattern : patterns(entity)) {
            int segments = pattern.toString().split("/", -1).length;
            int depth = pattern.folder().isEmpty() ? 0 : pattern.folder().split("/", -1).length;
            int foldersBelow = segments - depth - 1;
            if (looked.add(foldersBelow + " " + pattern.folder())) {
                names(folder, pattern.folder(), foldersBelow, from, to, told);
            }
        }
    }

    private void names(
            LegacyFolder folder,
            String relative,
            int foldersBelow,
            String from,
            String to,
            Consumer<LegacyFolder.Name> told) {
        for (LegacyFolder.Name name : folder.names(relative)) {
            if (foldersBelow > 0) {
                if (!isOwn(name.relative()) && folder.isFolder(name.relative())) {
                    names(folder, name.relative(), foldersBelow - 1, from, to, told);
                }
            } else if (isWithin(name.relative(), from, to)) {
                told.accept(name);
            }
        }
    }

    private static boolean isWithin(String relative, String from, String to) {
        return relative.compareTo(from) >= 0 && (to.isEmpty() || relative.compareTo(to) < 0);
    }

    private Optional<EntityFile> file(Entity entity, LegacyFolder.Name name) {
        PathPattern pattern = strongest(entity, name.relative());
        if (pattern == null || isNoise(pattern, name.relative()) || !owner(name.relative(), entity)) {
            return Optional.empty();
        }
        return pattern.match(name.relative()).map(texts -> new EntityFile(name.relative(), texts, name.readable()));
    }

    /** Of the entity's patterns that match the path, the one with the most fixed characters; null if none does. */
    private static @Nullable PathPattern strongest(Entity entity, String relative) {
        return patterns(entity).stream()
                .filter(pattern -> pattern.match(relative).isPresent())
                .max(Comparator.comparingInt(PathPattern::literalLength))
                .orElse(null);
    }

    boolean owner(String relative, Entity entity) {
        return paths.owners(relative).stream().anyMatch(owner -> owner.name().equals(entity.name()));
    }

    private static boolean isOwn(String relative) {
        return relative.equals(LegacyFolder.OWN);
    }

    /** What editors and the application leave behind, where the pattern has no ending of its own that would keep it out. */
    private static boolean isNoise(PathPattern pattern, String relative) {
        String name = relative.substring(relative.lastIndexOf('/') + 1);
        if (name.startsWith(LegacyFolder.OWN)) {
            return true;
        }
        return pattern.toString().endsWith("}")
                && (name.startsWith(".")
                        || name.endsWith("~")
                        || name.endsWith(".tmp")
                        || name.endsWith(".swp")
                        || name.endsWith(".gz"));
    }
}
