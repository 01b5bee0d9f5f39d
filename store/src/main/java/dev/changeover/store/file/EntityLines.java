package dev.changeover.store.file;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.FileLayouts.EntityFile;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.journal.JournaledBatch.Append;
import dev.changeover.store.file.json.LineEditor;
import dev.changeover.store.file.json.RecordMembers;
import dev.changeover.store.file.lines.LineIndex;
import dev.changeover.store.file.lines.LineIndex.Line;
import dev.changeover.store.file.lines.LineParser;
import dev.changeover.store.file.lines.LineReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looks into the JSON lines of one entity. */
final class EntityLines implements EntityFiles {
    private static final int MAX_CONTENT_BYTES = 1 << 20;

    private final LegacyFolder folder;
    private final FileLayouts layouts;
    private final Entity entity;
    private final LineParser parser;
    private final LineIndex index;
    private final LineEditor editor;

    EntityLines(LegacyFolder folder, FileLayouts layouts, Entity entity, LinesLayout layout) {
        this.folder = folder;
        this.layouts = layouts;
        this.entity = entity;
        this.parser = new LineParser(entity, layout);
        this.index = new LineIndex(folder, parser);
        this.editor = new LineEditor(parser.members(), layout.style());
    }

    /** Where a chunk begins or ends: {@code PATH@OFFSET:LINE}. */
    private record Spot(String path, long offset, long line) {
        static Spot of(String text) {
            int colon = text.lastIndexOf(':');
            int at = text.lastIndexOf('@', colon);
            return new Spot(
                    text.substring(0, at),
                    Long.parseLong(text, at + 1, colon, 10),
                    Long.parseLong(text, colon + 1, text.length(), 10));
        }

        @Override
        public String toString() {
            return path + "@" + offset + ":" + line;
        }
    }

    @Override
    public Iterator<Chunk> chunks(int targetRecords) {
        return new ChunkIterator(layouts.files(folder, entity, "", "").iterator(), targetRecords);
    }

    /** Counts lines, so that a chunk knows the number of its first one. */
    private final class ChunkIterator implements Iterator<Chunk> {
        private final Iterator<EntityFile> files;
        private final int targetRecords;
        private @Nullable LineReader reader;
        private String path = "";
        private long line;
        private String from = "";
        private boolean done;

        ChunkIterator(Iterator<EntityFile> files, int targetRecords) {
            this.files = files;
            this.targetRecords = targetRecords;
        }

        @Override
        public boolean hasNext() {
            return !done;
        }

        @Override
        public Chunk next() {
            if (done) {
                throw new NoSuchElementException();
            }
            long records = 0;
            while (records < targetRecords) {
                if (!nextLine()) {
                    done = true;
                    return new Chunk(from, "", records);
                }
                records++;
            }
            LineReader here = java.util.Objects.requireNonNull(reader);
            String to = new Spot(path, here.nextOffset(), line + 1).toString();
            Chunk chunk = new Chunk(from, to, records);
            from = to;
            return chunk;
        }

        private boolean nextLine() {
            try {
                while (true) {
                    LineReader open = reader;
                    if (open != null && open.next()) {
                        line++;
                        return true;
                    }
                    if (open != null) {
                        open.close();
                        reader = null;
                    }
                    if (!files.hasNext()) {
                        return false;
                    }
                    path = files.next().relative();
                    line = 0;
                    reader = openAt(path, 0);
                }
            } catch (IOException e) {
                throw folder.unreadable(path, e);
            }
        }
    }

