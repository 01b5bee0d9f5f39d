package dev.changeover.app.simulation;

import dev.changeover.model.entity.Side;
import dev.changeover.sink.SinkSettings;
import dev.changeover.sink.SteppedSink;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** A process with one real sink. */
final class SinkRole extends Role {
    private final World world;
    private final SimulatedConsumer consumer;
    private final SteppedSink sink;
    private final int slowness;

    SinkRole(Place place, Side side, String name) {
        super(name);
        this.world = place.world;
        this.slowness = world.random().nextInt(4) == 0 ? 6 : 1;
        SinkSettings settings = SinkSettings.of(Chats.MIGRATION, side);
        this.consumer = new SimulatedConsumer(world, place.log, this, settings.groupId(), Place.TOPICS.changes());
        this.sink = new SteppedSink(
                Chats.MIGRATION,
                side,
                place.store(side, this),
                consumer,
                new SimulatedProducer(world, place.log, this),
                Place.IDENTITY,
                settings,
                world.clock(),
                world::nanos,
                world.random());
    }

    /** Some are slow as long as they live. */
    @Override
    boolean ready() {
        return world.healed() || world.random().nextInt(slowness) == 0;
    }

    @Override
    void timeOut() {
        consumer.timeOut();
    }

    @Override
    void step() {
        try {
            sink.step();
        } catch (FencedInstanceIdException e) {
            world.say(this + " was replaced and stops");
            kill();
        } catch (IllegalStateException e) {
            if (!String.valueOf(e.getMessage()).contains("Another writer took the store")) {
                throw e;
            }
            world.say(this + " has met another writer too often and stops");
            kill();
        }
    }
}
