package dev.changeover.store.file;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.ValueText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.FileLayouts.EntityFile;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.disk.LegacyFolder.DamagedFileException;
import dev.changeover.store.file.json.LineEditor;
import dev.changeover.store.file.json.RecordMembers;
import dev.changeover.store.file.lines.LineIndex;
import dev.changeover.store.file.lines.LineIndex.Line;
import dev.changeover.store.file.lines.LineIndex.MovedException;
import dev.changeover.store.file.lines.LineIndex.Slice;
import dev.changeover.store.file.lines.LineParser;
import dev.changeover.store.file.lines.LineReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Looks into the JSON lines of one entity. */
final class EntityLines implements EntityFiles {
    private static final int MAX_CONTENT_BYTES = 1 << 20;
    private static final int MAX_TRIES = 100;
    /** Put before a line that is to stand behind the last one. */
    private static final int MAX_BLANK_LINES = 100_000;

    private static final byte[] BLANK = new byte[0];

    private final LegacyFolder folder;
    private final FileLayouts layouts;
    private final Entity entity;
    private final LinesLayout layout;
    /** By their paths' patterns. */
    private final Map<PathPattern, Kind> kinds = new LinkedHashMap<>();

    private final LineIndex index;

    EntityLines(LegacyFolder folder, FileLayouts layouts, Entity entity, LinesLayout layout) {
        this.folder = folder;
        this.layouts = layouts;
        this.entity = entity;
        this.index = new LineIndex(folder);
        for (LinesLayout.Kind kind : layout.kinds()) {
            LineParser parser = new LineParser(entity, kind);
            kinds.put(kind.path(), new Kind(kind, parser, new LineEditor(parser.members(), kind.style(), kind.at())));
        }
        this.layout = layout;
    }

    /** One kind of the entity's files. */
    private record Kind(LinesLayout.Kind layout, LineParser parser, LineEditor editor) {
        /** What is known of the record in a line from where it is. */
        RecordMembers.Known known(String path, int number) throws InvalidValueException {
            return parser.known(texts(path), number);
        }

        Map<String, String> texts(String path) {
            return layout.path().match(path).orElseThrow();
        }
    }

    /** A file that is scanned. */
    private record Place(String relative, Kind kind, Map<String, String> texts) {
        RecordMembers.Known known(int number) throws InvalidValueException {
            return kind.parser().known(texts, number);
        }
    }

    private Place place(String relative, Map<String, String> texts) {
        return new Place(relative, kindOf(relative), texts);
    }

    private Kind kindOf(String path) {
        return kind(layout.kindOf(path).orElseThrow());
    }

    private Kind kind(LinesLayout.Kind of) {
        return java.util.Objects.requireNonNull(kinds.get(of.path()));
    }

    /** The kind that has records of this key. */
    private Kind kindOf(RecordKey key) {
        Kind unnumbered = null;
        for (Kind kind : kinds.values()) {
            if (!kind.layout().isNumbered()) {
                unnumbered = kind;
            } else if (saysFileAndLine(key)) {
                return kind;
            }
        }
        return unnumbered == null ? kinds.values().iterator().next() : unnumbered;
    }

