package dev.changeover.store.file;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.file.FileLayouts.EntityFile;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.Content;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import dev.changeover.store.file.form.DocumentForm;
import dev.changeover.store.file.form.InvalidDocumentException;
import dev.changeover.store.file.json.DocumentEditor;
import dev.changeover.store.file.json.DocumentReader;
import dev.changeover.store.file.yaml.MarkdownForm;
import dev.changeover.store.file.yaml.YamlForm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looks into the documents of one entity. */
final class EntityDocuments implements EntityFiles {
    /** The application rewrites in place: for a moment a document can be cut or empty. */
    private static final int TRIES = 4;

    /** An empty one has just been opened to be written; its writer may be slow. */
    private static final int TRIES_WHILE_EMPTY = 40;

    private static final String INVALID = "Cannot read the document: ";

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(5);
    private static final int GUESSED_RECORD_BYTES = 250;
    private static final int MAX_COUNTED_FILES = 1_000_000;

    private final LegacyFolder folder;
    private final FileLayouts layouts;
    private final Entity entity;
    private final DocumentLayout layout;
    private final DocumentReader reader;
    private final DocumentEditor editor;
    private final DocumentForm form;
    private final Pause pause;
    private final Map<String, Counted> counts = new ConcurrentHashMap<>();

    private record Counted(Stamp stamp, long records) {}

    EntityDocuments(LegacyFolder folder, FileLayouts layouts, Entity entity, DocumentLayout layout, Pause pause) {
        this.folder = folder;
        this.layouts = layouts;
        this.entity = entity;
        this.layout = layout;
        this.reader = new DocumentReader(entity, layout);
        this.editor = new DocumentEditor(entity, layout);
        this.form = form(entity, layout);
        this.pause = pause;
    }

    private static DocumentForm form(Entity entity, DocumentLayout layout) {
        return switch (layout.form()) {
            case JSON -> DocumentForm.JSON;
            case YAML -> new YamlForm(entity, layout);
            case MARKDOWN -> new MarkdownForm();
        };
    }

    @Override
    public Iterator<Chunk> chunks(int targetRecords) {
        List<EntityFile> files = layouts.files(folder, entity, "", "");
        return new Iterator<>() {
            private int next;
            private boolean done;

            @Override
            public boolean hasNext() {
                return !done;
            }

            @Override
            public Chunk next() {
                if (done) {
                    throw new java.util.NoSuchElementException();
                }
                String from = next == 0 ? "" : files.get(next).relative();
                long records = 0;
                while (next < files.size() && (records == 0 || records < targetRecords)) {
                    records += guess(files.get(next++).relative());
                }
                done = next >= files.size();
                return new Chunk(from, done ? "" : files.get(next).relative(), records);
            }
        };
    }

    private long guess(String relative) {
        if (!layout.many()) {
            return 1;
        }
        try {
            Stamp stamp = folder.stamp(relative);
            return stamp == null ? 1 : 1 + stamp.size() / GUESSED_RECORD_BYTES;
        } catch (DamagedFileException e) {
            return 1;
        }
    }

    @Override
    public RecordStream scan(Chunk chunk) {
        return new DocumentStream(
                layouts.files(folder, entity, chunk.from(), chunk.to()).iterator(), this::records);
    }

    @Override
    public Function<Chunk, RecordStream> scans() {
        Stretch stretch = new Stretch(layouts, folder, entity, Stretch.MOST_NAMES);
        return chunk ->
                new DocumentStream(stretch.files(chunk.from(), chunk.to()).iterator(), this::records);
    }

    /** All that is in one file; nothing if it has gone. */
    private List<Scanned> records(EntityFile file) {
        if (!file.readable()) {
            return List.of(damaged(file.relative(), "its name is not UTF-8: rename it"));
        }
        List<Scanned> records = List.of();
        boolean empty = false;
        for (int tries = 0; tries < (empty ? TRIES_WHILE_EMPTY : TRIES); tries++) {
            try {
                Content content = folder.read(file.relative());
                if (content == null) {
                    checkFolder(file.relative()); // that the folder is gone is no absence of its files
                    return List.of();
                }
                empty = content.bytes().length == 0;
                records = read(file.relative(), file.texts(), content.bytes(), null);
            } catch (DamagedFileException e) {
                return List.of(damaged(file.relative(), e.getMessage()));
            }
            if (!isTorn(records)) {
                break;
            }
            pause.pause(BETWEEN_TRIES);
        }
        return records;
    }

    /** @param wanted the keys that are looked for; null for all records */
    private List<Scanned> read(
            String relative, Map<String, String> texts, byte[] content, @Nullable Set<RecordKey> wanted) {
        byte[] json;
        try {
            json = form.json(content);
        } catch (InvalidDocumentException e) {
            return List.of(Scanned.bad(relative, INVALID + e.getMessage(), "", Bytes.copyOf(new byte[0])));
        }
        return wanted == null ? reader.read(relative, texts, json) : reader.read(relative, texts, json, wanted);
    }

