package dev.changeover.app.simulation;

import dev.changeover.app.cutover.Stepped;
import dev.changeover.log.Barriers;
import dev.changeover.log.Control;
import dev.changeover.log.LogException;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.Position;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** The real desk of certificates; what it looks with is a model of the certifier, which knows the log by heart. */
final class Desk extends GatewayProcess.ThreadOf implements Stepped.Eyes {
    private static final Duration CATCH_UP = Duration.ofSeconds(3);
    private static final Duration MOMENT = Duration.ofMillis(20);

    private final GatewayProcess process;
    private final Place place;
    private final World world;
    private final Object nothing = new Object();
    private Stepped.Step work = () -> {};
    private boolean readWhole;

    Desk(GatewayProcess process, Place place) {
        super(process, "desk");
        this.process = process;
        this.place = place;
        this.world = place.world;
    }

    void works(Stepped.Step step) {
        work = step;
    }

    @Override
    void step() {
        try {
            work.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Barriers.Reached sendThrough(Barrier barrier, Duration limit) {
        long[] before = new long[Chats.PARTITIONS];
        List<Long> writes = new ArrayList<>();
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            before[partition] = place.log.end(new TopicPartition(Place.TOPICS.changes(), partition));
            world.at(this, "sends barrier " + barrier.kind());
            writes.add(place.log.send(Writes.of(barrier, partition)));
        }
        List<Long> changes = new ArrayList<>();
        if (!await(() -> all(find(barrier, before), changes), limit)) {
            throw new LogException("The barrier did not come through");
        }
        return new Barriers.Reached(barrier, new Position(writes), new Position(changes));
    }

    private List<Long> find(Barrier barrier, long[] before) {
        List<Long> found = new ArrayList<>();
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            for (ConsumerRecord<byte[], byte[]> each :
                    place.log.records(Place.TOPICS.changes(), partition, before[partition])) {
                if (Control.isBarrier(each.headers()) && Arrays.equals(each.key(), barrier.keyBytes())) {
                    found.add(each.offset());
                }
            }
        }
        return found;
    }

    private static boolean all(List<Long> found, List<Long> into) {
        if (found.size() < Chats.PARTITIONS) {
            return false;
        }
        into.addAll(found);
        return true;
    }

    private boolean await(BooleanSupplier condition, Duration limit) {
        long until = process.waiting().nanos() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (process.waiting().nanos() > until) {
                return false;
            }
            try {
                process.waiting().await(nothing, MOMENT);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return true;
    }

    @Override
    public Certificate whole(Barriers.Reached at) {
        readWhole = false;
        Certificate certificate = look(at);
        readWhole = certificate.equal();
        return certificate;
    }

    @Override
    public Certificate since(Barriers.Reached at) {
        return readWhole ? whole(at) : unsure(at, "both stores have not been read whole by this process");
    }

    private Certificate look(Barriers.Reached at) {
        if (!await(() -> passed(at.changes()), CATCH_UP)) {
            return unsure(at, "a side has not applied everything before the barrier");
        }
        try {
            List<String> wrong = new ArrayList<>();
            for (Side side : Side.values()) {
                wrong.addAll(wrong(side));
            }
            return certificate(at, wrong, wrong.size());
        } catch (StoreUnavailableException e) {
            return unsure(at, "Cannot look: " + e.getMessage());
        }
    }

    private boolean passed(Position barrier) {
        for (Side side : Side.values()) {
            for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
                long wanted = barrier.next().get(partition);
                if (process.progress()
                        .of(side, partition)
                        .map(said -> said.next() < wanted)
                        .orElse(wanted > 0)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Where the side holds something else than the log says at the position where the side was. */
    private List<String> wrong(Side side) {
        List<RecordKey> users = List.of(Chats.userKey(0), Chats.userKey(1), Chats.userKey(2));
        Reading reading = place.store(side, this).read(Chats.USERS, users);
        Map<RecordKey, EntityRecord> said = new TreeMap<>();
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            long position = reading.positions().getOrDefault(partition, 0L);
            for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.changes(), partition)) {
                if (each.offset() < position && !Control.isBarrier(each.headers())) {
                    apply(said, each);
                }
            }
        }
        return said.equals(new TreeMap<>(reading.found())) ? List.of() : List.of(side + " differs");
    }

    private static void apply(Map<RecordKey, EntityRecord> state, ConsumerRecord<byte[], byte[]> change) {
        try {
            ChangeEvent event = Place.CODEC.read(change.key(), change.value());
            if (event.after() == null) {
                state.remove(event.key());
            } else {
                state.put(event.key(), event.after());
            }
        } catch (MalformedEventException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Certificate unsure(Barriers.Reached at, String reason) {
        readWhole = false;
        return certificate(at, List.of(reason), 0);
    }

    private Certificate certificate(Barriers.Reached at, List<String> reasons, long findings) {
        return new Certificate(
                UUID.randomUUID().toString(),
                at.barrier().id(),
                at.changes(),
                world.clock().millis(),
                reasons.isEmpty(),
                List.of(),
                reasons,
                new Certificate.Evidence(
                        "", 0, 0, new Position(Collections.nCopies(Chats.PARTITIONS, 0L)), 3, 0, 0, findings, 0, 0));
    }
}
