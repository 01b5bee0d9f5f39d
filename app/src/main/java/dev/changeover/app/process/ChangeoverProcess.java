package dev.changeover.app.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.AfterCutover;
import dev.changeover.app.cutover.CertificateDesk;
import dev.changeover.app.cutover.Fallback;
import dev.changeover.app.cutover.Gate;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.cutover.Serving;
import dev.changeover.app.cutover.Watched;
import dev.changeover.app.cutover.WhileLegacyIsPrimary;
import dev.changeover.app.http.Counts;
import dev.changeover.app.http.MigrationView;
import dev.changeover.app.http.Operations;
import dev.changeover.app.http.OperationsRoutes;
import dev.changeover.app.http.StatusTicker;
import dev.changeover.log.AnswerTail;
import dev.changeover.log.Barriers;
import dev.changeover.log.Clients;
import dev.changeover.log.ControlLog;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogIdentity;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.TopicSetup;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.definition.DefinitionException;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Verdict;
import dev.changeover.processor.Processor;
import dev.changeover.processor.ProcessorSettings;
import dev.changeover.producer.backfill.Backfill;
import dev.changeover.producer.backfill.BackfillSettings;
import dev.changeover.producer.capture.Capture;
import dev.changeover.producer.capture.LegacyCapture;
import dev.changeover.producer.expiry.Expiry;
import dev.changeover.producer.gateway.EventStream;
import dev.changeover.producer.gateway.Gateway;
import dev.changeover.producer.gateway.GatewaySettings;
import dev.changeover.producer.gateway.GatewayState;
import dev.changeover.producer.gateway.PublishedWrites;
import dev.changeover.producer.gateway.ReadShares;
import dev.changeover.producer.gateway.Writes;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.PublisherSettings;
import dev.changeover.sink.Sink;
import dev.changeover.sink.SinkHealth;
import dev.changeover.sink.SinkSettings;
import dev.changeover.store.DueReader;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import dev.changeover.store.file.RecordFit;
import dev.changeover.verifier.Verifier;
import dev.changeover.verifier.VerifierSettings;
import dev.changeover.verifier.deepscan.KafkaChangesHistory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running process: the roles it was asked for on one Kafka and two stores. It starts in the order of the constructor and closes in
 * the opposite one; killed at any moment, the next start goes on where it was.
 */