    private static boolean isTorn(List<Scanned> records) {
        return records.size() == 1
                && records.get(0).record() == null
                && (records.get(0).fault().startsWith("Invalid JSON")
                        || records.get(0).fault().startsWith(INVALID));
    }

    private Scanned damaged(String relative, @Nullable String reason) {
        return Scanned.bad(relative, String.valueOf(reason), "", Bytes.copyOf(new byte[0]));
    }

    @Override
    public void read(Collection<RecordKey> keys, Found found) {
        Map<String, Set<RecordKey>> byPath = new LinkedHashMap<>();
        for (RecordKey key : keys) {
            try {
                byPath.computeIfAbsent(layouts.paths().path(key), path -> new HashSet<>())
                        .add(key);
            } catch (UnfitException e) {
                // no file can hold it, so none does
            }
        }
        byPath.forEach((path, wanted) -> read(path, wanted, found));
    }

    private void read(String path, Set<RecordKey> wanted, Found found) {
        Map<String, String> texts = FileLayouts.patternOf(entity).match(path).orElseThrow();
        for (int tries = 1; ; tries++) {
            Content content;
            try {
                content = folder.read(path);
            } catch (DamagedFileException e) {
                wanted.forEach(key -> found.fault(key, "%s: %s".formatted(path, e.getMessage())));
                return;
            }
            if (content == null) {
                checkFolder(path);
                return;
            }
            List<Scanned> records = read(path, texts, content.bytes(), wanted);
            if (!isTorn(records) || tries >= (content.bytes().length == 0 ? TRIES_WHILE_EMPTY : TRIES)) {
                settle(records, wanted, found);
                return;
            }
            pause.pause(BETWEEN_TRIES);
        }
    }

    private static void settle(List<Scanned> records, Set<RecordKey> wanted, Found found) {
        if (isTorn(records)) {
            Scanned torn = records.get(0);
            wanted.forEach(key -> found.fault(key, torn.origin() + ": " + torn.fault()));
            return;
        }
        for (Scanned scanned : records) {
            EntityRecord entityRecord = scanned.record();
            if (entityRecord != null) {
                found.record(entityRecord.key(), entityRecord);
            } else {
                String fault = scanned.origin() + ": " + scanned.fault();
                wanted.stream()
                        .filter(key -> scanned.keyText().isEmpty() || key.text().equals(scanned.keyText()))
                        .forEach(key -> found.fault(key, fault));
            }
        }
    }

    /** That a file is not there means something only if its folder is. */
    private void checkFolder(String path) {
        String fixed = FileLayouts.patternOf(entity).folder();
        if (!fixed.isEmpty() && !folder.isFolder(fixed)) {
            folder.names(fixed); // says what is wrong with it
            throw folder.unreadable(fixed, new java.nio.file.NotDirectoryException(path));
        }
    }

    @Override
    public List<EntityRecord> page(
            @Nullable RecordKey after, Predicate<EntityRecord> wanted, Map<String, String> pathTexts, int limit) {
        SmallestKeys page = new SmallestKeys(after, limit);
        boolean sorted = pathBeginsKey();
        for (EntityFile file : filesInKeyOrder(pathTexts)) {
            if (sorted && page.isFull()) {
                break;
            }
            if (after == null || !sorted || mayFollow(file, after)) {
                records(file).stream()
                        .flatMap(scanned -> Optional.ofNullable(scanned.record()).stream())
                        .filter(wanted)
                        .forEach(page::offer);
            }
        }
        return page.sorted();
    }

    private boolean pathBeginsKey() {
        List<String> inPath =
                FileLayouts.patternOf(entity).fields().stream().distinct().toList();
        return entity.key().stream()
                .map(Field::name)
                .limit(inPath.size())
                .toList()
                .containsAll(inPath);
    }

    /** Files in the order of the keys in them: the fields in the path come first in the key, or else a file holds one record. */
    private List<EntityFile> filesInKeyOrder(Map<String, String> pathTexts) {
        if (!pathTexts.isEmpty()
                && pathTexts.keySet().containsAll(FileLayouts.patternOf(entity).fields())) {
            try {
                String path = FileLayouts.patternOf(entity).path(field -> Objects.requireNonNull(pathTexts.get(field)));
                boolean there = layouts.owner(path, entity);
                checkFolder(path);
                return there ? List.of(new EntityFile(path, pathTexts, true)) : List.of();
            } catch (UnfitException e) {
                return List.of();
            }
        }
        record Sorted(KeyPrefix prefix, EntityFile file) {}
        return layouts.files(folder, entity, "", "").stream()
                .map(file -> new Sorted(KeyPrefix.of(entity, file.texts()), file))
                .sorted(Comparator.comparing(Sorted::prefix))
                .map(Sorted::file)
                .toList();
    }

    private boolean mayFollow(EntityFile file, RecordKey after) {
        return KeyPrefix.of(entity, file.texts()).compareTo(KeyPrefix.of(after, file.texts())) >= 0;
    }

