package dev.changeover.store.file;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.disk.LegacyFolder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a file store, without a lock: while the application or a {@link FileStore}, here or in another process, writes. */
public final class FileReader implements StoreReader {
    private static final int MAX_PAGE = 1000;

    private final LegacyFolder folder;
    private final StorePresence presence;
    private final Map<String, EntityFiles> files = new LinkedHashMap<>();

    FileReader(LegacyFolder folder, FileLayouts layouts, Pause pause) {
        this.folder = folder;
        this.presence = new StorePresence(folder, layouts.folders());
        for (Entity entity : layouts.entities()) {
            Layout layout = FileLayouts.layout(entity);
            files.put(
                    entity.name(),
                    layout instanceof DocumentLayout documents
                            ? new EntityDocuments(folder, layouts, entity, documents, pause)
                            : new EntityLines(folder, layouts, entity, (LinesLayout) layout));
        }
    }

    /**
     * @param root the folder that the paths of the migration's legacy layouts begin at
     * @param side the side that this store is; the layouts are the legacy ones on both, so that files can be rebuilt
     *     elsewhere
     * @throws dev.changeover.store.StoreUnavailableException if there is no such store
     */
    public static FileReader open(Migration migration, Path root, Side side) {
        FileReader reader = new FileReader(new LegacyFolder(root), new FileLayouts(migration), Pause.parked());
        reader.presence.check();
        return reader;
    }

    StorePresence presence() {
        return presence;
    }

    EntityFiles files(Entity entity) {
        EntityFiles found = files.get(entity.name());
        if (found == null) {
            throw new IllegalArgumentException(
                    "Invalid entity %s: %s has no files of it".formatted(entity, folder.root()));
        }
        return found;
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        presence.check();
        return files(entity).chunks(targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        presence.check();
        return files(entity).scan(chunk);
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        presence.check();
        EntityFiles.Found found = new EntityFiles.Found();
        files(entity).read(keys, found);
        return new Reading(Map.of(), found.records(), found.faults());
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new IllegalArgumentException("Invalid limit %d: 1 to %d".formatted(limit, MAX_PAGE));
        }
        presence.check();
        Map<String, String> texts = new LinkedHashMap<>();
        equal.forEach((field, value) -> {
            if (!(value instanceof Missing)) {
                texts.put(field, ValueJson.text(value));
            }
        });
        texts.keySet().retainAll(FileLayouts.patternOf(entity).fields());
        return files(entity).page(after, entityRecord -> matches(entityRecord, equal), texts, limit);
    }

    private static boolean matches(EntityRecord entityRecord, Map<String, Object> equal) {
        return equal.entrySet().stream()
                .allMatch(wanted -> Canonical.same(
                        entityRecord.entity().field(wanted.getKey()),
                        entityRecord.value(wanted.getKey()),
                        wanted.getValue()));
    }

    @Override
    public long count(Entity entity) {
        presence.check();
        return files(entity).count();
    }

    @Override
    public void close() {
        // nothing is kept open
    }
}
