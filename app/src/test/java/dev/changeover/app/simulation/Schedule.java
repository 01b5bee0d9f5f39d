package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.store.MemoryStore;
import dev.changeover.store.Store;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** What one seed makes of a migration: faults for a while, then none, and everything must come to rest as if there had been none. */
final class Schedule {
    private static final int STEPS = 80;
    private static final int STEPS_TO_REST = 10_000;

    private final World world;
    private final Place place;
    private final ProcessorApplication processor = new ProcessorApplication();
    private final BackfillRole.Tasks backfill;
    private final ClientRole.Memory clients = new ClientRole.Memory();
    private final StoreChecks stores;
    private final ComparingApplication comparing = new ComparingApplication();
    private final VerdictChecks verdicts;
    private final Slot legacyObserver;
    private final Slot targetObserver;
    private final List<Slot> slots;

    Schedule(World world) {
        this.world = world;
        this.place = new Place(world);
        this.backfill = new BackfillRole.Tasks(place.initial);
        this.stores = new StoreChecks(place);
        this.verdicts = new VerdictChecks(place, stores);
        this.legacyObserver =
                new Slot(world, "legacy-observer", name -> new ObserverRole(place, Side.LEGACY, verdicts::keys, name));
        this.targetObserver =
                new Slot(world, "target-observer", name -> new ObserverRole(place, Side.TARGET, verdicts::keys, name));
        this.slots = Stream.<Slot>of(
                        new Slot(world, "gateway", name -> new ClientRole(place, clients, name)),
                        new Slot(
                                world, "processor", name -> new StreamsRole<>(world, place.log, name, () -> processor)),
                        new Slot(world, "backfill", name -> new BackfillRole(place, backfill, name)),
                        new Slot(world, "legacy-sink", name -> new SinkRole(place, Side.LEGACY, name)),
                        new Slot(world, "target-sink", name -> new SinkRole(place, Side.TARGET, name)),
                        new Slot(world, "target-sink-b", name -> new SinkRole(place, Side.TARGET, name)),
                        new Slot(
                                world, "comparing", name -> new StreamsRole<>(world, place.log, name, () -> comparing)),
                        legacyObserver,
                        targetObserver)
                .toList();
    }

    void run() {
        world.begin(
                () -> {
                    stores.check();
                    verdicts.check();
                },
                this::surroundings);
        for (int i = 0; i < STEPS; i++) {
            world.step();
        }
        world.heal();
        for (int i = 0; i < STEPS_TO_REST && !atRest(); i++) {
            world.step();
        }
        assertThat(unfinished()).as("what has not come to rest").isEmpty();
        judge();
    }

    private void surroundings() {
        slots.forEach(Slot::look);
        for (Side side : Side.values()) {
            SimulatedStore.Disk disk = place.disks.get(side);
            boolean full = disk.full() ? world.fault(90) : world.random().nextInt(300) == 0 && !world.healed();
            if (full != disk.full()) {
                disk.full(full);
                world.say("the disk of " + side + (full ? " is full" : " has room again"));
            }
        }
    }

    private boolean atRest() {
        return unfinished().isEmpty();
    }

