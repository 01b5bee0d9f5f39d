package dev.changeover.app.simulation;

/** Says how a schedule that failed is played again, and what had happened. */
final class Replay {
    private Replay() {}

    static World of(String test, long seed, World world, Runnable schedule) {
        try {
            schedule.run();
            return world;
        } catch (AssertionError e) {
            throw new AssertionError(
                    "mvn verify -pl app -am -DskipITs -Dsurefire.failIfNoSpecifiedTests=false -Dtest=dev.changeover.app.simulation.%s -Dsimulation.seed=%d%n%s%n%s"
                            .formatted(test, seed, String.join("\n", world.trace()), e.getMessage()),
                    e);
        }
    }
}
