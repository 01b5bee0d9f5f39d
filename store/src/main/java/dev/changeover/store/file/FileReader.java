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
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.journal.JournalTail;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a file store, without a lock: while the application or a {@link FileStore}, here or in another process, writes. */
public final class FileReader implements StoreReader {
    private static final int MAX_PAGE = 1000;
    private static final int MAX_ROUNDS = 20;

    private final LegacyFolder folder;
    private final StorePresence presence;
    private final JournalTail tail;
    private final Map<String, EntityFiles> files = new LinkedHashMap<>();

    FileReader(Migration migration, LegacyFolder folder, FileLayouts layouts, Pause pause) {
        this.folder = folder;
        this.tail = new JournalTail(folder.resolve(LegacyFolder.OWN), migration);
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
        FileReader reader =
                new FileReader(migration, new LegacyFolder(root), new FileLayouts(migration), Pause.parked());
        reader.presence.check();
        return reader;
    }

    /**
     * Tells the keys of the lines that were added to a file of {@code entity}'s lines, of one that is just being written too if it can be
     * told.
     *
     * @param path below the root
     * @param from as far as was read before
     * @return how far that is now; null if the file has gone, is another one, or was written anew: then nothing is known of it
     */
    public @Nullable LineMark behind(Entity entity, String path, LineMark from, Consumer<RecordKey> keys) {
        presence.check();
        return files(entity) instanceof EntityLines lines ? lines.behind(path, from, keys) : null;
    }

    StorePresence presence() {
        return presence;
    }

    /** Whether the entity lives here at all: it may be the other side's only. */
    boolean has(Entity entity) {
        return files.containsKey(entity.name());
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
    public Scans scans() {
        return new OneAfterTheOther();
    }

    /** Keeps what it knows of one entity: chunks of the next one come when those of the last one are through. */
    private final class OneAfterTheOther implements Scans {
        private String name = "";
        private Function<Chunk, RecordStream> scans = chunk -> {
            throw new IllegalStateException("No entity is scanned");
        };

        @Override
        public RecordStream scan(Entity entity, Chunk chunk) {
            presence.check();
            if (!entity.name().equals(name)) {
                scans = files(entity).scans();
                name = entity.name();
            }
            return scans.apply(chunk);
        }
    }

    /**
     * While a batch is being written, some of its files have changed already and others have not. So what batches touched during
     * the reading is read again; what a batch that is still being written touches is as its journal says, for that is where it
     * is in the store.
     */
    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        presence.check();
        Set<RecordKey> wanted = new HashSet<>(keys);
        Set<RecordKey> open = wanted;
        EntityFiles.Found found = new EntityFiles.Found();
        JournalTail.Mark from = mark();
        for (int round = 1; ; round++) {
            open.forEach(found::forget);
            files(entity).read(open, found);
            JournalTail.Mark to = mark();
            open = tail.touched(wanted, from.done(), to.done());
            if (open.isEmpty() || round == MAX_ROUNDS) {
                overlay(found, tail.states(wanted, open.isEmpty() ? to.done() : from.done(), to.sequence()));
                return new Reading(to.next(), found.records(), found.faults());
            }
            from = to;
        }
    }

    private JournalTail.Mark mark() {
        try {
            return tail.mark();
        } catch (IOException e) {
            throw folder.unreadable(LegacyFolder.OWN, e);
        }
    }

    private static void overlay(EntityFiles.Found found, Map<RecordKey, Optional<EntityRecord>> states) {
        states.forEach((key, state) -> {
            found.forget(key);
            state.ifPresent(entityRecord -> found.record(key, entityRecord));
        });
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
        FileLayouts.patterns(entity).forEach(pattern -> texts.keySet().retainAll(pattern.fields()));
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