    /** The file's lines; null if there is no such file (any more), or it is none: the scan says so then. */
    private @Nullable LineReader openAt(String path, long offset) throws IOException {
        try {
            LegacyFolder.Stamp stamp = folder.stamp(path);
            return stamp == null || offset > stamp.size() ? null : new LineReader(folder.open(path), offset);
        } catch (DamagedFileException | NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public RecordStream scan(Chunk chunk) {
        Spot from = chunk.from().isEmpty() ? new Spot("", 0, 1) : Spot.of(chunk.from());
        Spot to = chunk.to().isEmpty() ? new Spot("", 0, 1) : Spot.of(chunk.to());
        List<EntityFile> files =
                layouts.files(folder, entity, from.path(), to.path().isEmpty() ? "" : to.path() + "\0");
        refreshIndex();
        return new LineStream(files, from, to);
    }

    private final class LineStream implements RecordStream {
        private final Iterator<EntityFile> files;
        private final Spot from;
        private final Spot to;
        private @Nullable EntityFile file;
        private RecordMembers.@Nullable Known known;
        private @Nullable LineReader reader;
        private long line;
        private @Nullable Scanned next;

        LineStream(List<EntityFile> files, Spot from, Spot to) {
            this.files = files.iterator();
            this.from = from;
            this.to = to;
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                next = find();
            }
            return next != null;
        }

        @Override
        public Scanned next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Scanned result = java.util.Objects.requireNonNull(next);
            next = null;
            return result;
        }

        private @Nullable Scanned find() {
            String path = "";
            try {
                while (true) {
                    EntityFile here = file;
                    LineReader open = reader;
                    if (here == null || open == null) {
                        if (!files.hasNext()) {
                            return null;
                        }
                        path = files.next().relative();
                        Scanned damaged = openFile(layoutFile(path));
                        if (damaged != null) {
                            return damaged;
                        }
                        continue;
                    }
                    path = here.relative();
                    boolean ends = path.equals(to.path()) && open.nextOffset() >= to.offset();
                    if (ends || !open.next()) {
                        close();
                        continue;
                    }
                    line++;
                    if (!open.isBlank()) {
                        return scanned(here, open, java.util.Objects.requireNonNull(known), line);
                    }
                }
            } catch (IOException e) {
                throw folder.unreadable(path, e);
            }
        }

        private EntityFile layoutFile(String path) {
            return new EntityFile(
                    path, FileLayouts.patternOf(entity).match(path).orElseThrow(), true);
        }

        /** Opens a file where the chunk begins in it; returns what is wrong if it cannot be. */
        private @Nullable Scanned openFile(EntityFile opened) throws IOException {
            boolean first = opened.relative().equals(from.path());
            try {
                if (folder.stamp(opened.relative()) == null) {
                    return null;
                }
                known = parser.known(opened.texts());
            } catch (DamagedFileException | InvalidValueException e) {
                return first && from.offset() > 0
                        ? null
                        : Scanned.bad(opened.relative(), String.valueOf(e.getMessage()), "", Bytes.copyOf(new byte[0]));
            }
            file = opened;
            line = first ? from.line() - 1 : 0;
            reader = openAt(opened.relative(), first ? from.offset() : 0);
            return null;
        }

        @Override
        public void close() {
            LineReader open = reader;
            reader = null;
            file = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private Scanned scanned(EntityFile file, LineReader reader, RecordMembers.Known known, long line) {
        String origin = file.relative() + ":" + line;
        byte[] bytes = reader.bytes();
        if (reader.isTooLong()) {
            return Scanned.bad(
                    origin,
                    "a line of more than %d bytes, the most that is read".formatted(LineReader.MAX_LINE_BYTES),
                    "",
                    Bytes.copyOf(bytes));
        }
        try {
            EntityRecord entityRecord = parser.parse(bytes, known);
            RecordKey key = entityRecord.key();
            if (index.maybeTwice(key) && index.find(key).size() > 1) {
                return bad(origin, "%s is there twice: remove one of the lines".formatted(key), bytes, key.text());
            }
            return Scanned.good(entityRecord, origin);
        } catch (InvalidRecordException e) {
            String keyText = parser.key(bytes, known).map(RecordKey::text).orElse("");
            String cut = reader.isComplete() ? "" : " (the file's last line, without an end: it may have been cut)";
            return bad(origin, e.getMessage() + cut, bytes, keyText);
        } catch (IOException e) {
            throw folder.unreadable(file.relative(), e);
        }
    }

    private static Scanned bad(String origin, String fault, byte[] bytes, String keyText) {
        byte[] content = bytes.length > MAX_CONTENT_BYTES ? java.util.Arrays.copyOf(bytes, MAX_CONTENT_BYTES) : bytes;
        return Scanned.bad(origin, fault, keyText, Bytes.copyOf(content));
    }

    private void refreshIndex() {
        Map<String, Map<String, String>> present = new LinkedHashMap<>();
        for (EntityFile file : layouts.files(folder, entity, "", "")) {
            try {
                if (folder.stamp(file.relative()) != null) {
                    parser.known(file.texts());
                    present.put(file.relative(), file.texts());
                }
            } catch (DamagedFileException | InvalidValueException e) {
                // a scan reports it; no key can be in it
            }
        }
        try {
            index.refresh(present);
        } catch (NoSuchFileException | DamagedFileException e) {
            throw new StoreUnavailableException(
                    "Cannot read the files of %s: one was replaced while they were read".formatted(entity), e);
        } catch (IOException e) {
            throw folder.unreadable(FileLayouts.patternOf(entity).toString(), e);
        }
    }

    /** The lines of a key, as they are now. */
    List<Line> lines(RecordKey key) {
        try {
            return index.find(key);
        } catch (IOException e) {
            throw folder.unreadable(FileLayouts.patternOf(entity).toString(), e);
        }
    }

    @Override
    public Optional<String> unfit(EntityRecord entityRecord) {
        return parser.members().unfit(entityRecord);
    }

    /**
     * Which files change, and how, so that records become what they shall be.
     *
     * @param refused takes why records cannot be what they shall be
     */
    List<FileChange> plan(Map<RecordKey, Optional<EntityRecord>> changes, Map<RecordKey, String> refused) {
        refreshIndex();
        Map<String, LineChanges> byPath = new TreeMap<>();
        changes.forEach((key, state) -> {
            String home = state.map(layouts.paths()::path).orElse("");
            byte[] whole = state.map(editor::write).orElse(new byte[0]);
            if (whole.length > LineReader.MAX_LINE_BYTES) {
                refused.put(
                        key,
                        "a line of %d bytes, and %d is the most that is read"
                                .formatted(whole.length, LineReader.MAX_LINE_BYTES));
                return;
            }
            boolean stays = false;
            for (Line line : lines(key)) {
                boolean here = !stays && line.relative().equals(home);
                byte[] content = here ? edited(line, state.orElseThrow()) : null;
                stays |= here;
                if (content == null || !Arrays.equals(content, line.bytes())) {
                    changesOf(line.relative(), byPath)
                            .lines()
                            .put(line.offset(), new FileChange.LineChange(line.bytes().length, content));
                }
            }
            if (!stays && state.isPresent()) {
                changesOf(home, byPath).appended().add(whole);
            }
        });
        List<FileChange> files = new ArrayList<>();
        byPath.forEach((path, lineChanges) -> files.add(change(path, lineChanges)));
        return files;
    }

    private record LineChanges(NavigableMap<Long, FileChange.LineChange> lines, List<byte[]> appended) {}

    private static LineChanges changesOf(String path, Map<String, LineChanges> byPath) {
        return byPath.computeIfAbsent(path, absent -> new LineChanges(new TreeMap<>(), new ArrayList<>()));
    }

    private byte[] edited(Line line, EntityRecord entityRecord) {
        try {
            Map<String, String> texts =
                    FileLayouts.patternOf(entity).match(line.relative()).orElseThrow();
            return editor.edit(line.bytes(), entityRecord, parser.known(texts));
        } catch (InvalidValueException e) {
            throw new IllegalStateException(e); // the index was built from this path
        }
    }

    private FileChange change(String path, LineChanges changes) {
        try {
            LegacyFolder.Stamp stamp = folder.stamp(path);
            if (!changes.lines().isEmpty()) {
                return new FileChange.Rewrite(path, stamp, changes.lines(), changes.appended());
            }
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            long size = stamp == null ? 0 : stamp.size();
            if (size > 0 && folder.byteAt(path, size - 1) != '\n') {
                lines.write('\n');
            }
            for (byte[] line : changes.appended()) {
                lines.write(line, 0, line.length);
                lines.write('\n');
            }
            return new FileChange.Lines(stamp, new Append(path, size, lines.toByteArray()));
        } catch (DamagedFileException e) {
            throw new StoreUnavailableException("Cannot write %s: %s".formatted(path, e.getMessage()), e);
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }

    @Override
    public void read(Collection<RecordKey> keys, Found found) {
        refreshIndex();
        for (RecordKey key : keys) {
            List<Line> lines = lines(key);
            if (lines.size() > 1) {
                found.fault(key, "%s: it is there twice".formatted(lines.get(0).relative()));
            } else if (!lines.isEmpty()) {
                read(key, lines.get(0), found);
            }
        }
    }

    private void read(RecordKey key, Line line, Found found) {
        try {
            Map<String, String> texts =
                    FileLayouts.patternOf(entity).match(line.relative()).orElseThrow();
            found.record(key, parser.parse(line.bytes(), parser.known(texts)));
        } catch (InvalidRecordException | InvalidValueException e) {
            found.fault(key, "%s at byte %d: %s".formatted(line.relative(), line.offset(), e.getMessage()));
        }
    }

    @Override
    public List<EntityRecord> page(
            @Nullable RecordKey after, Predicate<EntityRecord> wanted, Map<String, String> pathTexts, int limit) {
        SmallestKeys page = new SmallestKeys(after, limit);
        try (RecordStream records = scan(Chunk.WHOLE)) {
            while (records.hasNext()) {
                EntityRecord entityRecord = records.next().record();
                if (entityRecord != null && wanted.test(entityRecord)) {
                    page.offer(entityRecord);
                }
            }
        }
        return page.sorted();
    }

    @Override
    public long count() {
        refreshIndex();
        return index.count();
    }
}
