package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.LineMark;
import dev.changeover.verifier.observe.Inventory.Stamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks from time to time which legacy files have changed, and reads their records: that is how an edit by hand is seen.
 *
 * <p>Files that our sink has written have changed too; their records are found equal. What a file has lost is known only
 * if it was read before: otherwise its entity has to be scanned, and so has that of a file of lines or of very many records that changed. As
 * long as our sink writes into such a file, that is done now and then only. Edits made while nobody looked are the deep scan's.
 */
public final class FileObserver implements Observer {
    /** Records of one file that are looked at one by one. */
    private static final int MOST_RECORDS = 5_000;

    /** It rests so many times as long as a look has taken. */
    private static final int REST = 20;

    private static final int REST_WHILE_WATCHING = 3;
    /** Keys that are remembered of files with many records, of all files together. */
    private static final int MOST_REMEMBERED = 200_000;

    /** Files of our sink's that are remembered in one round. */
    private static final int MOST_OURS = 50_000;
    /** For how many rounds: the sink may lag a little. */
    private static final int ROUNDS_OURS = 3;

    /** Of these, so many are looked at in one round: they change all the time, and are nearly always as they should be. */
    private static final int OURS_LOOKED_AT = 20;
    /** For so many rounds a file of lines or of very many records is not scanned while our sink goes on writing into it. */
    private static final int ROUNDS_UNSCANNED = 12;

    private final WatchedFiles files;
    private final StoreReader reader;
    private final Observations observations;
    private final Duration every;
    private final Consumer<Entity> unclear;
    private final Consumer<Collection<RecordKey>> written;
    private final boolean watching;
    private final int restPerLook;
    private final LegacyPaths paths;
    private final AtomicLong emitted = new AtomicLong();
    private final ObserverThread thread;
    private final Map<String, Set<RecordKey>> remembered = new LinkedHashMap<>();
    /** Files that our sink has written, still to be looked at: others may have written them too. */
    private final Set<String> later = new LinkedHashSet<>();
    /** The same of files whose entities have to be scanned, with the rounds for which they have waited. */
    private final Map<String, Integer> laterScans = new LinkedHashMap<>();
    /** {@linkplain #place Documents} of more records than are looked at one by one. */
    private final Set<String> large = new HashSet<>();

    /** How far files of lines were read. */
    private final Map<String, LineMark> marks = new HashMap<>();

    private int rememberedKeys;
    private @Nullable Inventory before;
    private Duration pause;
    private volatile boolean tooMany;
    /** Files that our sink writes about now, the newest round first. */
    private final Deque<Set<String>> ours = new ConcurrentLinkedDeque<>(List.of(ConcurrentHashMap.newKeySet()));

    private FileObserver(
            Migration migration,
            WatchedFiles files,
            StoreReader reader,
            Observations observations,
            Duration every,
            Consumer<Entity> unclear,
            Consumer<Collection<RecordKey>> written) {
        this.files = files;
        this.reader = reader;
        this.observations = observations;
        this.every = every;
        this.pause = every;
        this.unclear = unclear;
        this.written = written;
        this.watching = migration.capture() == Migration.Capture.WATCH;
        this.restPerLook = watching ? REST_WHILE_WATCHING : REST;
        this.paths = new LegacyPaths(migration);
        this.thread = new ObserverThread("observer-files", this::step, () -> {});
    }

    /**
     * @param every how often to look; less often where looking takes long
     * @param unclear told of an entity if it is not known what its file has lost: it must be scanned
     * @param written told of records that somebody, perhaps our sink, may have written, where the application's writes are captured
     */
    public static FileObserver start(
            Migration migration,
            WatchedFiles files,
            StoreReader reader,
            Observations observations,
            Duration every,
            Consumer<Entity> unclear,
            Consumer<Collection<RecordKey>> written) {
        FileObserver observer = new FileObserver(migration, files, reader, observations, every, unclear, written);
        observer.thread.start();
        return observer;
    }

    /**
     * Our sink has written this record or is about to: that its file changes is no news, and what it loses is on the log.
     * Safe to be called by another thread.
     */
    public void ours(RecordKey key) {
        Set<String> newest = ours.getFirst();
        Layout layout = key.entity().legacy().orElse(null);
        if (layout instanceof LinesLayout) {
            newest.add(linesOf(key.entity())); // which file a line is in, its key alone need not say
        } else if (newest.size() < MOST_OURS && layout instanceof DocumentLayout document && document.many()) {
            try {
                newest.add(paths.path(key));
            } catch (UnfitException e) {
                // no file can hold it: the sink refuses it
            }
        }
    }

