package dev.changeover.store.file;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import dev.changeover.store.file.FileChange.Edit;
import dev.changeover.store.file.FileChange.Part;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Works out which files change, and how, so that records become what they shall be. Changes nothing itself. */
final class ChangePlanner {
    private final LegacyFolder folder;
    private final FileLayouts layouts;
    private final FileReader reader;
    private final CaseTwins twins;

    ChangePlanner(LegacyFolder folder, FileLayouts layouts, FileReader reader, CaseTwins twins) {
        this.folder = folder;
        this.layouts = layouts;
        this.reader = reader;
        this.twins = twins;
    }

    /**
     * @param files in the order of their paths
     * @param refused why records cannot be what they shall be, by key
     */
    record Plan(List<FileChange> files, Map<RecordKey, String> refused) {}

    /** @param changes for each key what its record shall be; empty for nothing */
    Plan plan(Map<RecordKey, Optional<EntityRecord>> changes) {
        Map<RecordKey, String> refused = new LinkedHashMap<>();
        Map<String, List<Part>> documents = new TreeMap<>();
        // By name: a definition that was read twice has two of each entity, and both are meant.
        Map<String, Map<RecordKey, Optional<EntityRecord>>> lines = new LinkedHashMap<>();
        changes.forEach((key, state) -> {
            Optional<String> unfit = state.flatMap(wanted -> layouts.paths()
                    .unfit(wanted)
                    .or(() -> reader.files(wanted.entity()).unfit(wanted)));
            if (unfit.isPresent()) {
                refused.put(key, unfit.get());
            } else if (reader.files(key.entity()) instanceof EntityDocuments) {
                addToDocument(key, state, documents);
            } else {
                lines.computeIfAbsent(key.entity().name(), entity -> new LinkedHashMap<>())
                        .put(key, state);
            }
            if (state.isEmpty()) {
                addDocumentsOfChildren(key, documents);
            }
        });
        List<FileChange> files = new ArrayList<>();
        documents.forEach((path, parts) -> plan(path, parts, refused).ifPresent(files::add));
        LinePlan linePlan = new LinePlan(folder);
        for (Entity entity : layouts.entities()) { // parents first: what is part of a line comes after the line
            Map<RecordKey, Optional<EntityRecord>> ofEntity = lines.get(entity.name());
            if (ofEntity != null) {
                ((EntityLines) reader.files(entity)).plan(ofEntity, linePlan, refused);
            }
        }
        files.addAll(linePlan.changes());
        return new Plan(files, refused);
    }

    private void addToDocument(RecordKey key, Optional<EntityRecord> state, Map<String, List<Part>> documents) {
        String path;
        try {
            path = state.isPresent()
                    ? layouts.paths().path(state.get())
                    : layouts.paths().path(key);
        } catch (UnfitException e) {
            return; // a delete: no file can hold it, so none does
        }
        part(key.entity(), path, documents).changes().put(key, state);
    }

    private Part part(Entity entity, String path, Map<String, List<Part>> documents) {
        EntityDocuments files = (EntityDocuments) reader.files(entity);
        List<Part> parts = documents.computeIfAbsent(path, absent -> new ArrayList<>());
        for (Part part : parts) {
            if (part.documents() == files) {
                return part;
            }
        }
        Part part =
                new Part(files, FileLayouts.patternOf(entity).match(path).orElseThrow(), new LinkedHashMap<>(), false);
        parts.add(files.isWholeDocument() ? 0 : parts.size(), part);
        return part;
    }

    /** The application removes a chat's history with its head: a document of children does not outlive its parent, if it is empty. */
    private void addDocumentsOfChildren(RecordKey parent, Map<String, List<Part>> documents) {
        for (Entity child : layouts.entities()) {
            Reference link = child.parent().orElse(null);
            if (link == null || !link.entity().equals(parent.entity().name())) {
                continue;
            }
            Layout layout = FileLayouts.layout(child);
            if (layout instanceof DocumentLayout many
                    && many.many()
                    && !many.sharing().hasHost()
                    && link.fields().containsAll(many.path().fields())) {
                String path = pathOfChildren(parent, link, many);
                if (path != null) {
                    Part part = part(child, path, documents);
                    List<Part> parts = Objects.requireNonNull(documents.get(path));
                    parts.set(parts.indexOf(part), new Part(part.documents(), part.pathTexts(), part.changes(), true));
                }
            }
        }
    }

    private @Nullable String pathOfChildren(RecordKey parent, Reference link, DocumentLayout children) {
        try {
            String path = children.path()
                    .path(field ->
                            ValueJson.text(parent.values().get(link.fields().indexOf(field))));
            List<Entity> owners = layouts.paths().owners(path);
            return owners.size() == 1 && children.equals(FileLayouts.layout(owners.get(0))) ? path : null;
        } catch (UnfitException e) {
            return null;
        }
    }

    private Optional<FileChange> plan(String path, List<Part> parts, Map<RecordKey, String> refused) {
        try {
            if (twins.hasOther(path)) {
                throw new DamagedFileException(
                        "this file system does not tell it from another name that differs in capitals only");
            }
            EntityDocuments.Planned planned = parts.get(0).documents().plan(path, new Edit(parts));
            planned.refused().forEach((key, reason) -> refused.put(key, path + ": " + reason));
            return Optional.ofNullable(planned.change());
        } catch (DamagedFileException e) {
            parts.forEach(part ->
                    part.changes().keySet().forEach(key -> refused.put(key, "%s: %s".formatted(path, e.getMessage()))));
            return Optional.empty();
        }
    }
}