    private List<String> unfinished() {
        List<String> unfinished = Stream.of(
                        clients.answered() ? "" : "clients wait for answers",
                        backfill.complete() ? "" : "the backfill is not complete")
                .filter(what -> !what.isEmpty())
                .collect(Collectors.toList());
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            TopicPartition writes = new TopicPartition(Place.TOPICS.writes(), partition);
            if (place.log.committed(processor.id(), writes) < place.log.end(writes)) {
                unfinished.add("the processor is not through " + writes);
            }
            long end = place.log.end(new TopicPartition(Place.TOPICS.changes(), partition));
            for (Side side : Side.values()) {
                Store.Applied applied = new MemoryStore(Chats.MIGRATION, side, place.contents(side))
                        .positions()
                        .get(partition);
                if ((applied == null ? 0 : applied.next()) < end) {
                    unfinished.add("%s is not through partition %d: %s of %d".formatted(side, partition, applied, end));
                }
            }
        }
        if (comparing.status().unproven() > 0) {
            unfinished.add(comparing.status().unproven() + " records have not been seen to be equal");
        }
        if (!verdicts.open().isEmpty()) {
            unfinished.add("verdicts where nothing differs: " + verdicts.open());
        }
        return unfinished;
    }

    private void judge() {
        Accounts accounts = new Accounts(place);
        for (int i = 0; i < STEPS_TO_REST && (i % 20 != 0 || !accounts.told()); i++) {
            world.step(); // the last counters are said a moment later
        }
        Map<RecordKey, EntityRecord> legacy = place.contents(Side.LEGACY).records();
        assertThat(place.contents(Side.TARGET).records()).as("both sides").isEqualTo(legacy);
        assertThat(Reference.of(legacy)).as("the last write of each").isEqualTo(Reference.of(place.log));
        assertThat(replayed()).as("changes, replayed").isEqualTo(legacy);
        for (RecordKey key : legacy.keySet()) {
            if (key.entity() == Chats.MESSAGES) {
                assertThat(legacy)
                        .as("the chat of " + key)
                        .containsKey(Chats.chatKey(String.valueOf(key.values().get(0))));
            }
        }
        for (Side side : Side.values()) {
            assertThat(new MemoryStore(Chats.MIGRATION, side, place.contents(side)).parked())
                    .as("parked on the %s side", side)
                    .isEmpty();
        }
        accounts.check();
        aDifferenceIsFoundAndItsEndToo();
    }

    /** Somebody writes past the log, and sets it right again. */
    private void aDifferenceIsFoundAndItsEndToo() {
        Side side = world.random().nextBoolean() ? Side.LEGACY : Side.TARGET;
        List<EntityRecord> held = List.copyOf(place.contents(side).records().values());
        if (held.isEmpty()) {
            return;
        }
        verdicts.plant();
        EntityRecord one = held.get(world.random().nextInt(held.size()));
        place.contents(side).removeDirectly(one.key());
        look(side, one.key());
        until("the missing " + one.key() + " is found", () -> verdicts.open(one.key(), side));
        assertThat(verdicts.open(one.key(), side.other()))
                .as("the side that is right is found wrong")
                .isFalse();
        place.contents(side).putDirectly(one);
        look(side, one.key());
        until("that " + one.key() + " is back is found", () -> !verdicts.open(one.key(), side));
    }

    private void look(Side side, RecordKey key) {
        Slot slot = side == Side.LEGACY ? legacyObserver : targetObserver;
        ((ObserverRole) slot.role()).look(List.of(key));
    }

    private void until(String what, BooleanSupplier condition) {
        for (int i = 0; i < STEPS_TO_REST && !condition.getAsBoolean(); i++) {
            world.step();
        }
        assertThat(condition.getAsBoolean()).as(what).isTrue();
    }

    private Map<RecordKey, EntityRecord> replayed() {
        Map<RecordKey, EntityRecord> state = new TreeMap<>();
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.changes(), partition)) {
                if (!dev.changeover.log.Control.isBarrier(each.headers())) {
                    ChangeEvent event = event(each);
                    if (event.after() == null) {
                        state.remove(event.key());
                    } else {
                        state.put(event.key(), event.after());
                    }
                }
            }
        }
        return state;
    }

    private static ChangeEvent event(ConsumerRecord<byte[], byte[]> read) {
        try {
            return Place.CODEC.read(read.key(), read.value());
        } catch (MalformedEventException e) {
            throw new AssertionError(e);
        }
    }

    /** Plays it; what fails says how to play it again, and what had happened. */
    static World play(long seed, Set<Flaw> flaws) {
        World world = new World(seed, flaws);
        return Replay.of("SimulationTest", seed, world, () -> new Schedule(world).run());
    }
}
