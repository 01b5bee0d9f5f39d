package dev.changeover.app.simulation;

import dev.changeover.log.Waiting;
import java.time.Duration;

/** While a role waits, the others take steps. */
final class SimulatedWaiting implements Waiting {
    private final World world;
    private final Role owner;

    SimulatedWaiting(World world, Role owner) {
        this.world = world;
        this.owner = owner;
    }

    @Override
    public long nanos() {
        return world.nanos();
    }

    @Override
    public void await(Object lock, Duration limit) {
        world.await(owner, limit);
    }
}
