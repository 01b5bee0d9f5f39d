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
import dev.changeover.store.file.lines.LineIndex.Slice;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Looks into the JSON lines of one entity. */
final class EntityLines implements EntityFiles {
    private static final int MAX_CONTENT_BYTES = 1 << 20;
    /** Read at once where single lines are sought. */
    private static final int SOUGHT_BYTES = 4 << 10;

    private static final int MAX_TRIES = 100;

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

    /** Every {@code of}-th of the lines, by their keys: what {@link Chunk#from} says, as {@code PART/OF}. */
    private record Part(int part, int of) {
        static Part of(String text) {
            int slash = text.indexOf('/');
            return new Part(Integer.parseInt(text, 0, slash, 10), Integer.parseInt(text, slash + 1, text.length(), 10));
        }

        @Override
        public String toString() {
            return part + "/" + of;
        }
    }

    /**
     * Parts by key, not by place in the files: each live change of a line and each rotation moves others, and what had moved from
     * a part that is still to be read into one that was read already would be missed.
     */
    @Override
    public Iterator<Chunk> chunks(int targetRecords) {
        refreshIndex();
        long records = index.count();
        int parts = (int) Math.max(1, (records + targetRecords - 1) / targetRecords);
        return parts == 1
                ? List.of(new Chunk("", "", records)).iterator()
                : IntStream.range(0, parts)
                        .mapToObj(part -> new Chunk(new Part(part, parts).toString(), "", records / parts))
                        .iterator();
    }

    /** The file's lines; null if there is no such file (any more), or it is none: the scan says so then. */
    private @Nullable LineReader openAt(String path, int bufferBytes) throws IOException {
        try {
            return folder.stamp(path) == null ? null : new LineReader(folder.open(path), 0, bufferBytes);
        } catch (DamagedFileException | NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public RecordStream scan(Chunk chunk) {
        refreshIndex();
        return chunk.from().isEmpty()
                ? new LineStream(layouts.files(folder, entity, "", ""))
                : new PartStream(Part.of(chunk.from()));
    }

    /** The lines of one part, sought by the index. */
    private final class PartStream implements RecordStream {
        private final Part part;
        private final Iterator<Slice> slices;
        private @Nullable Slice slice;
        private RecordMembers.@Nullable Known known;
        private @Nullable LineReader reader;
        private final Iterator<Scanned> damaged;
        private int at;
        private @Nullable Scanned next;

        PartStream(Part part) {
            this.part = part;
            this.damaged = part.part() == 0
                    ? damagedFiles().iterator()
                    : List.<Scanned>of().iterator();
            this.slices = index.slices(part.part(), part.of()).iterator();
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
                    Slice here = slice;
                    LineReader open = reader;
                    if (here == null || open == null || at == here.offsets().length) {
                        close();
                        if (!slices.hasNext()) {
                            return damaged.hasNext() ? damaged.next() : null;
                        }
                        Slice following = slices.next();
                        path = following.relative();
                        open(following);
                        continue;
                    }
                    path = here.relative();
                    open.seek(here.offsets()[at]);
                    int number = here.numbers()[at++];
                    if (open.next() && !open.isBlank()) {
                        return scanned(path, open, java.util.Objects.requireNonNull(known), number);
                    }
                }
            } catch (IOException | InvalidValueException e) {
                throw folder.unreadable(path, e instanceof IOException io ? io : new IOException(e));
            }
        }

        /** Opens the file that the slice was made from; of one that has taken its place the slice is made anew. */
        private void open(Slice following) throws IOException, InvalidValueException {
            Slice wanted = following;
            known = parser.known(wanted.texts());
            for (int tries = 0; tries < MAX_TRIES; tries++) {
                if (wanted.offsets().length == 0) {
                    return;
                }
                LineReader opened = openAt(wanted.relative(), SOUGHT_BYTES);
                if (opened == null) {
                    return; // it has gone
                }
                // What is open by now stays what it is, whoever renames another file to its path.
                if (isThere(wanted)) {
                    reader = opened;
                    slice = wanted;
                    at = 0;
                    return;
                }
                opened.close();
                refreshIndex();
                String path = wanted.relative();
                @Nullable
                Slice again = index.slices(part.part(), part.of()).stream()
                        .filter(now -> now.relative().equals(path))
                        .findFirst()
                        .orElse(null);
                if (again == null) {
                    return;
                }
                wanted = again;
            }
            throw new StoreUnavailableException(
                    "Cannot read %s: it is replaced again and again".formatted(following.relative()));
        }

        /** Whether the file is the one that the slice was made from, perhaps with more at its end. */
        private boolean isThere(Slice wanted) throws IOException {
            try {
                LegacyFolder.Stamp now = folder.stamp(wanted.relative());
                return now != null
                        && java.util.Objects.equals(
                                now.identity(), wanted.stamp().identity())
                        && now.size() >= wanted.stamp().size();
            } catch (DamagedFileException e) {
                return false;
            }
        }

        @Override
        public void close() {
            LineReader open = reader;
            reader = null;
            slice = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** What is wrong with the files that the index cannot look into. */
    private List<Scanned> damagedFiles() {
        List<Scanned> damaged = new ArrayList<>();
        for (EntityFile each : layouts.files(folder, entity, "", "")) {
            try {
                folder.stamp(each.relative());
                parser.known(each.texts());
            } catch (DamagedFileException | InvalidValueException e) {
                damaged.add(damaged(each.relative(), e));
            }
        }
        return damaged;
    }

    private static Scanned damaged(String path, Exception e) {
        return Scanned.bad(path, String.valueOf(e.getMessage()), "", Bytes.copyOf(new byte[0]));
    }

    private final class LineStream implements RecordStream {
        private final Iterator<EntityFile> files;
        private @Nullable EntityFile file;
        private RecordMembers.@Nullable Known known;
        private @Nullable LineReader reader;
        private long line;
        private @Nullable Scanned next;

        LineStream(List<EntityFile> files) {
            this.files = files.iterator();
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
                    if (!open.next()) {
                        close();
                        continue;
                    }
                    line++;
                    if (!open.isBlank()) {
                        return scanned(path, open, java.util.Objects.requireNonNull(known), line);
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

        /** Opens a file; returns what is wrong if it cannot be. */
        private @Nullable Scanned openFile(EntityFile opened) throws IOException {
            try {
                if (folder.stamp(opened.relative()) == null) {
                    return null;
                }
                known = parser.known(opened.texts());
            } catch (DamagedFileException | InvalidValueException e) {
                return damaged(opened.relative(), e);
            }
            file = opened;
            line = 0;
            reader = openAt(opened.relative(), LineReader.BUFFER_BYTES);
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

    private Scanned scanned(String relative, LineReader reader, RecordMembers.Known known, long line) {
        String origin = relative + ":" + line;
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
            throw folder.unreadable(relative, e);
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