    @Override
    public Side side() {
        return Side.LEGACY;
    }

    @Override
    public String name() {
        return "files";
    }

    @Override
    public Optional<String> fault() {
        return tooMany
                ? Optional.of("legacy: There are too many files to watch them all: rely on the deep scan")
                : thread.fault();
    }

    @Override
    public long emitted() {
        return emitted.get();
    }

    private void step() throws InterruptedException {
        long began = System.nanoTime();
        Inventory now =
                Inventory.of(files.root(), before, path -> paths.owner(path).isPresent());
        tooMany = !now.complete();
        Inventory earlier = before;
        if (earlier != null) {
            lookAtWhatChanged(earlier.stamps(), now.stamps());
            observations.flush();
        } else if (watching) {
            learn(now.stamps().keySet());
        }
        before = now;
        ours.addFirst(ConcurrentHashMap.newKeySet());
        if (ours.size() > ROUNDS_OURS) {
            ours.removeLast();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        Duration rest = took.multipliedBy(restPerLook);
        pause = rest.compareTo(every) > 0 ? rest : every;
        thread.pause(pause);
    }

    /** What is in the files that may lose records without going themselves. */
    private void learn(Collection<String> present) throws InterruptedException {
        for (String path : present) {
            if (thread.isClosing()) {
                throw new InterruptedException("closing");
            }
            for (Entity entity : paths.owners(path)) {
                if (entity.legacy().orElseThrow() instanceof LinesLayout) {
                    follow(entity, path, key -> {});
                } else if (entity.legacy().orElseThrow() instanceof DocumentLayout document && document.many()) {
                    remember(place(entity, path), keysIn(entity, path).keys());
                }
            }
        }
    }

    /** Reads on where it was read to; false if the file is another one or was written anew, and is then read from its beginning. */
    private boolean follow(Entity entity, String path, Consumer<RecordKey> keys) {
        LineMark from = marks.getOrDefault(place(entity, path), LineMark.START);
        LineMark now = files.lines().behind(entity, path, from, keys);
        boolean goesOn = now != null;
        if (now == null && !from.equals(LineMark.START)) {
            now = files.lines().behind(entity, path, LineMark.START, keys);
        }
        if (now == null) {
            marks.remove(place(entity, path));
        } else {
            marks.put(place(entity, path), now);
        }
        return goesOn;
    }

    private void lookAtWhatChanged(Map<String, Stamp> earlier, Map<String, Stamp> now) throws InterruptedException {
        List<String> changed = new ArrayList<>();
        now.forEach((path, stamp) -> {
            if (!stamp.equals(earlier.get(path))) {
                changed.add(path);
            }
        });
        earlier.keySet().stream().filter(path -> !now.containsKey(path)).forEach(changed::add);
        for (String path : changed) {
            if (isOurs(path) && !(watching && hasLines(path))) {
                if (hasLines(path) || (isLarge(path) && !watching)) {
                    laterScans.putIfAbsent(path, 0);
                } else {
                    later.add(path);
                }
            } else {
                laterScans.remove(path);
                look(path, earlier.get(path));
            }
        }
        Iterator<String> next = later.iterator();
        for (int i = 0; i < OURS_LOOKED_AT && next.hasNext(); i++) {
            String path = next.next();
            next.remove();
            look(path, null); // what it lost by our sink is on the log
        }
        scanWhatWaited();
    }

    private void scanWhatWaited() {
        for (Iterator<Map.Entry<String, Integer>> all = laterScans.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Integer> file = all.next();
            if (isOurs(file.getKey()) && file.getValue() < ROUNDS_UNSCANNED) {
                file.setValue(file.getValue() + 1);
            } else {
                all.remove();
                paths.owners(file.getKey()).forEach(unclear);
            }
        }
    }

    private boolean hasLines(String path) {
        return paths.owners(path).stream().anyMatch(owner -> owner.legacy().orElse(null) instanceof LinesLayout);
    }

    private boolean isLarge(String path) {
        return !large.isEmpty() && paths.owners(path).stream().anyMatch(owner -> large.contains(place(owner, path)));
    }

    private boolean isOurs(String path) {
        return ours.stream().anyMatch(round -> round.contains(path))
                || paths.owners(path).stream()
                        .filter(owner -> owner.legacy().orElse(null) instanceof LinesLayout)
                        .anyMatch(owner -> ours.stream().anyMatch(round -> round.contains(linesOf(owner))));
    }

    /** Stands for all files of its lines among paths, none of which begins so. */
    private static String linesOf(Entity entity) {
        return "\n" + entity.name();
    }

    private void look(String path, @Nullable Stamp earlier) throws InterruptedException {
        if (thread.isClosing()) {
            throw new InterruptedException("closing");
        }
        for (Entity entity : paths.owners(path)) {
            look(entity, path, earlier);
        }
    }

    private void look(Entity entity, String path, @Nullable Stamp earlier) {
        Layout layout = entity.legacy().orElseThrow();
        if (layout instanceof LinesLayout && watching) {
            lookAtLines(entity, path);
            return;
        }
        if (layout instanceof LinesLayout) {
            unclear.accept(entity); // which line it was, only all of them can tell
            return;
        }
        if (layout instanceof DocumentLayout document && !document.many()) {
            Optional<RecordKey> key = key(entity, document.path(), path);
            if (key.isPresent()) {
                look(Set.of(key.get()));
                return;
            }
        }
        Set<RecordKey> known = remembered.get(place(entity, path));
        KeysIn found = keysIn(entity, path);
        if (found.keys().size() > MOST_RECORDS) {
            large.add(place(entity, path));
            unclear.accept(entity);
            return;
        }
        large.remove(place(entity, path));
        if (known == null && earlier != null && !isOurs(path)) {
            unclear.accept(entity);
        }
        Set<RecordKey> all = new LinkedHashSet<>(found.keys());
        if (known != null) {
            all.addAll(known);
        }
        look(all);
        // Of a document that is half written it is not known what it has lost.
        remember(place(entity, path), found.whole() ? found.keys() : all);
    }

    private void lookAtLines(Entity entity, String path) {
        List<RecordKey> found = new ArrayList<>();
        boolean[] tooMany = new boolean[1];
        boolean goesOn = follow(entity, path, key -> {
            if (found.size() < MOST_RECORDS) {
                found.add(key);
            } else {
                tooMany[0] = true;
            }
        });
        look(new LinkedHashSet<>(found));
        if (!goesOn || tooMany[0]) {
            unclear.accept(entity); // what was changed or lost is found by a scan
        }
    }

    private void look(Set<RecordKey> keys) {
        if (keys.isEmpty()) {
            return;
        }
        if (watching) {
            written.accept(keys);
        }
        observations.look(Side.LEGACY, reader, keys, Observations.Writer.OTHERS);
        emitted.addAndGet(keys.size());
    }

    /** @param whole whether all of the document could be read */
    private record KeysIn(Set<RecordKey> keys, boolean whole) {}

    /** The keys in one file, and one more than the most that are looked at if there are more. */
    private KeysIn keysIn(Entity entity, String path) {
        Set<RecordKey> keys = new LinkedHashSet<>();
        boolean whole = true;
        try (RecordStream records = reader.scan(entity, new Chunk(path, path + "\0", 0))) {
            while (records.hasNext() && keys.size() <= MOST_RECORDS) {
                EntityRecord found = records.next().record();
                if (found != null) {
                    keys.add(found.key());
                } else {
                    whole = false;
                }
            }
        }
        return new KeysIn(keys, whole);
    }

    /** A document may hold records of more than one entity. */
    private static String place(Entity entity, String path) {
        return entity.name() + " " + path;
    }

    private void remember(String place, Set<RecordKey> keys) {
        Set<RecordKey> earlier = remembered.remove(place);
        rememberedKeys += keys.size() - (earlier == null ? 0 : earlier.size());
        remembered.put(place, new HashSet<>(keys));
        var oldest = remembered.entrySet().iterator();
        while (rememberedKeys > MOST_REMEMBERED && oldest.hasNext()) {
            rememberedKeys -= oldest.next().getValue().size();
            oldest.remove();
        }
    }

    /** The key of the one record in a file whose path has all of it. */
    private static Optional<RecordKey> key(Entity entity, PathPattern pattern, String path) {
        Map<String, String> texts = pattern.match(path).orElse(Map.of());
        List<Object> values = new ArrayList<>();
        for (Field field : entity.key()) {
            String text = texts.get(field.name());
            if (text == null) {
                return Optional.empty();
            }
            try {
                values.add(ValueJson.parse(field, text));
            } catch (InvalidValueException e) {
                return Optional.empty();
            }
        }
        return Optional.of(RecordKey.of(entity, values));
    }

    @Override
    public void close() {
        thread.close();
    }
}
