package dev.changeover.store.file;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Batch.Advance;
import dev.changeover.store.Batch.LoggedChange;
import dev.changeover.store.Chunk;
import dev.changeover.store.FencedException;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Refusal;
import dev.changeover.store.Scans;
import dev.changeover.store.Store;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.FileChange.Lines;
import dev.changeover.store.file.disk.FileSystemCalls;
import dev.changeover.store.file.disk.LegacyFolder;
import dev.changeover.store.file.journal.Journal;
import dev.changeover.store.file.journal.JournalState;
import dev.changeover.store.file.journal.JournaledBatch;
import dev.changeover.store.file.journal.JournaledBatch.Append;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A file store, to be written: by one process at a time, and by one instance in it.
 *
 * <p>A batch goes first to the {@link Journal}, whole, and is in the store from then on; then each of its documents is written
 * beside its old self and takes its place, and lines are added. A reader of the files sees each document either as it was or as
 * it shall be; a crash in between is made good when the store is opened or claimed next. Only what a change changes is
 * different afterwards: unknown members, order, white space and the digits of untouched numbers stay.
 *
 * <p>Everything of its own is in the folder {@code .changeover} below the root: {@code journal}, {@code lock}, {@code identity}.
 */
public final class FileStore implements Store {
    private static final int WORKERS = 8;
    private static final int MAX_REFUSED = 10_000;

    private final LegacyFolder folder;
    private final Side side;
    private final FileReader reader;
    private final ChangePlanner planner;
    private final FileChanges files;
    private final Recovery recovery;
    private final FileLayouts layouts;
    private final Journal journal;
    private final WriterLock lock;
    private final Warnings warnings;
    private final @Nullable ExecutorService workers;
    private Set<Integer> claimed = Set.of();
    private JournalState state = JournalState.EMPTY;
    /** What has to be done before anything else; an error has interrupted a batch. */
    private Interrupted interrupted = Interrupted.NOT;

    private enum Interrupted {
        NOT,
        /** Before it was durable: it was not applied, and never will be. */
        BEFORE_COMMIT,
        /** Its files may not all have followed. */
        AFTER_COMMIT
    }

    private FileStore(
            Migration migration,
            LegacyFolder folder,
            FileLayouts layouts,
            Side side,
            FileSystemCalls calls,
            @Nullable ExecutorService workers,
            WriterLock lock) {
        this.folder = folder;
        this.layouts = layouts;
        this.side = side;
        this.workers = workers;
        this.lock = lock;
        this.warnings = new Warnings();
        this.reader = new FileReader(migration, folder, layouts, Pause.parked());
        this.planner = new ChangePlanner(folder, layouts, reader, new CaseTwins(folder));
        this.files = new FileChanges(folder, calls, workers, warnings);
        this.recovery = new Recovery(folder, calls);
        this.journal = new Journal(folder.resolve(LegacyFolder.OWN), calls, migration);
    }

