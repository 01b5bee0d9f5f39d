package dev.changeover.verifier.compare;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.topic.Observation;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Verdict;
import dev.changeover.model.topic.Wire;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Keeps what is known of each key of one partition, and judges a key whenever something new is known of it. */
final class Compare implements Processor<byte[], byte[], byte[], byte[]> {
    /** How long a key that was seen further ahead than the log was read waits for the next try. */
    private static final Duration RETRY_WAITING = Duration.ofMillis(100);

    private static final int MOST_RETRIES = 10_000;
    private static final byte[] NOTHING = new byte[0];
    /** How long a write of the application itself may take until it is captured. */
    private static final Duration CAPTURED_WITHIN = Duration.ofSeconds(5);

    private static final int MOST_AWAITED = 100_000;
    private static final Bytes UNPROVEN = name("unproven");
    private static final Bytes BACKFILLED = name("backfilled");

    private final Migration migration;
    private final LogReach reach;
    private final CompareStatus status;
    private final EventCodec events;
    private final String changes;
    private final Map<String, Set<Side>> sidesOf = new HashMap<>();

    // Set by init, before anything else is called.
    private @Nullable Task task;

    Compare(Migration migration, LogReach reach, CompareStatus status) {
        this.migration = migration;
        this.reach = reach;
        this.status = status;
        this.events = new EventCodec(migration);
        this.changes = new Topics(migration.name()).changes();
        for (Entity entity : migration.entities()) {
            Set<Side> sides = EnumSet.noneOf(Side.class);
            for (Side side : Side.values()) {
                if (entity.on(side).isPresent()) {
                    sides.add(side);
                }
            }
            sidesOf.put(entity.name(), sides);
        }
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        Task started = new Task(context);
        task = started;
        started.tickIfSomethingWaits();
        started.report();
    }

    @Override
    public void process(Record<byte[], byte[]> incoming) {
        Task running = task();
        RecordMetadata metadata = running.context
                .recordMetadata()
                .orElseThrow(() -> new IllegalStateException("a record without a place in a topic"));
        if (metadata.topic().equals(changes)) {
            running.processed = metadata.offset();
            if (incoming.headers().lastHeader(Headers.CONTROL) != null) {
                running.control(incoming);
            } else {
                running.changed(incoming, metadata);
            }
        } else {
            running.observed(incoming);
        }
        running.tick();
    }

    @Override
    public void close() {
        if (task != null) {
            status.remove(task.partition);
        }
    }

    private Task task() {
        if (task == null) {
            throw new IllegalStateException("not initialised");
        }
        return task;
    }