    @Override
    public Optional<String> unfit(EntityRecord entityRecord) {
        return reader.members().unfit(entityRecord);
    }

    /**
     * An edit that was worked out.
     *
     * @param change null if the document is what it shall be
     * @param refused why records could not be put in or taken out
     */
    record Planned(FileChange.@Nullable Document change, Map<RecordKey, String> refused) {}

    boolean isWholeDocument() {
        return !layout.many();
    }

    /** What {@code edit} makes of the document as it is now. */
    Planned plan(String path, FileChange.Edit edit) throws DamagedFileException {
        for (int tries = 1; ; tries++) {
            Content content = folder.read(path);
            byte[] before = content == null ? null : content.bytes();
            Map<RecordKey, String> refused = new LinkedHashMap<>();
            byte[] after = before;
            boolean torn = false;
            for (FileChange.Part part : edit.parts()) {
                DocumentEditor.Edited edited = part.documents().edit(after, part);
                refused.putAll(edited.refused());
                torn |= !edited.damage().isEmpty();
                after = edited.damage().isEmpty() ? edited.content() : after;
            }
            if (torn && tries < TRIES) {
                pause.pause(BETWEEN_TRIES);
                continue;
            }
            if (Arrays.equals(before, after)) {
                return new Planned(null, refused);
            }
            if (after != null && after.length > LegacyFolder.MAX_DOCUMENT_BYTES) {
                throw new DamagedFileException("it would have %d bytes, and %d is the most that is read"
                        .formatted(after.length, LegacyFolder.MAX_DOCUMENT_BYTES));
            }
            return new Planned(
                    new FileChange.Document(path, content == null ? null : content.stamp(), after, edit), refused);
        }
    }

    private DocumentEditor.Edited edit(byte @Nullable [] content, FileChange.Part part) {
        try {
            byte[] json = content == null ? null : form.json(content);
            DocumentEditor.Edited edited = editor.edit(json, part.pathTexts(), part.changes(), part.endsWhenEmpty());
            byte[] after = edited.content();
            if (after == null || !edited.damage().isEmpty()) {
                return edited;
            }
            boolean same = content != null && Arrays.equals(json, after);
            byte[] written = same ? content : content == null ? form.written(after) : form.edited(content, after);
            return new DocumentEditor.Edited(written, edited.refused(), "");
        } catch (InvalidDocumentException e) {
            boolean goes = part.changes().values().stream().noneMatch(Optional::isPresent);
            if (isWholeDocument() && goes) {
                return editor.edit(null, part.pathTexts(), part.changes(), part.endsWhenEmpty());
            }
            return DocumentEditor.refuseAll(part.changes(), e.getMessage());
        }
    }

    @Override
    public long count() {
        List<EntityFile> files = layouts.files(folder, entity, "", "");
        if (!layout.many()) {
            return files.size();
        }
        Set<String> present = new HashSet<>();
        long count = 0;
        for (EntityFile file : files) {
            present.add(file.relative());
            count += count(file);
        }
        counts.keySet().retainAll(present);
        return count;
    }

    private long count(EntityFile file) {
        try {
            Stamp stamp = folder.stamp(file.relative());
            Counted before = counts.get(file.relative());
            if (before != null && before.stamp().equals(stamp)) {
                return before.records();
            }
            Content content = folder.read(file.relative());
            if (content == null) {
                return 0;
            }
            long records = reader.count(form.json(content.bytes()));
            if (counts.size() < MAX_COUNTED_FILES) {
                counts.put(file.relative(), new Counted(content.stamp(), records));
            }
            return records;
        } catch (DamagedFileException | InvalidDocumentException e) {
            return 1;
        }
    }

    /** The fields of a key that a path names, in key order: it sorts files as the keys in them are sorted. */
    private record KeyPrefix(RecordKey key) implements Comparable<KeyPrefix> {
        static KeyPrefix of(Entity entity, Map<String, String> pathTexts) {
            List<Object> values = new ArrayList<>(entity.key().size());
            for (Field field : entity.key()) {
                String text = pathTexts.get(field.name());
                values.add(text == null ? "" : typed(field, text));
            }
            return new KeyPrefix(RecordKey.of(entity, values));
        }

        private static Object typed(Field field, String text) {
            try {
                return ValueJson.parse(field, text);
            } catch (InvalidValueException e) {
                return text; // no good key has it: anywhere will do
            }
        }

        static KeyPrefix of(RecordKey key, Map<String, String> pathTexts) {
            List<Object> values = new ArrayList<>(key.values().size());
            for (int i = 0; i < key.values().size(); i++) {
                boolean inPath = pathTexts.containsKey(key.entity().key().get(i).name());
                values.add(inPath ? key.values().get(i) : "");
            }
            return new KeyPrefix(RecordKey.of(key.entity(), values));
        }

        @Override
        public int compareTo(KeyPrefix other) {
            return key.compareTo(other.key);
        }
    }
}