    /**
     * @param root the folder that the paths of the migration's legacy layouts begin at
     * @param side the side that this store is. The legacy side does not write snapshot reads, which were read from it, and must
     *     be there already; the layouts are the legacy ones on both, so that files can be rebuilt elsewhere, in an empty folder
     * @throws StoreUnavailableException if there is no such store, or another writer has it
     */
    public static FileStore open(Migration migration, Path root, Side side) {
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS, task -> {
            Thread thread = new Thread(task, "file-store");
            thread.setDaemon(true);
            return thread;
        });
        try {
            return open(migration, root, side, FileSystemCalls.disk(), workers);
        } catch (RuntimeException | Error e) {
            workers.shutdownNow();
            throw e;
        }
    }

    /** As {@link #open(Migration, Path, Side)}, with other calls to the disk and without threads of its own. */
    public static FileStore open(Migration migration, Path root, Side side, FileSystemCalls calls) {
        return open(migration, root, side, calls, null);
    }

    private static FileStore open(
            Migration migration, Path root, Side side, FileSystemCalls calls, @Nullable ExecutorService workers) {
        LegacyFolder folder = new LegacyFolder(root);
        FileLayouts layouts = new FileLayouts(migration);
        StoreSetup setup = new StoreSetup(migration, folder, layouts, calls);
        setup.makeOwnFolder(side);
        WriterLock lock = WriterLock.take(folder.resolve(LegacyFolder.OWN));
        try {
            setup.makeIdentityAndFolders();
            FileStore store = new FileStore(migration, folder, layouts, side, calls, workers, lock);
            setup.lookForOpenDoors(store.warnings);
            store.reader.presence().check();
            store.recover();
            return store;
        } catch (RuntimeException | Error e) {
            try {
                lock.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Why no legacy file could hold {@code record}, or none beside which its children could stand; empty if one can. To be asked
     * before a change is accepted.
     */
    public static Optional<String> unfit(Migration migration, EntityRecord record) {
        return new LegacyPaths(migration).unfit(record);
    }

    /** What somebody should look at: files and folders that everybody may write to, owners that could not be kept. */
    public List<String> warnings() {
        return warnings.texts();
    }

    /** Makes good what an error or a crash has interrupted, and begins a new journal. */
    private void recover() {
        try {
            if (interrupted != Interrupted.BEFORE_COMMIT) {
                Journal.Loaded loaded = journal.load();
                state = loaded.state();
                removeTemporaries();
                if (loaded.open() != null) {
                    finish(loaded.open());
                }
            } else {
                removeTemporaries();
            }
            journal.start(state);
            interrupted = Interrupted.NOT;
        } catch (IOException e) {
            throw unavailable("Cannot make good what was interrupted", e);
        }
    }

    private void removeTemporaries() throws IOException {
        for (String layoutFolder : layouts.folders()) {
            recovery.removeTemporaries(folder.resolve(layoutFolder));
        }
    }

    /** Does a batch's changes once more; where they were made already, there is nothing to do. */
    private void finish(JournaledBatch batch) throws IOException {
        for (Append append : batch.appends()) {
            recovery.cutBack(append);
        }
        Map<RecordKey, LoggedChange> changes = new LinkedHashMap<>();
        batch.changes().forEach(change -> changes.put(change.event().key(), change));
        ChangePlanner.Plan plan = planner.plan(states(changes));
        files.make(plan.files());
        if (!plan.refused().isEmpty()) {
            // somebody has damaged a document since the batch was accepted
            JournaledBatch refusals =
                    new JournaledBatch(batch.sequence(), Map.of(), List.of(), List.of(), refusals(plan, changes));
            state = Journal.after(state, refusals);
        }
    }

    private static Map<RecordKey, Optional<EntityRecord>> states(Map<RecordKey, LoggedChange> changes) {
        Map<RecordKey, Optional<EntityRecord>> states = new LinkedHashMap<>();
        changes.forEach((key, change) ->
                states.put(key, Optional.ofNullable(change.event().after())));
        return states;
    }

    private static List<Refusal> refusals(ChangePlanner.Plan plan, Map<RecordKey, LoggedChange> changes) {
        List<Refusal> refusals = new ArrayList<>();
        plan.refused().forEach((key, reason) -> {
            LoggedChange change = changes.get(key);
            if (change != null) {
                refusals.add(new Refusal(change.partition(), change.offset(), change.event(), reason));
            }
        });
        return refusals;
    }

    private static StoreUnavailableException unavailable(String what, IOException cause) {
        return new StoreUnavailableException(what + ": " + LegacyFolder.reason(cause), cause);
    }

    @Override
    public synchronized Map<Integer, Long> claim(LogId log, Set<Integer> partitions) {
        reader.presence().check();
        if (interrupted != Interrupted.NOT) {
            recover();
        }
        checkLog(log);
        Map<Integer, Applied> positions = new TreeMap<>(state.positions());
        Map<Integer, Long> from = new TreeMap<>();
        for (int partition : partitions) {
            Applied before = positions.getOrDefault(partition, new Applied(0, 0, 0, 0, 0, 0));
            positions.put(
                    partition,
                    new Applied(before.next(), before.writesNext(), before.applied(), 0, 0, before.epoch() + 1));
            from.put(partition, before.next());
        }
        write(new JournalState(state.sequence(), log, positions, state.refused(), state.announced()));
        claimed = Set.copyOf(partitions);
        return from;
    }

    private void checkLog(LogId log) {
        LogId before = state.log();
        if (before != null && !before.equals(log)) {
            throw new ForeignLogException(
                    "Cannot go on with %s: the positions of the store at %s belong to %s. Rebuild it, or give it its own log back."
                            .formatted(log, folder.root(), before));
        }
    }

    private void write(JournalState newState) {
        try {
            journal.write(newState);
            state = newState;
        } catch (IOException e) {
            interrupted = Interrupted.BEFORE_COMMIT;
            throw unavailable("Cannot write the journal of " + folder.root(), e);
        }
    }

    @Override
    public synchronized List<ApplyOutcome> apply(Batch batch) {
        reader.presence().check();
        if (interrupted != Interrupted.NOT) {
            boolean mayBeIn = interrupted == Interrupted.AFTER_COMMIT;
            recover();
            if (mayBeIn) {
                throw new OutcomeUnknownException(
                        "The last batch is in now; claim the partitions again, and go on from there");
            }
        }
        Map<Integer, Applied> positions = moved(batch);
        Map<RecordKey, LoggedChange> last = lastOfEachKey(batch);
        ChangePlanner.Plan plan = planner.plan(states(last));
        List<Refusal> refused = refusals(plan, last);
        plan.refused().keySet().forEach(last::remove);
        if (state.refused().size() + refused.size() > MAX_REFUSED) {
            throw new StoreUnavailableException(
                    "Cannot keep more than %d refused changes: deal with them, then retry".formatted(MAX_REFUSED));
        }
        countApplied(batch, plan, positions);
        commit(
                new JournaledBatch(
                        state.sequence() + 1, positions, withoutBefore(last), appends(plan.files()), refused),
                plan.files());
        return outcomes(batch, plan, refused);
    }

    /** The positions after the batch, without its counts. */
    private Map<Integer, Applied> moved(Batch batch) {
        Map<Integer, Applied> positions = new TreeMap<>();
        for (Advance advance : batch.advances()) {
            Applied before = state.positions().get(advance.partition());
            if (before == null || !claimed.contains(advance.partition())) {
                throw new FencedException(
                        "Cannot apply to partition %d: it is not claimed".formatted(advance.partition()));
            }
            if (before.next() != advance.from()) {
                throw new FencedException("Cannot apply partition %d from offset %d: the store is at %d"
                        .formatted(advance.partition(), advance.from(), before.next()));
            }
            positions.put(
                    advance.partition(),
                    new Applied(advance.to(), advance.writesNext(), before.applied(), 0, 0, before.epoch()));
        }
        return positions;
    }

    private Map<RecordKey, LoggedChange> lastOfEachKey(Batch batch) {
        Map<RecordKey, LoggedChange> last = new LinkedHashMap<>();
        for (LoggedChange change : batch.changes()) {
            boolean here = reader.has(change.event().key().entity());
            if (here && !change.cameFrom(side)) {
                last.remove(change.event().key());
                last.put(change.event().key(), change);
            }
        }
        return last;
    }

    private static void countApplied(Batch batch, ChangePlanner.Plan plan, Map<Integer, Applied> positions) {
        for (LoggedChange change : batch.changes()) {
            if (!plan.refused().containsKey(change.event().key())) {
                positions.computeIfPresent(
                        change.partition(),
                        (partition, at) -> new Applied(at.next(), at.writesNext(), at.applied() + 1, 0, 0, at.epoch()));
            }
        }
    }

    private static List<LoggedChange> withoutBefore(Map<RecordKey, LoggedChange> changes) {
        return changes.values().stream()
                .map(change -> {
                    ChangeEvent event = change.event();
                    return new LoggedChange(
                            change.partition(),
                            change.offset(),
                            new ChangeEvent(
                                    event.op(),
                                    event.key(),
                                    null,
                                    event.after(),
                                    null,
                                    event.origin(),
                                    event.timestampMillis()));
                })
                .toList();
    }

    private static List<Append> appends(List<FileChange> changes) {
        List<Append> appends = new ArrayList<>();
        for (FileChange change : changes) {
            if (change instanceof Lines lines) {
                appends.add(lines.append());
            }
        }
        return appends;
    }

    private void commit(JournaledBatch batch, List<FileChange> changes) {
        try {
            journal.write(batch);
        } catch (IOException e) {
            interrupted = Interrupted.BEFORE_COMMIT;
            throw unavailable("Cannot write the journal of " + folder.root(), e);
        }
        state = Journal.after(state, batch);
        try {
            files.make(changes);
            journal.done(batch.sequence());
            if (journal.isLong()) {
                journal.start(state);
            }
        } catch (IOException e) {
            throw afterCommit(LegacyFolder.reason(e), e);
        } catch (StoreUnavailableException e) {
            throw afterCommit(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            interrupted = Interrupted.AFTER_COMMIT;
            throw e;
        }
    }

    private OutcomeUnknownException afterCommit(String reason, Exception cause) {
        interrupted = Interrupted.AFTER_COMMIT;
        return new OutcomeUnknownException(
                "Cannot write all files of a batch in %s: %s. It is in the journal, and goes in when the store is claimed next"
                        .formatted(folder.root(), reason),
                cause);
    }

    private static List<ApplyOutcome> outcomes(Batch batch, ChangePlanner.Plan plan, List<Refusal> refused) {
        record Place(int partition, long offset) {}
        Set<Place> refusedPlaces = new HashSet<>();
        refused.forEach(refusal -> refusedPlaces.add(new Place(refusal.partition(), refusal.offset())));
        List<ApplyOutcome> outcomes = new ArrayList<>(batch.changes().size());
        for (LoggedChange change : batch.changes()) {
            String reason = refusedPlaces.contains(new Place(change.partition(), change.offset()))
                    ? plan.refused().get(change.event().key())
                    : null;
            outcomes.add(reason == null ? ApplyOutcome.applied() : new ApplyOutcome.Refused(reason));
        }
        return outcomes;
    }

    @Override
    public synchronized Map<Integer, Applied> positions() {
        return state.applied();
    }

    @Override
    public synchronized List<Refusal> unannounced() {
        Set<RecordKey> announced = new HashSet<>(state.announced());
        return state.refused().values().stream()
                .filter(refusal -> !announced.contains(refusal.event().key()))
                .toList();
    }

    @Override
    public synchronized void announced(List<Refusal> refusals) {
        List<RecordKey> announced = new ArrayList<>(state.announced());
        for (Refusal refusal : refusals) {
            RecordKey key = refusal.event().key();
            Refusal there = state.refused().get(key);
            boolean same =
                    there != null && there.partition() == refusal.partition() && there.offset() == refusal.offset();
            if (same && !announced.contains(key)) {
                announced.add(key);
            }
        }
        if (interrupted != Interrupted.NOT) {
            recover();
        }
        write(new JournalState(state.sequence(), state.log(), state.positions(), state.refused(), announced));
    }

    /** Nothing ever waits here: the application's files have no references that are checked. */
    @Override
    public List<ParkedChange> parked() {
        return List.of();
    }

    @Override
    public synchronized int retryParked() {
        reader.presence().check();
        if (interrupted != Interrupted.NOT) {
            recover();
        }
        Map<RecordKey, LoggedChange> changes = new LinkedHashMap<>();
        state.refused()
                .forEach((key, refusal) ->
                        changes.put(key, new LoggedChange(refusal.partition(), refusal.offset(), refusal.event())));
        ChangePlanner.Plan plan = planner.plan(states(changes));
        plan.refused().keySet().forEach(changes::remove);
        if (!changes.isEmpty()) {
            commit(
                    new JournaledBatch(
                            state.sequence() + 1, Map.of(), withoutBefore(changes), appends(plan.files()), List.of()),
                    plan.files());
        }
        return changes.size();
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        return reader.chunks(entity, targetRecords);
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        return reader.scan(entity, chunk);
    }

    @Override
    public Scans scans() {
        return reader.scans();
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        return reader.read(entity, keys);
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        return reader.page(entity, after, equal, limit);
    }

    @Override
    public long count(Entity entity) {
        return reader.count(entity);
    }

    @Override
    public synchronized void close() {
        if (workers != null) {
            workers.shutdown();
        }
        try {
            journal.close();
            lock.close();
        } catch (IOException e) {
            throw unavailable("Cannot close the store at " + folder.root(), e);
        }
        reader.close();
    }
}