    private static Bytes name(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** One partition's state. */
    private final class Task {
        private final ProcessorContext<byte[], byte[]> context;
        private final KeyValueStore<Bytes, byte[]> keys;
        private final KeyValueStore<Bytes, byte[]> waiting;
        private final KeyValueStore<Bytes, byte[]> counts;
        private final int partition;
        private long processed = -1;
        private long unproven;
        private boolean backfilled;
        private long waitingNow;
        private long compared;
        private @Nullable Cancellable ticks;
        /** Where legacy differs, perhaps because of a write that is being captured; forgotten at a restart. */
        private final Map<Bytes, Since> differing = new HashMap<>();

        /** @param version offset of the key's last event when it was first seen to differ */
        private record Since(long version, long millis) {}

        Task(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
            this.keys = context.getStateStore(ComparingTopology.KEYS);
            this.waiting = context.getStateStore(ComparingTopology.WAITING);
            this.counts = context.getStateStore(ComparingTopology.COUNTS);
            this.partition = context.taskId().partition();
            byte[] counted = counts.get(UNPROVEN);
            this.unproven = counted == null ? 0 : ByteBuffer.wrap(counted).getLong();
            this.backfilled = counts.get(BACKFILLED) != null;
            try (KeyValueIterator<Bytes, byte[]> all = waiting.all()) {
                for (; all.hasNext(); all.next()) {
                    waitingNow++;
                }
            }
        }

        void control(Record<byte[], byte[]> incoming) {
            String control = text(incoming.headers().lastHeader(Headers.CONTROL));
            if (control.equals("barrier")
                    && Wire.barrier(incoming.value()).kind().equals("backfill-complete")) {
                backfilled = true;
                counts.put(BACKFILLED, new byte[] {1});
            }
        }

        void changed(Record<byte[], byte[]> incoming, RecordMetadata metadata) {
            ChangeEvent event;
            try {
                event = events.readAfterOnly(incoming.key(), incoming.value());
            } catch (MalformedEventException e) {
                // Only the processor writes this topic. Going on would call this key equal without having looked.
                throw new IllegalStateException(
                        "Invalid event %s-%d@%d: %s"
                                .formatted(metadata.topic(), metadata.partition(), metadata.offset(), e.getMessage()),
                        e);
            }
            EntityRecord after = event.after();
            Digest digest = after == null ? null : Canonical.digest(after);
            Bytes key = Bytes.wrap(event.key().bytes());
            KeyState before = KeyState.of(keys.get(key));
            KeyState now = before.with(new Said(metadata.offset(), digest, event.op() != Op.SNAPSHOT));
            store(key, event.key(), before, now, Open.Source.STREAM);
        }

        void observed(Record<byte[], byte[]> incoming) {
            Observation observation = Wire.observation(migration, incoming.value());
            Bytes key = Bytes.wrap(observation.key().bytes());
            KeyState before = KeyState.of(keys.get(key));
            Seen seen = new Seen(observation.position(), observation.digest(), observation.ours());
            compared++;
            store(
                    key,
                    observation.key(),
                    before,
                    before.with(observation.side(), seen),
                    Open.Source.of(text(incoming.headers().lastHeader(Comparison.SOURCE_HEADER))));
        }

        private void store(Bytes key, RecordKey recordKey, KeyState before, KeyState now, Open.Source source) {
            KeyState judged = judge(key, recordKey, now, source);
            keys.put(key, judged.toBytes());
            Set<Side> sides = sidesOf.getOrDefault(recordKey.entity().name(), Set.of());
            int change = (Judgement.unproven(judged, sides) ? 1 : 0) - (Judgement.unproven(before, sides) ? 1 : 0);
            if (change != 0) {
                unproven += change;
                counts.put(
                        UNPROVEN,
                        ByteBuffer.allocate(Long.BYTES).putLong(unproven).array());
            }
        }

        /** The state with the verdicts that follow from it; they are sent if they are others than before. */
        private KeyState judge(Bytes key, RecordKey recordKey, KeyState state, Open.Source source) {
            long consumed = reach.upTo(partition, processed);
            Map<Side, Judgement> judgements = new EnumMap<>(Side.class);
            for (Side side : sidesOf.getOrDefault(recordKey.entity().name(), Set.of())) {
                judgements.put(side, Judgement.of(side, state, consumed, backfilled));
            }
            judgements.forEach((side, judgement) -> {
                Seen seen = state.on(side);
                if (judgement == Judgement.WAITING && seen != null) {
                    await(Judgement.waitsFor(seen, consumed), key);
                }
            });
            if (migration.capture() == Migration.Capture.WATCH) {
                awaitCapture(key, state, judgements);
            }
            KeyState judged = state;
            for (Side side : Side.values()) {
                judged = judged.with(side, open(side, state, judgements.get(side), source));
            }
            if (!judged.isAsOpenAs(state)) {
                List<Verdict> verdicts = verdicts(recordKey, judged);
                context.forward(new Record<>(
                        key.get(), verdicts.isEmpty() ? null : Wire.write(verdicts), context.currentSystemTimeMs()));
            }
            return judged;
        }

        /** What the application has just written is on the log in a moment, and then the look was one at an earlier version. */
        private void awaitCapture(Bytes key, KeyState state, Map<Side, Judgement> judgements) {
            if (judgements.get(Side.LEGACY) != Judgement.WRONG) {
                differing.remove(key);
            } else if (state.openOn(Side.LEGACY) == null) {
                long now = context.currentSystemTimeMs();
                Since since = differing.get(key);
                if (since == null || since.version() != state.version()) {
                    since = new Since(state.version(), now);
                    if (differing.size() < MOST_AWAITED) {
                        differing.put(key, since);
                    }
                }
                if (differing.containsKey(key) && now - since.millis() < CAPTURED_WITHIN.toMillis()) {
                    judgements.put(Side.LEGACY, Judgement.WAITING);
                    await(0, key); // judged again in a moment
                }
            }
        }

        /**
         * What stands of a side after this judgement, which is null if the entity does not live there. A finding is only taken
         * back by a final look that found the side equal: one that lags has not proven anything.
         */
        private @Nullable Open open(Side side, KeyState state, @Nullable Judgement judgement, Open.Source source) {
            Open open = state.openOn(side);
            Seen seen = state.on(side);
            if (judgement == Judgement.LAGGING || judgement == Judgement.WAITING) {
                return open;
            }
            if (judgement != Judgement.WRONG || seen == null) {
                return null;
            }
            Verdict.Kind kind = Judgement.kind(state.said(), seen);
            return open == null
                    ? new Open(kind, state.version(), context.currentSystemTimeMs(), source)
                    : new Open(kind, state.version(), open.sinceMillis(), open.source());
        }

        private List<Verdict> verdicts(RecordKey key, KeyState state) {
            List<Verdict> verdicts = new ArrayList<>();
            for (Side side : Side.values()) {
                Open open = state.openOn(side);
                if (open != null) {
                    verdicts.add(new Verdict(
                            key,
                            open.kind(),
                            side,
                            partition,
                            open.version(),
                            open.sinceMillis(),
                            open.source().word(),
                            List.of()));
                }
            }
            return verdicts;
        }

        private void await(long offset, Bytes key) {
            Bytes place = place(offset, key.get());
            if (waiting.get(place) == null) {
                waiting.put(place, NOTHING);
                waitingNow++;
            }
        }

        /**
         * Soon to retry what waits, and to report. Whatever is called at an interval makes Kafka Streams commit at it, also when
         * nothing has come, so this ends when nothing waits.
         */
        void tick() {
            if (ticks == null) {
                ticks = context.schedule(RETRY_WAITING, PunctuationType.WALL_CLOCK_TIME, now -> {
                    retryWaiting();
                    if (waitingNow == 0 && ticks != null) {
                        ticks.cancel();
                        ticks = null;
                    }
                });
            }
        }

        void tickIfSomethingWaits() {
            if (waitingNow > 0) {
                tick();
            }
        }

        /** Judges again what had to wait for the log to be read further: only that for which it has been. */
        void retryWaiting() {
            if (waitingNow > 0) {
                retry(place(0, NOTHING), place(reach.upTo(partition, processed) + 1, NOTHING));
                if (backfilled) {
                    retry(place(Long.MAX_VALUE, NOTHING), null);
                }
            }
            report();
        }

        private void retry(Bytes from, @Nullable Bytes to) {
            List<Bytes> due = new ArrayList<>();
            try (KeyValueIterator<Bytes, byte[]> some = waiting.range(from, to)) {
                while (some.hasNext() && due.size() < MOST_RETRIES) {
                    due.add(some.next().key);
                }
            }
            for (Bytes place : due) {
                waiting.delete(place); // before it is judged: it may have to wait for the same again
                waitingNow--;
                Bytes key = Bytes.wrap(Arrays.copyOfRange(place.get(), Long.BYTES, place.get().length));
                KeyState state = KeyState.of(keys.get(key));
                KeyState judged = judge(key, recordKey(key), state, Open.Source.STREAM);
                if (!judged.equals(state)) {
                    keys.put(key, judged.toBytes());
                }
            }
        }

        private static Bytes place(long offset, byte[] key) {
            return Bytes.wrap(ByteBuffer.allocate(Long.BYTES + key.length)
                    .putLong(offset)
                    .put(key)
                    .array());
        }

        private RecordKey recordKey(Bytes key) {
            try {
                return KeyJson.read(migration, key.get());
            } catch (MalformedEventException e) {
                throw new IllegalStateException("Invalid key in the verifier's state: " + e.getMessage(), e);
            }
        }

        void report() {
            status.put(partition, new CompareStatus.OfPartition(unproven, waitingNow, compared, backfilled));
        }
    }

    private static String text(@Nullable Header header) {
        return header == null || header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