    private static boolean saysFileAndLine(RecordKey key) {
        return key.values().size() == 1
                && key.values().get(0) instanceof String text
                && PathPattern.saysFileAndLine(text);
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
        private @Nullable Place place;
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
                    Place in = place;
                    LineReader open = reader;
                    if (here == null || in == null || open == null || at == here.offsets().length) {
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
                    if (open.next()
                            && !open.isBlank()
                            && (open.isTooLong() || in.kind().parser().holdsOne(open.bytes()))) {
                        return scanned(in, open, number);
                    }
                }
            } catch (IOException e) {
                throw folder.unreadable(path, e);
            }
        }

        /** Opens the file that the slice was made from; of one that has taken its place the slice is made anew. */
        private void open(Slice following) throws IOException {
            Slice wanted = following;
            for (int tries = 0; tries < MAX_TRIES; tries++) {
                if (wanted.offsets().length == 0) {
                    return;
                }
                LineReader opened = openAt(wanted.relative(), LineReader.SOUGHT_BYTES);
                if (opened == null) {
                    return; // it has gone
                }
                // What is open by now stays what it is, whoever renames another file to its path.
                if (wanted.isIn(opened)) {
                    reader = opened;
                    slice = wanted;
                    place = place(wanted.relative(), wanted.texts());
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
                kindOf(each.relative()).known(each.relative(), 1);
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
        private @Nullable Place file;
        private @Nullable LineReader reader;
        private int line;
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
                    Place here = file;
                    LineReader open = reader;
                    if (here == null || open == null) {
                        if (!files.hasNext()) {
                            return null;
                        }
                        EntityFile following = files.next();
                        path = following.relative();
                        Scanned damaged = openFile(following);
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
                    if (!open.isBlank()
                            && (open.isTooLong() || here.kind().parser().holdsOne(open.bytes()))) {
                        return scanned(here, open, line);
                    }
                }
            } catch (IOException e) {
                throw folder.unreadable(path, e);
            }
        }

        /** Opens a file; returns what is wrong if it cannot be. */
        private @Nullable Scanned openFile(EntityFile opened) throws IOException {
            try {
                if (folder.stamp(opened.relative()) == null) {
                    return null;
                }
                file = place(opened.relative(), opened.texts());
                file.known(1);
            } catch (DamagedFileException | InvalidValueException e) {
                file = null;
                return damaged(opened.relative(), e);
            }
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

    private Scanned scanned(Place place, LineReader reader, int line) {
        Kind kind = place.kind();
        String origin = place.relative() + ":" + line;
        byte[] bytes = reader.bytes();
        if (reader.isTooLong()) {
            return Scanned.bad(
                    origin,
                    "a line of more than %d bytes, the most that is read".formatted(LineReader.MAX_LINE_BYTES),
                    "",
                    Bytes.copyOf(bytes));
        }
        try {
            EntityRecord entityRecord = kind.parser().parse(bytes, place.known(line));
            RecordKey key = entityRecord.key();
            if (kinds.size() > 1 && !kind.layout().isNumbered() && saysFileAndLine(key)) {
                return bad(origin, "%s is the key of a line of another file".formatted(key), bytes, key.text());
            }
            if (isTwice(key, kind)) {
                return bad(origin, "%s is there twice: remove one of the lines".formatted(key), bytes, key.text());
            }
            return Scanned.good(entityRecord, origin);
        } catch (InvalidRecordException e) {
            String keyText = keyText(place, bytes, line);
            String cut = reader.isComplete() ? "" : " (the file's last line, without an end: it may have been cut)";
            return bad(origin, e.getMessage() + cut, bytes, keyText);
        } catch (InvalidValueException e) {
            return bad(origin, String.valueOf(e.getMessage()), bytes, "");
        }
    }

    private boolean isTwice(RecordKey key, Kind kind) {
        if (kind.layout().isNumbered()) {
            return false; // there is one line of each number
        }
        String home = home(key);
        boolean maybe = home == null ? index.maybeTwice(key) : index.maybeTwice(key, home);
        return maybe && lines(key).size() > 1;
    }

    private static String keyText(Place place, byte[] line, int number) {
        try {
            return place.kind()
                    .parser()
                    .key(line, place.known(number))
                    .map(RecordKey::text)
                    .orElse("");
        } catch (InvalidValueException e) {
            return "";
        }
    }

    private static Scanned bad(String origin, String fault, byte[] bytes, String keyText) {
        byte[] content = bytes.length > MAX_CONTENT_BYTES ? java.util.Arrays.copyOf(bytes, MAX_CONTENT_BYTES) : bytes;
        return Scanned.bad(origin, fault, keyText, Bytes.copyOf(content));
    }

    /**
     * Tells the keys of the lines behind {@code from}.
     *
     * @return how far it is read now; null if the file is another one, or was written anew
     */
    @Nullable
    LineMark behind(String path, LineMark from, Consumer<RecordKey> keys) {
        try {
            LegacyFolder.Stamp stamp = folder.stamp(path);
            if (stamp == null
                    || !from.continuesIn(stamp)
                    || !tail(path, from.offset()).equals(from.tail())) {
                return null;
            }
            Kind kind = kindOf(path);
            int lines = from.lines();
            long offset = from.offset();
            try (LineReader reader = new LineReader(folder.open(path), offset)) {
                while (reader.next()) {
                    if (!reader.isBlank()
                            && !reader.isTooLong()
                            && kind.parser().holdsOne(reader.bytes())) {
                        kind.parser()
                                .key(reader.bytes(), kind.known(path, lines + 1))
                                .ifPresent(keys);
                    }
                    if (reader.isComplete()) {
                        lines++;
                        offset = reader.nextOffset();
                    }
                }
            }
            return new LineMark(stamp.identity(), offset, lines, tail(path, offset));
        } catch (NoSuchFileException | DamagedFileException | InvalidValueException e) {
            return null;
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }

    private Bytes tail(String path, long offset) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(LineMark.TAIL_BYTES, offset));
        try (SeekableByteChannel channel = folder.open(path)) {
            channel.position(offset - buffer.capacity());
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full, or the file is at its end
            }
        }
        return Bytes.copyOf(Arrays.copyOf(buffer.array(), buffer.position()));
    }

    private void refreshIndex() {
        Map<String, LineIndex.Present> present = new LinkedHashMap<>();
        for (EntityFile file : layouts.files(folder, entity, "", "")) {
            try {
                if (folder.stamp(file.relative()) != null) {
                    Kind kind = kindOf(file.relative());
                    kind.parser().known(file.texts(), 1);
                    present.put(file.relative(), new LineIndex.Present(file.texts(), kind.parser()));
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
            throw folder.unreadable(kinds.keySet().iterator().next().toString(), e);
        }
    }

    /**
     * The only file that can have a line of this key; null if it takes a look into all of them to know: what a line says of its
     * record need not be what the name of its file says.
     */
    private @Nullable String home(RecordKey key) {
        Kind kind = kindOf(key);
        List<String> inPath = kind.layout().path().fields();
        boolean says = kind.layout().isNumbered()
                ? saysFileAndLine(key)
                        && inPath.stream().allMatch(name -> entity.key().contains(entity.field(name)))
                : inPath.isEmpty();
        if (!says) {
            return null;
        }
        try {
            return layouts.paths().path(key);
        } catch (UnfitException e) {
            return null;
        }
    }

    /** Reads what is new in the files that can have lines of these keys. */
    private void refreshIndex(Collection<RecordKey> keys) {
        Set<String> homes = new HashSet<>();
        for (RecordKey key : keys) {
            String home = home(key);
            if (home == null) {
                refreshIndex();
                return;
            }
            homes.add(home);
        }
        homes.forEach(this::refreshIndex);
    }

    private void refreshIndex(String path) {
        try {
            Kind kind = kindOf(path);
            LineIndex.Present present = new LineIndex.Present(kind.texts(path), kind.parser());
            if (!layouts.owner(path, entity) || !index.refresh(path, present)) {
                checkFolder(kind.layout().path().folder());
            }
        } catch (NoSuchFileException e) {
            throw new StoreUnavailableException("Cannot read %s: it was replaced while it was read".formatted(path), e);
        } catch (DamagedFileException e) {
            // a scan reports it; no key can be in it
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }

    /** That a file is not there means something only if its folder is. */
    private void checkFolder(String fixed) {
        if (!fixed.isEmpty() && !folder.isFolder(fixed)) {
            folder.names(fixed); // says what is wrong with it
            throw folder.unreadable(fixed, new NotDirectoryException(fixed));
        }
    }

    /** The lines of a key, as they are now. */
    private List<Line> lines(RecordKey key) {
        String home = home(key);
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            try {
                return home == null ? index.find(key) : index.find(key, home);
            } catch (MovedException e) {
                refreshIndex(List.of(key));
            } catch (IOException e) {
                throw folder.unreadable(
                        home == null ? kinds.keySet().iterator().next().toString() : home, e);
            }
        }
        throw new StoreUnavailableException(
                "Cannot read the line of %s: its file is replaced again and again".formatted(key));
    }

    @Override
    public Optional<String> unfit(EntityRecord entityRecord) {
        return kindOf(entityRecord.key()).parser().members().unfit(entityRecord);
    }

    /**
     * How files change, so that records become what they shall be.
     *
     * @param plan takes the changes, after those of the entities whose lines this one's records are part of
     * @param refused takes why records cannot be what they shall be
     */
    void plan(Map<RecordKey, Optional<EntityRecord>> changes, LinePlan plan, Map<RecordKey, String> refused) {
        refreshIndex(changes.keySet());
        changes.forEach((key, state) -> {
            String fault = kindOf(key).layout().isNumbered()
                    ? planNumbered(key, state, plan)
                    : planUnnumbered(key, state, plan);
            if (!fault.isEmpty()) {
                refused.put(key, fault);
            }
        });
    }

    /** Returns why it cannot be; empty if it can. */
    private String planUnnumbered(RecordKey key, Optional<EntityRecord> state, LinePlan plan) {
        String home = state.map(layouts.paths()::path).orElse("");
        byte[] whole = state.map(kindOf(key).editor()::write).orElse(BLANK);
        if (whole.length > LineReader.MAX_LINE_BYTES) {
            return tooLong(whole);
        }
        boolean stays = false;
        for (Line line : lines(key)) {
            if (kindOf(line.relative()).layout().isNumbered()) {
                continue; // another record, whose key looks the same by mistake
            }
            boolean here = !stays && line.relative().equals(home);
            byte[] content = here ? edited(line, state.orElseThrow()) : null;
            stays |= here;
            if (content == null || !Arrays.equals(content, line.bytes())) {
                plan.file(line.relative(), 0, index.stamp(line.relative()))
                        .change(line.offset(), line.bytes().length, content);
            }
        }
        if (!stays && state.isPresent()) {
            plan.file(home, 0, index.stamp(home)).append(whole);
        }
        return "";
    }

    private static String tooLong(byte[] line) {
        return "a line of %d bytes, and %d is the most that is read".formatted(line.length, LineReader.MAX_LINE_BYTES);
    }

    private byte[] edited(Line line, EntityRecord entityRecord) {
        try {
            Kind kind = kindOf(line.relative());
            return kind.editor().edit(line.bytes(), entityRecord, kind.known(line.relative(), line.number()));
        } catch (InvalidValueException | InvalidJsonException e) {
            throw new IllegalStateException(e); // the index was built from this path, and the line is the record
        }
    }

    /**
     * A line that is found by its number stays where it is, and so do all others: one that goes leaves a blank line, and before one that is
     * far behind the last one there are blank ones. Returns why it cannot be; empty if it can.
     */
    private String planNumbered(RecordKey key, Optional<EntityRecord> state, LinePlan plan) {
        Kind kind = kindOf(key);
        String path;
        try {
            path = layouts.paths().path(key);
        } catch (UnfitException e) {
            return state.isPresent() ? String.valueOf(e.getMessage()) : "";
        }
        int number = PathPattern.line(ValueText.of(key.values().get(0)));
        int count = index.lines(path);
        if (number - count > MAX_BLANK_LINES) {
            return state.isEmpty()
                    ? ""
                    : "line %d of %s is too far behind its last line, %d".formatted(number, path, count);
        }
        try {
            LinePlan.FileLines file = plan.file(path, count, index.stamp(path));
            Line line = number <= count ? lineOf(key, path, number) : null;
            byte[] now = line == null ? file.behind(number) : file.changed(line.offset(), line.bytes());
            byte[] there = now == null || isBlank(now) ? BLANK : now;
            boolean blank = there.length == 0;
            if (!kind.layout().at().isEmpty() && blank) {
                return state.isEmpty()
                        ? ""
                        : "line %d of %s, which it is part of, is not there".formatted(number, path);
            }
            if (state.isEmpty() && blank) {
                return "";
            }
            byte[] wanted = wanted(kind, path, number, there, state);
            if (wanted.length > LineReader.MAX_LINE_BYTES) {
                return tooLong(wanted);
            }
            if (line == null) {
                file.putBehind(number, wanted);
            } else if (!Arrays.equals(wanted, now)) {
                file.change(line.offset(), line.bytes().length, wanted);
            }
            return "";
        } catch (InvalidJsonException | InvalidValueException e) {
            return "%s:%d: %s".formatted(path, number, e.getMessage());
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }

    private Line lineOf(RecordKey key, String path, int number) throws IOException {
        for (Line line : lines(key)) {
            if (line.relative().equals(path) && line.number() == number) {
                return line;
            }
        }
        try {
            return index.line(path, number);
        } catch (MovedException e) {
            throw new StoreUnavailableException(
                    "Cannot read line %d of %s: %s".formatted(number, path, e.getMessage()), e);
        }
    }

    private static byte[] wanted(Kind kind, String path, int number, byte[] now, Optional<EntityRecord> state)
            throws InvalidJsonException, InvalidValueException {
        if (state.isPresent()) {
            return now.length == 0
                    ? kind.editor().write(state.get())
                    : kind.editor().edit(now, state.get(), kind.known(path, number));
        }
        return kind.layout().at().isEmpty() ? BLANK : kind.editor().without(now);
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    @Override
    public void read(Collection<RecordKey> keys, Found found) {
        refreshIndex(keys);
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
            Kind kind = kindOf(line.relative());
            found.record(key, kind.parser().parse(line.bytes(), kind.known(line.relative(), line.number())));
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
