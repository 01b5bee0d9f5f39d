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
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        List<EntityFile> files = new ArrayList<>();
        for (PathPattern pattern : patterns(entity)) {
            String[] segments = pattern.toString().split("/", -1);
            int depth = pattern.folder().isEmpty() ? 0 : pattern.folder().split("/", -1).length;
            collect(folder, entity, pattern, pattern.folder(), segments.length - depth - 1, from, to, files);
        }
        files.sort(Comparator.comparing(EntityFile::relative));
        return files;
    }

    private void collect(
            LegacyFolder folder,
            Entity entity,
            PathPattern pattern,
            String relative,
            int foldersBelow,
            String from,
            String to,
            List<EntityFile> files) {
        for (LegacyFolder.Name name : folder.names(relative)) {
            if (foldersBelow > 0) {
                if (!isOwn(name.relative()) && folder.isFolder(name.relative())) {
                    collect(folder, entity, pattern, name.relative(), foldersBelow - 1, from, to, files);
                }
            } else if (name.relative().compareTo(from) >= 0
                    && (to.isEmpty() || name.relative().compareTo(to) < 0)) {
                add(entity, pattern, name, files);
            }
        }
    }

    private void add(Entity entity, PathPattern pattern, LegacyFolder.Name name, List<EntityFile> files) {
        Optional<Map<String, String>> texts = pattern.match(name.relative());
        if (texts.isPresent()
                && !isNoise(pattern, name.relative())
                && owner(name.relative(), entity)
                && pattern.equals(strongest(entity, name.relative()))) {
            files.add(new EntityFile(name.relative(), texts.get(), name.readable()));
        }
    }

    /** Of the entity's patterns that match the path, the one with the most fixed characters. */
    private static PathPattern strongest(Entity entity, String relative) {
        return patterns(entity).stream()
                .filter(pattern -> pattern.match(relative).isPresent())
                .max(Comparator.comparingInt(PathPattern::literalLength))
                .orElseThrow();
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
