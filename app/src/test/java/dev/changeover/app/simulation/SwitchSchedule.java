package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.ControlState;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What one seed makes of switching to and fro under clients at two gateways. */
final class SwitchSchedule {
    private static final int STEPS = 2_500;
    private static final int STEPS_TO_REST = 20_000;
    private static final Duration LONGEST_STEP = Duration.ofMillis(20);

    private final World world;
    private final Place place;
    private final ProcessorApplication processor = new ProcessorApplication();
    private final ClientMemory clients = new ClientMemory();
    private final StoreChecks stores;
    private final SwitchChecks checks;
    private final List<Slot> slots;
    private final List<GatewayProcess> gateways = new ArrayList<>();

    SwitchSchedule(World world) {
        this.world = world;
        this.place = new Place(world, 0);
        this.stores = new StoreChecks(place);
        this.checks = new SwitchChecks(place);
        world.pace(LONGEST_STEP, 2);
        phase(0, Phase.BACKFILLING);
        phase(1, Phase.DUAL_WRITE);
        this.slots = List.of(
                new Slot(world, "processor", name -> new StreamsRole<>(world, place.log, name, () -> processor)),
                new Slot(world, "legacy-sink", name -> new SinkRole(place, Side.LEGACY, name)),
                new Slot(world, "target-sink", name -> new SinkRole(place, Side.TARGET, name)));
        gateways.add(new GatewayProcess(place, clients, checks, "gateway-a"));
        gateways.add(new GatewayProcess(place, clients, checks, "gateway-b"));
    }

    private void phase(long epoch, Phase next) {
        ControlRecord.Stamp stamp = new ControlRecord.Stamp(UUID.randomUUID().toString(), epoch, "setup", "", 0);
        place.log.send(new ProducerRecord<>(
                Place.TOPICS.control(),
                0,
                new byte[0],
                Wire.write(new ControlRecord.PhaseChange(stamp, next, next.primary(), epoch + 1, null))));
    }

    void run() {
        world.begin(
                () -> {
                    stores.check();
                    checks.check(gateways);
                    checks.check(clients);
                },
                this::surroundings);
        while (!world.healed()) {
            world.step();
        }
        for (int i = 0; i < STEPS_TO_REST && (i % 20 != 0 || !unfinished().isEmpty()); i++) {
            world.step();
        }
        assertThat(unfinished()).as("what has not come to rest").isEmpty();
        assertThat(place.contents(Side.TARGET).records())
                .as("both sides")
                .isEqualTo(place.contents(Side.LEGACY).records());
        assertThat(Reference.of(place.contents(Side.TARGET).records()))
                .as("the last write of each")
                .isEqualTo(Reference.of(place.log));
    }

    private void surroundings() {
        if (world.taken() > STEPS && !world.healed()) {
            world.heal(); // also for who is in the middle of something
            gateways.forEach(GatewayProcess::goOn);
        }
        slots.forEach(Slot::look);
        for (int i = 0; i < gateways.size(); i++) {
            GatewayProcess each = gateways.get(i);
            if (each.dead()) {
                each.kill();
                if (!world.fault(85)) {
                    each.forget();
                    gateways.set(i, new GatewayProcess(place, clients, checks, each.name()));
                    world.say(each.name() + " is started again");
                }
            } else if (!world.healed()
                    && world.random().nextInt(300) == 0
                    && gateways.stream().noneMatch(GatewayProcess::stopped)) {
                boolean briefly = world.random().nextInt(3) == 0;
                each.stop(Duration.ofMillis(
                        (briefly ? 500 : 18_000) + world.random().nextInt(briefly ? 3_000 : 20_000)));
            } else if (!world.healed() && world.random().nextInt(1_500) == 0) {
                world.say(each.name() + " is killed");
                each.kill();
            }
        }
    }

    private List<String> unfinished() {
        List<String> unfinished = new ArrayList<>();
        ControlState state = checks.truth();
        if (state.phase().switching()) {
            unfinished.add("half a switch: " + state.phase());
        }
        if (!clients.unanswered().isEmpty()) {
            unfinished.add("writes nobody has an answer for");
        }
        for (GatewayProcess each : gateways) {
            if (!each.serving().open()) {
                unfinished.add(each.name() + " does not serve");
            }
            each.unanswered().forEach(what -> unfinished.add(each.name() + " has not answered: " + what));
        }
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            TopicPartition writes = new TopicPartition(Place.TOPICS.writes(), partition);
            if (place.log.committed(processor.id(), writes) < place.log.end(writes)) {
                unfinished.add("the processor is not through " + writes);
            }
            long end = place.log.end(new TopicPartition(Place.TOPICS.changes(), partition));
            for (Side side : Side.values()) {
                var applied = new MemoryStore(Chats.MIGRATION, side, place.contents(side))
                        .positions()
                        .get(partition);
                if ((applied == null ? 0 : applied.next()) < end) {
                    unfinished.add("%s is not through partition %d".formatted(side, partition));
                }
            }
        }
        return unfinished;
    }

    /** Plays it; what fails says how to play it again, and what had happened. */
    static World play(long seed, Set<Flaw> flaws) {
        World world = new World(seed, flaws);
        return Replay.of("SwitchingTest", seed, world, () -> new SwitchSchedule(world).run());
    }
}
