package dev.changeover.processor;

import dev.changeover.log.Control;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.MergePatch;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.topic.Answer.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides about one record of {@code writes} after the other.
 *
 * <table>
 *   <caption>What becomes of it</caption>
 *   <tr><th>record</th><th>becomes</th></tr>
 *   <tr><td>barrier</td><td>the same on {@code changes}</td></tr>
 *   <tr><td>deletion in another partition</td><td>updates or deletes of what points to it here</td></tr>
 *   <tr><td>in the wrong partition</td><td>the same in the right one</td></tr>
 *   <tr><td>not readable, against the definition, too large</td><td>dead letter</td></tr>
 *   <tr><td>snapshot read of a key that is known, or that went with its parent</td><td>nothing: beaten</td></tr>
 *   <tr><td>snapshot read otherwise</td><td>the same bytes on {@code changes}</td></tr>
 *   <tr><td>repeat of an idempotency key</td><td>nothing: the first one's answer; with another body a dead letter</td></tr>
 *   <tr><td>put, patch</td><td>{@code c} or {@code u} with full states; dead letter if its condition does not hold</td></tr>
 *   <tr><td>delete</td><td>deletes of what hangs on it, then its own</td></tr>
 * </table>
 */
final class Admit implements Processor<byte[], byte[], Routed, byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(Admit.class);
    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);
    private static final Duration FORGET_INTERVAL = Duration.ofMinutes(1);
    private static final byte[] WITHOUT_BEFORE = "{\"before\":null,".getBytes(StandardCharsets.UTF_8);
    private static final String CREATE = "create";
    private static final String EXPECT = "expect:";
    private static final String ABSENT = "absent";

    private final Migration migration;
    private final EventCodec codec;
    private final Links links;
    private final List<RecordCheck> checks;
    private final String log;
    private final ThreadLocal<Pace> paces;

    private @Nullable Cancellable ticks;
    /** Until progress is said. Whatever is called at an interval makes Kafka Streams commit at it, also when nothing has come. */
    private @Nullable Cancellable saying;

    private Outputs outputs;
    private Pace pace;
    private Records records;
    private Requests requests;
    private Pointers pointers;
    private Tally tally;
    private Parents parents;
    private Deletions deletions;
    private ProcessorContext<Routed, byte[]> context;

    /**
     * @param log the identity of the log that this processor runs on
     * @param paces that of each stream thread
     */
    @SuppressWarnings("NullAway.Init") // Kafka Streams calls init before anything else
    Admit(Migration migration, List<RecordCheck> checks, String log, ThreadLocal<Pace> paces) {
        this.migration = migration;
        this.codec = new EventCodec(migration);
        this.links = new Links(migration);
        this.checks = List.copyOf(checks);
        this.log = log;
        this.paces = paces;
    }

    @Override
    public void init(ProcessorContext<Routed, byte[]> streams) {
        context = streams;
        pace = paces.get();
        PartitionState state = new PartitionState(streams.getStateStore(PartitionState.STORE), migration.partitions());
        outputs = new Outputs(streams, pace);
        records = new Records(migration, codec, state);
        requests = new Requests(state);
        pointers = new Pointers(links, state);
        tally = new Tally(state, log);
        parents = new Parents(migration, checks, codec, records, pointers, tally, outputs);
        deletions = new Deletions(links, codec, records, pointers, new GoneElsewhere(state), parents, tally, outputs);
        sayProgressSoon(); // who was killed may not have said it
        // By the broker's time: a local clock that jumps must not forget what was promised to be remembered.
        streams.schedule(
                FORGET_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                ignored -> requests.forgetOld(streams.currentStreamTimeMs()));
    }

    @Override
    public void process(Record<byte[], byte[]> incoming) {
        Write write = new Write(
                incoming, context.recordMetadata().orElseThrow(() -> new IllegalStateException("No place on the log")));
        if (tally.passed(write.offset())) {
            LOG.atWarn()
                    .addKeyValue("partition", write.partition())
                    .addKeyValue("offset", write.offset())
                    .log("Skipped an event that was processed before: the consumer group's offsets were lost");
            return;
        }
        String control = write.header(Headers.CONTROL);
        boolean inBulk = false;
        if (Control.BARRIER.equals(control)) {
            outputs.barrier(write);
        } else if (Control.CASCADE.equals(control)) {
            deletionElsewhere(write);
        } else {
            inBulk = event(write);
        }
        tally.processed(write.offset());
        sayProgressSoon();
        if (inBulk) {
            pace.processedInBulk();
        } else if (pace.processed(context.currentSystemTimeMs(), write.timestampMillis())) {
            ticks = context.schedule(Pace.TICK, PunctuationType.WALL_CLOCK_TIME, this::commitIfDue);
        }
    }

    private void deletionElsewhere(Write write) {
        byte[] key = write.key();
        try {
            deletions.deletedElsewhere(write, KeyJson.read(migration, key == null ? new byte[0] : key));
        } catch (MalformedEventException e) {
            LOG.atWarn()
                    .addKeyValue("partition", write.partition())
                    .addKeyValue("offset", write.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("Skipped a deletion marker of something that is not in the definition");
        }
    }

    /** @return whether it is one of many, as a snapshot read is, and nobody waits for it */
    private boolean event(Write write) {
        ChangeEvent event;
        try {
            event = read(write);
        } catch (MalformedEventException e) {
            tally.write();
            settle(write, null, Admission.rejected(write, Outcome.INVALID, String.valueOf(e.getMessage())));
            return false;
        }
        int partition = migration.partitionOf(event.key());
        if (partition != write.partition()) {
            outputs.reroute(write, partition);
            return false;
        }
        tally.write();
        boolean read = event.op() == Op.SNAPSHOT;
        settle(write, event.key(), read ? snapshot(write, event) : live(write, event));
        return read && write.header(Headers.ANSWER) == null;
    }

    private ChangeEvent read(Write write) throws MalformedEventException {
        byte[] key = write.key();
        byte[] value = write.value();
        if (key == null || value == null) {
            throw new MalformedEventException("Missing %s: an event has both. To delete a record send op d."
                    .formatted(key == null ? "key" : "value"));
        }
        if (Sizes.tooLarge(key, value) || Sizes.tooManyHeaders(write.headersAsTheyCame())) {
            throw new MalformedEventException("Too large: an event may have 16 MiB, its headers 64 KiB");
        }
        try {
            return codec.readAfterOnly(key, value); // what a sender says of before decides nothing
        } catch (RuntimeException | StackOverflowError e) {
            // One event must never stop all others; that it came to this is a defect of ours.
            LOG.atError()
                    .addKeyValue("partition", write.partition())
                    .addKeyValue("offset", write.offset())
                    .setCause(e)
                    .log("Cannot read an event, for a reason nobody thought of");
            throw new MalformedEventException("Cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private Admission snapshot(Write write, ChangeEvent event) {
        RecordKey key = event.key();
        byte[] keyBytes = key.bytes();
        byte[] value = write.value();
        EntityRecord found = event.after();
        if (found == null || value == null) {
            throw new IllegalStateException("A snapshot read without a state was taken for an event");
        }
        if (records.knows(keyBytes) || deletions.wentWithAnAncestor(key)) {
            return Admission.beaten(write);
        }
        Optional<String> objection = objection(found);
        if (objection.isPresent()) {
            return Admission.rejected(write, Outcome.INVALID, objection.get());
        }
        Links.Link nowhere = deletions.linkToNowhere(found);
        if (nowhere != null && nowhere.cascades()) {
            return Admission.beaten(write);
        }
        if (Totals.beginAtNothing(migration, key.entity())) {
            try {
                parents.add(write, null, found, false);
            } catch (InvalidValueException e) {
                return Admission.rejected(write, Outcome.INVALID, String.valueOf(e.getMessage()));
            }
        }
        byte[] change = beginsWithoutBefore(value) ? value : codec.write(event);
        tally.change();
        outputs.change(write, keyBytes, change, write.changeHeaders());
        records.put(keyBytes, RecordState.snapshot(write.offset(), change));
        pointers.move(key, null, found);
        while (nowhere != null) {
            found = deletions.cut(write, nowhere, found, write.headersBehind());
            nowhere = deletions.linkToNowhere(found);
        }
        return Admission.accepted(write);
    }

    /** As we and Debezium write a snapshot read: then its bytes can go on as they are, and nothing is written twice. */
    private static boolean beginsWithoutBefore(byte[] value) {
        return value.length > WITHOUT_BEFORE.length
                && Arrays.equals(value, 0, WITHOUT_BEFORE.length, WITHOUT_BEFORE, 0, WITHOUT_BEFORE.length);
    }

    private Admission live(Write write, ChangeEvent event) {
        String requestKey = write.header(Headers.IDEMPOTENCY_KEY);
        if (requestKey == null) {
            return change(write, event);
        }
        if (requestKey.isEmpty() || requestKey.length() > Requests.MAX_KEY_CHARS) {
            return Admission.rejected(
                    write,
                    Outcome.INVALID,
                    "Invalid idempotency key: 1 to %d characters".formatted(Requests.MAX_KEY_CHARS));
        }
        byte[] wanted = requests.hash(event, write.header(Headers.CONDITION));
        Optional<Requests.Request> first = requests.find(event.key(), requestKey);
        if (first.isPresent()) {
            return first.get().repeated(write, requestKey, wanted);
        }
        Admission admission = change(write, event);
        requests.remember(event.key(), requestKey, wanted, write, admission);
        return admission;
    }

    private Admission change(Write write, ChangeEvent event) {
        RecordKey key = event.key();
        RecordState state = records.find(key).orElse(null);
        EntityRecord current = state == null || !state.exists() ? null : records.recordOf(key, state);
        Optional<String> conflict = conflict(write.header(Headers.CONDITION), key, current);
        if (conflict.isPresent()) {
            return Admission.rejected(write, Outcome.CONFLICT, conflict.get());
        }
        if (event.op() == Op.DELETE && isKnownByItsPlace(key)) {
            return Admission.rejected(
                    write,
                    Outcome.INVALID,
                    "Cannot delete %s: its number is its place, and those behind it would get other ones. It goes with the record that it is part of"
                            .formatted(key));
        }
        if (event.op() == Op.DELETE) {
            deletions.delete(write, event, current);
            return Admission.accepted(write);
        }
        RecordKey deletedParent = deletions.deletedParent(key);
        if (deletedParent != null && !Totals.of(key.entity())) {
            return Admission.rejected(
                    write,
                    Outcome.CONFLICT,
                    "Cannot write %s: %s, which it belongs to, is deleted. Write that first."
                            .formatted(key, deletedParent));
        }
        JsonText patch = event.patch();
        if (patch != null && current == null) {
            return Admission.rejected(write, Outcome.NOT_FOUND, "Cannot patch %s: there is none".formatted(key));
        }
        EntityRecord after;
        try {
            after = patch == null || current == null ? event.after() : MergePatch.apply(current, patch);
        } catch (InvalidRecordException e) {
            return Admission.rejected(write, Outcome.INVALID, String.valueOf(e.getMessage()));
        }
        if (after == null) {
            throw new IllegalStateException("A put without a state was taken for an event");
        }
        return put(write, event, state, current, after);
    }

    private static boolean isKnownByItsPlace(RecordKey key) {
        return key.entity().legacy().orElse(null) instanceof DocumentLayout document && document.byPlace();
    }

    private Admission put(
            Write write,
            ChangeEvent event,
            @Nullable RecordState state,
            @Nullable EntityRecord current,
            EntityRecord after) {
        Optional<String> objection = objection(after);
        if (objection.isPresent()) {
            return Admission.rejected(write, Outcome.INVALID, objection.get());
        }
        RecordKey key = event.key();
        byte[] keyBytes = key.bytes();
        Op op = current == null ? Op.CREATE : Op.UPDATE;
        byte[] withoutBefore =
                codec.write(new ChangeEvent(op, key, null, after, null, event.origin(), event.timestampMillis()));
        byte[] change = current == null
                ? withoutBefore
                : codec.write(new ChangeEvent(op, key, current, after, null, event.origin(), event.timestampMillis()));
        if (Sizes.tooLarge(keyBytes, change)) {
            return Admission.rejected(
                    write,
                    Outcome.INVALID,
                    "Too large: with the state before it the event has %d bytes, and 16 MiB are allowed"
                            .formatted(change.length));
        }
        if (Totals.of(key.entity())) {
            try {
                // Ahead of the record, which refers to it.
                parents.add(write, current, after, state != null && !state.exists());
            } catch (InvalidValueException e) {
                return Admission.rejected(write, Outcome.INVALID, String.valueOf(e.getMessage()));
            }
        }
        tally.change();
        outputs.change(write, keyBytes, change, write.changeHeaders());
        records.put(keyBytes, RecordState.live(state != null && state.everDeleted(), write.offset(), withoutBefore));
        pointers.move(key, current, after);
        return Admission.accepted(write);
    }

    private static Optional<String> conflict(
            @Nullable String condition, RecordKey key, @Nullable EntityRecord current) {
        if (condition == null) {
            return Optional.empty();
        }
        if (condition.equals(CREATE)) {
            return current == null
                    ? Optional.empty()
                    : Optional.of("Cannot create %s: there is one already".formatted(key));
        }
        if (condition.startsWith(EXPECT)) {
            String expected = condition.substring(EXPECT.length());
            String found = current == null ? ABSENT : Canonical.digest(current).hex();
            return expected.equals(found)
                    ? Optional.empty()
                    : Optional.of("Cannot change %s: it is no longer what it was (expected %s, found %s)"
                            .formatted(key, expected, found));
        }
        return Optional.of("Cannot change %s: nobody knows the condition \"%s\"".formatted(key, condition));
    }

    private Optional<String> objection(EntityRecord after) {
        for (RecordCheck check : checks) {
            Optional<String> objection = check.objection(after);
            if (objection.isPresent()) {
                return objection;
            }
        }
        return Optional.empty();
    }

    /** Counts the write as exactly one of changes (where it was sent), dead letters, duplicates or beaten snapshot reads. */
    private void settle(Write write, @Nullable RecordKey key, Admission admission) {
        if (admission.repeat()) {
            tally.duplicate();
        } else {
            switch (admission.outcome()) {
                case ACCEPTED -> {}
                case BEATEN -> tally.beaten();
                case DUPLICATE -> tally.duplicate();
                case INVALID, NOT_FOUND, CONFLICT, KEY_REUSED -> {
                    tally.deadLetter();
                    outputs.deadLetter(
                            write,
                            key == null ? "" : key.text(),
                            key == null ? "" : key.entity().name(),
                            admission.reason());
                }
            }
        }
        if (write.header(Headers.ANSWER) != null) {
            outputs.answer(write, admission.answer(write));
        }
    }

    private void commitIfDue(long nowMillis) {
        if (pace.tick(nowMillis)) {
            endTicks();
            context.commit();
        }
    }

    private void endTicks() {
        Cancellable running = ticks;
        if (running != null) {
            running.cancel();
            ticks = null;
        }
    }

    /** The partition goes elsewhere, or begins anew; its ticks were those of the whole thread. */
    @Override
    public void close() {
        endSaying();
        if (ticks != null) {
            endTicks();
            pace.ended();
        }
        pace.left(context.taskId().partition());
    }

    private void endSaying() {
        Cancellable running = saying;
        if (running != null) {
            running.cancel();
            saying = null;
        }
    }

    private void sayProgressSoon() {
        if (saying == null) {
            saying = context.schedule(PROGRESS_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::sayProgress);
        }
    }

    private void sayProgress(long nowMillis) {
        endSaying();
        if (tally.unpublished()) {
            outputs.progress(tally.progress(context.taskId().partition(), nowMillis));
        }
    }
}