public final class ChangeoverProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeoverProcess.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration RETIRE_LIMIT = Duration.ofSeconds(10);
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration HEALTH_INTERVAL = Duration.ofSeconds(1);
    private static final int MAX_SUSPECTS = 1_000;
    private static final int EXIT_DEFECT = 70;
    private static final int EXIT_UNREACHABLE = 3;

    private final InstantSource clock = InstantSource.system();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final RunSettings settings;
    private final Migration migration;
    private final DataDirectory data;
    private final String token;
    private final Infrastructure infrastructure;
    private final LogIdentity log;
    private final Tuning tuning;
    private final TargetDatabase target;
    private final Map<Side, StoreReader> readers = new EnumMap<>(Side.class);
    private final Map<Side, Sink> sinks = new ConcurrentHashMap<>();
    private final ControlLog control;
    private final ProgressTail progress;
    private final DeadLetterTail deadLetters;
    private final VerdictTail verdicts;
    /** Of the publishers; null until there is one. */
    private @Nullable AnswerTail answers;

    private @Nullable Processor processor;
    private volatile @Nullable Verifier verifier;
    /** What ends with the migration, the last one first: all that has to do with the legacy side. */
    private final Deque<AutoCloseable> untilComplete = new ArrayDeque<>();

    private volatile @Nullable Thread retiring;

    private @Nullable Gateway gateway;
    private volatile @Nullable LegacyCapture legacyCapture;
    /** Keys of what the legacy store would not take: that these differ there is not the application's doing. */
    private volatile Set<String> refusedByLegacy = Set.of();

    private ChangeoverProcess(RunSettings settings, Migration migration, Consumer<String> say) {
        this.settings = settings;
        this.migration = migration;
        this.data = part(DataDirectory.open(settings.dataDirectory()));
        this.token = settings.authenticated() ? data.token() : "";
        this.infrastructure = part(Infrastructure.start(settings, migration, data.path(), say));
        TopicSetup.Ready ready = TopicSetup.ensure(migration, infrastructure.log());
        ready.warnings().forEach(say);
        this.log = ready.identity();
        this.tuning = settings.environment().tuning();
        this.target = TargetDatabase.open(migration, infrastructure.targetUrl(), tuning);
        target.prepare().forEach(say);
        this.control = part(ControlLog.open(migration, infrastructure.log()));
        this.progress = part(ProgressTail.start(migration, infrastructure.log()));
        this.deadLetters = part(DeadLetterTail.start(migration, infrastructure.log()));
        this.verdicts = part(VerdictTail.start(migration, infrastructure.log()));
        progress.awaitCaughtUp(START_LIMIT);
        deadLetters.awaitCaughtUp(START_LIMIT);
        verdicts.awaitCaughtUp(START_LIMIT);
    }

    /**
     * Starts the roles and waits until they work.
     *
     * @param say words for the operator while it starts
     * @throws DefinitionException if the migration.yaml is invalid
     * @throws IllegalStateException if a role cannot start; what was started is closed again
     */
    public static ChangeoverProcess start(RunSettings settings, Consumer<String> say) throws DefinitionException {
        Migration migration = settings.environment().read(settings.definition());
        ChangeoverProcess process = new ChangeoverProcess(settings, migration, say);
        try {
            process.startRoles(say);
            return process;
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private void startRoles(Consumer<String> say) {
        Set<Role> roles = settings.roles().isEmpty() ? EnumSet.noneOf(Role.class) : EnumSet.copyOf(settings.roles());
        StoreReader legacyReader = part(legacyReader());
        readers.put(Side.LEGACY, legacyReader);
        if (control.state().phase() == Phase.COMPLETE) {
            roles.remove(Role.VERIFIER);
            if (roles.remove(Role.LEGACY_SINK)
                    && !(legacyReader instanceof ArchivedLegacy)) { // it may have been killed before it did that
                release("what is ours in the legacy files", () -> LegacyFiles.release(migration));
            }
        }
        if (roles.contains(Role.PROCESSOR)) {
            processor = part(Processor.start(
                    migration,
                    infrastructure.log(),
                    new ProcessorSettings(data.resolve("processor"), "processor-" + data.instance(), 1),
                    List.of(new RecordFit(migration)::unfit)));
        }
        DueReader targetReader = part(target.reader());
        readers.put(Side.TARGET, targetReader);
        if (roles.contains(Role.LEGACY_SINK)) {
            startSink(Side.LEGACY, LegacyFiles.writer(migration));
            if (!roles.contains(Role.GATEWAY)) { // where there is one, it runs the backfill itself
                untilComplete(Backfill.help(
                        migration,
                        reader(Side.LEGACY),
                        infrastructure.log(),
                        progress,
                        BackfillSettings.of("legacy-sink-" + data.instance()).withChunks(tuning.batchRecords()),
                        clock));
            }
        }
        if (roles.contains(Role.TARGET_SINK)) {
            startSink(Side.TARGET, target.writer());
            if (control.state().phase() == Phase.COMPLETE) {
                target.release(); // the writer has it made again
            }
        }
        if (roles.contains(Role.VERIFIER)) {
            verifier = untilComplete(Verifier.start(
                    migration,
                    infrastructure.log(),
                    progress,
                    verdicts,
                    reader(Side.LEGACY),
                    reader(Side.TARGET),
                    LegacyFiles.watched(migration),
                    target.address(),
                    target.rowKeys(),
                    watching()
                            ? VerifierSettings.in(data.resolve("verifier")).watching()
                            : VerifierSettings.in(data.resolve("verifier")),
                    clock));
            target.foreignWrites().ifPresent(verifier::follow);
            LegacyFiles.foreignWrites(migration).forEach(verifier::follow);
        }
        awaitProcessor(say);
        startServer(roles, targetReader);
        data.writeEndpoint(endpoint());
    }

    /** After the migration the files may have been archived and removed; the target is served all the same. */
    private StoreReader legacyReader() {
        try {
            return LegacyFiles.reader(migration);
        } catch (StoreUnavailableException | UnfitStoreException e) {
            if (control.state().phase() != Phase.COMPLETE) {
                throw e;
            }
            return new ArchivedLegacy(String.valueOf(e.getMessage()));
        }
    }

    private void startSink(Side side, Store store) {
        part(store);
        Sink sink = part(Sink.start(
                migration,
                side,
                store,
                infrastructure.log(),
                log,
                SinkSettings.of(migration, side).withInstance(side.word() + "-" + data.instance()),
                clock));
        sinks.put(side, sink);
        if (side == Side.LEGACY) {
            untilComplete.push(store);
            untilComplete.push(sink);
        }
    }

    private void awaitProcessor(Consumer<String> say) {
        Processor started = processor;
        if (started == null) {
            return;
        }
        try {
            if (started.awaitRunning(START_LIMIT)) {
                return;
            }
            if (started.state() == Processor.State.FAILED) {
                throw new IllegalStateException("Cannot start the processor: " + started.reason());
            }
            // Much state to read back takes long. Meanwhile everything else goes on: reads are answered.
            say.accept(
                    ("The processor is not ready after %d s: it reads its state back from the log. Writes wait for it;"
                                    + " `changeover status` shows how far they are.")
                            .formatted(START_LIMIT.toSeconds()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while starting", e);
        }
    }

    private void startServer(Set<Role> roles, DueReader targetReader) {
        Admin admin = part(new Clients(infrastructure.log()).admin("changeover-status"));
        @Nullable Verifier looking = verifier;
        Gate gate = new Gate(
                migration, control::state, progress, deadLetters, verdicts, admin, target.checks(), this::watched);
        MigrationView view = new MigrationView(
                migration,
                control,
                progress,
                deadLetters,
                verdicts,
                part(new Counts(migration.entities(), readers, clock)),
                admin,
                this::mismatches,
                gate,
                this::watched,
                clock);
        EventStream events = part(new EventStream());
        part(new StatusTicker(view, events));
        Operations operations = part(new Operations(clock));
        Phases phases = new Phases(control, clock);
        Barriers barriers = part(new Barriers(migration, infrastructure.log()));
        Serving serving = startServing(phases, barriers, looking);
        EventStream flag = part(new EventStream());
        tellPrimary(flag, events);
        Map<String, OperationsRoutes.Starter> starters = new TreeMap<>();
        BackfillOperation backfill = new BackfillOperation(
                migration,
                infrastructure.log(),
                progress,
                reader(Side.LEGACY),
                data.instance(),
                tuning.batchRecords(),
                phases,
                clock);
        starters.put("backfill", backfill::work);
        VerifyOperation verify = new VerifyOperation(migration.entities(), verifier, barriers, view, phases);
        starters.put("verify", verify::work);
        CutoverOperation switching =
                new CutoverOperation(control, phases, progress, serving, gate, migration.partitions(), data.instance());
        starters.put("cutover", switching::cutover);
        starters.put("rollback", switching::rollback);
        starters.put("complete", switching::complete);
        starters.put("archive", new ArchiveOperation(migration, phases, clock)::work);
        starters.put("check-certificate", new RecountOperation(migration, infrastructure.log(), control)::work);
        starters.put(
                "rebuild",
                new RebuildOperation(migration, infrastructure.log(), log, infrastructure.targetUrl(), readers)::work);
        SharedReads shared = part(new SharedReads(migration, control, phases, progress, readers, clock));
        starters.put("reads", shared::work);
        view.showReads(shared::toJson);
        GatewayState state = new ProcessState(serving, shared);
        @Nullable Writes writes = null;
        @Nullable Publisher publisher = null;
        if (roles.contains(Role.GATEWAY)) {
            publisher = openPublisher("gateway", serving);
            serving.onChange(publisher::reconsider);
            writes = new PublishedWrites(publisher);
        }
        @Nullable Expiry expiry = roles.contains(Role.TARGET_SINK) ? startExpiry(targetReader, serving) : null;
        if (looking != null) {
            startCapture(looking, serving);
        }
        if (looking != null && watching()) {
            startLegacyCapture(looking, serving);
        }
        starters.put("accept-deletes", new AcceptDeletesOperation(migration, () -> legacyCapture, phases)::work);
        part(control.listen((before, after) -> {
            if (after.phase() == Phase.COMPLETE) {
                retireBeside();
            }
        }));
        KafkaChangesHistory history = new KafkaChangesHistory(migration, infrastructure.log());
        RepairOperation repair = new RepairOperation(migration, verdicts, readers, history, publisher, phases, clock);
        starters.put("repair", repair::work);
        DeadLetterOperations letters = new DeadLetterOperations(
                migration,
                infrastructure.log(),
                deadLetters,
                progress,
                phases,
                new LetterRetry(migration, deadLetters, readers, history, publisher, clock));
        starters.put("retry", letters::retry);
        starters.put("waive", letters::waive);
        Metrics metrics = new Metrics(migration, progress, deadLetters, verdicts, sinks, control);
        metrics.shadowReads(shared.counts());
        if (expiry != null) {
            metrics.expired(expiry.expired());
        }
        gateway = part(Gateway.start(
                migration,
                GatewaySettings.on(settings.host(), settings.port(), token),
                state,
                writes,
                readers,
                new OperationsRoutes(migration.name(), view, state, events, flag, operations, starters, metrics::text),
                clock));
        if (control.state().phase() == Phase.BACKFILLING && roles.contains(Role.GATEWAY)) {
            operations.start("backfill", backfill.work(MAPPER.createObjectNode()));
        }
    }

    /** What this process may serve, and what must be there before anybody can switch the primary. */
    private Serving startServing(Phases phases, Barriers barriers, @Nullable Verifier looking) {
        part(Fallback.start(control, phases, progress, migration.partitions(), data.instance()));
        if (looking != null) {
            untilComplete(CertificateDesk.start(
                    control,
                    phases,
                    barriers,
                    looking.certifier(ConfigHash.of(
                            settings.definition(), migration.stores().schema())),
                    data.instance()));
        }
        Serving serving = part(Serving.start(control, phases, data.instance(), this::has));
        part(progress.listen(ignored -> serving.progressed()));
        return serving;
    }

    private boolean has(Side side, Map<Integer, Long> positions) {
        return positions.entrySet().stream()
                .allMatch(position -> progress.of(side, position.getKey())
                        .map(last -> last.next() >= position.getValue())
                        .orElse(position.getValue() == 0));
    }

    private void tellPrimary(EventStream flag, EventStream events) {
        part(control.listen((before, after) -> {
            if (before.epoch() != after.epoch()) {
                String now = OperationsRoutes.json(new GatewayState.Served(after.primary(), after.epoch()))
                        .toString();
                flag.publish("primary", now);
                events.publish("primary", now);
            }
        }));
    }

    /** Where there is a verifier, what others write into the target after the cutover is brought onto the log. */
    private void startCapture(Verifier looking, Serving serving) {
        Publisher publisher = openPublisher("capture", serving);
        Capture capture = untilComplete(Capture.start(
                migration,
                reader(Side.LEGACY),
                reader(Side.TARGET),
                publisher,
                part(new AfterCutover(control, looking::seenWhatOthersWrote)),
                () -> verdicts
                        .open(
                                open -> open.side() == Side.TARGET && open.kind() == Verdict.Kind.UNEXPECTED,
                                MAX_SUSPECTS)
                        .stream()
                        .map(Verdict::key)
                        .toList(),
                clock));
        looking.onOthersWrote(capture::written);
    }

    /** Where the target is written, records whose time has come are deleted, each by the process that has its partition. */
    private @Nullable Expiry startExpiry(DueReader targetReader, Serving serving) {
        if (Expiry.of(migration).isEmpty()) {
            return null;
        }
        Publisher publisher = openPublisher("expiry", serving);
        return untilComplete(Expiry.start(
                migration,
                reader(Side.LEGACY),
                targetReader,
                publisher,
                () -> control.state().phase().bothWritten(),
                this::writesToTarget,
                tuning.expiry(),
                clock));
    }

    /** @param name whose writes they are; each of this process has another one */
    private Publisher openPublisher(String name, Serving serving) {
        AnswerTail known = answers;
        if (known == null) {
            known = part(AnswerTail.start(migration, infrastructure.log()));
            answers = known;
        }
        return part(Publisher.open(
                migration,
                infrastructure.log(),
                PublisherSettings.of(name + "-" + data.instance()),
                serving,
                progress,
                known,
                clock));
    }

    private boolean writesToTarget(int partition) {
        Sink sink = sinks.get(Side.TARGET);
        return sink != null && sink.health().lagByPartition().containsKey(partition);
    }

    private boolean watching() {
        return migration.capture() == Migration.Capture.WATCH;
    }

    /** As long as the legacy side is the primary, what the application writes into its own files is brought onto the log. */
    private void startLegacyCapture(Verifier looking, Serving serving) {
        Publisher publisher = openPublisher("watch", serving);
        LegacyCapture capture = untilComplete(LegacyCapture.start(
                migration,
                reader(Side.LEGACY),
                reader(Side.TARGET),
                publisher,
                part(new WhileLegacyIsPrimary(control, looking::scanLegacy)),
                this::legacySuspects,
                key -> refusedByLegacy.contains(key.text()),
                clock));
        legacyCapture = capture;
        looking.onApplicationWrote(capture::written, capture::writtenAndKept);
        if (control.state().phase() != Phase.PLANNED) {
            looking.scanLegacy();
        }
    }

    /** What differs on the legacy side and may have been written by the application: nobody knows of a file who wrote it. */
    private List<RecordKey> legacySuspects() {
        boolean noted = LegacyFiles.areNoted(migration);
        if (!noted) {
            refusedByLegacy = deadLetters.list(letter -> letter.side() == Side.LEGACY, Integer.MAX_VALUE).stream()
                    .map(DeadLetterTail.Entry::keyText)
                    .collect(Collectors.toSet());
        }
        return verdicts
                .open(
                        open -> open.side() == Side.LEGACY
                                && (open.kind() == Verdict.Kind.UNEXPECTED
                                        || (!noted && open.kind() != Verdict.Kind.PARKED)),
                        VerdictTail.MAX_KEPT)
                .stream()
                .map(Verdict::key)
                .toList();
    }

    /** What is being captured from the legacy side; empty where nothing is, or another process does it. */
    private Optional<Watched> watched() {
        LegacyCapture capture = legacyCapture;
        return capture == null
                ? Optional.empty()
                : Optional.of(new Watched(capture.captured(), capture.pending(), capture.held(), capture.fault()));
    }

    private void retireBeside() {
        Thread thread = new Thread(this::retire, "complete");
        retiring = thread;
        thread.start();
    }

    /** The migration is complete: the locks and the replication slot are given back, the files stay as they are. */
    private void retire() {
        synchronized (untilComplete) {
            boolean observed = verifier != null;
            boolean wroteLegacy = sinks.remove(Side.LEGACY) != null;
            verifier = null;
            while (!untilComplete.isEmpty()) {
                AutoCloseable part = untilComplete.pop();
                synchronized (this) {
                    parts.remove(part);
                }
                close(part);
            }
            if (wroteLegacy) {
                release("what is ours in the legacy files", () -> LegacyFiles.release(migration));
            }
            if (observed) {
                release("its replication slot", target::release);
            }
        }
    }

    private static void release(String what, Runnable giving) {
        try {
            giving.run();
        } catch (StoreUnavailableException e) {
            LOG.atError()
                    .addKeyValue("what", what)
                    .addKeyValue("reason", e.getMessage())
                    .log(
                            "The migration is complete, but something of it is still there: `changeover detach` takes it away");
        }
    }

    private List<Verdict> mismatches(java.util.function.Predicate<Verdict> matching, int limit) {
        Verifier looking = verifier;
        try {
            return looking == null ? verdicts.open(matching, limit) : looking.mismatches(matching, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private ObjectNode endpoint() {
        ObjectNode endpoint = MAPPER.createObjectNode();
        endpoint.put("url", url());
        endpoint.put("token", token);
        endpoint.put("pid", ProcessHandle.current().pid());
        endpoint.put("migration", migration.name());
        ArrayNode roles = endpoint.putArray("roles");
        for (Role role : Role.values()) {
            if (settings.roles().contains(role)) {
                roles.add(role.word());
            }
        }
        endpoint.put("bootstrap", infrastructure.log().bootstrapServers());
        endpoint.put("target", infrastructure.targetUrl());
        endpoint.put(
                "legacy",
                migration.stores().legacyRoot().toAbsolutePath().normalize().toString());
        return endpoint;
    }

    public Migration migration() {
        return migration;
    }

    /** Where it serves. */
    public String url() {
        Gateway serving = gateway;
        if (serving == null) {
            throw new IllegalStateException("Cannot say where it serves before it does");
        }
        return serving.url();
    }

    /** What writes and operations must bring; empty if nothing. */
    public String token() {
        return token;
    }

    /** Where the target is, with what is needed to log in. */
    public String targetUrl() {
        return infrastructure.targetUrl();
    }

    public Path dataDirectory() {
        return data.path();
    }

    /**
     * Waits until a role has failed for good, or the process is closed.
     *
     * @return the exit code that says so
     */
    public int awaitFailure() throws InterruptedException {
        while (!closed.await(HEALTH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            for (Map.Entry<Side, Sink> sink : sinks.entrySet()) {
                SinkHealth health = sink.getValue().health();
                if (health.state() == SinkHealth.State.FAILED) {
                    LOG.atError()
                            .addKeyValue("side", sink.getKey())
                            .addKeyValue("reason", health.words() + " " + health.lastError())
                            .log("A sink has stopped for good");
                    return EXIT_UNREACHABLE;
                }
            }
            Processor running = processor;
            if (running != null && running.state() == Processor.State.FAILED) {
                LOG.atError().addKeyValue("reason", running.reason()).log("The processor has stopped for good");
                return EXIT_DEFECT;
            }
        }
        return 0;
    }

    private StoreReader reader(Side side) {
        return java.util.Objects.requireNonNull(readers.get(side));
    }

    private synchronized <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    private <T extends AutoCloseable> T untilComplete(T part) {
        untilComplete.push(part);
        return part(part);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("part", part.getClass().getSimpleName())
                    .log("A part did not close cleanly");
        }
    }

    @Override
    public void close() {
        Thread thread = retiring;
        if (thread != null) {
            // The slot must be given back while the database is still there.
            joinBriefly(thread);
        }
        synchronized (this) {
            while (!parts.isEmpty()) {
                close(parts.pop());
            }
        }
        closed.countDown();
    }

    private static void joinBriefly(Thread thread) {
        try {
            thread.join(RETIRE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the gateway must know, as far as this process has read the log. */
    private final class ProcessState implements GatewayState {
        private final Serving serving;
        private final ReadShares shares;

        ProcessState(Serving serving, ReadShares shares) {
            this.serving = serving;
            this.shares = shares;
        }

        @Override
        public ReadShares shares() {
            return shares;
        }

        @Override
        public CompletableFuture<Served> served() {
            return serving.served();
        }

        @Override
        public CompletableFuture<Boolean> mayShow(Served from, Map<Integer, Long> positions) {
            return serving.mayShow(from, positions);
        }

        @Override
        public Side primary() {
            return control.state().primary();
        }

        @Override
        public long epoch() {
            return control.state().epoch();
        }

        @Override
        public boolean backfillMayRun() {
            Phase phase = control.state().phase();
            return phase == Phase.PLANNED || phase == Phase.BACKFILLING;
        }

        @Override
        public List<String> unready() {
            List<String> reasons = new ArrayList<>();
            if (!control.alive()) {
                reasons.add("control is not followed any more");
            }
            if (!progress.alive()) {
                reasons.add("progress is not followed any more");
            }
            sinks.forEach((side, sink) -> {
                SinkHealth health = sink.health();
                if (!health.ready()) {
                    reasons.add("%s sink: %s".formatted(side, health.words()));
                }
            });
            Processor running = processor;
            if (running != null && running.state() != Processor.State.RUNNING) {
                reasons.add("processor: %s %s".formatted(running.state(), running.reason()));
            }
            Verifier looking = verifier;
            if (looking != null) {
                reasons.addAll(looking.health().faults());
            }
            return reasons;
        }
    }
}
