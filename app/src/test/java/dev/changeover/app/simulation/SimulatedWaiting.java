package dev.changeover.app.simulation;

import dev.changeover.log.Waiting;
import java.time.Duration;
import java.util.function.LongSupplier;

/** While somebody waits, others take steps. */
final class SimulatedWaiting implements Waiting {
    private final World world;
    private final LongSupplier nanos;

    SimulatedWaiting(World world) {
        this(world, world::nanos);
    }

    /** @param nanos the clock of the process */
    SimulatedWaiting(World world, LongSupplier nanos) {
        this.world = world;
        this.nanos = nanos;
    }

    @Override
    public long nanos() {
        return nanos.getAsLong();
    }

    @Override
    public void await(Object lock, Duration limit) {
        world.await(world.current(), limit);
    }
}
