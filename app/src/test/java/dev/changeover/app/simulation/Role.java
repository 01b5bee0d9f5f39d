package dev.changeover.app.simulation;

/** Something that takes steps until it dies. What it remembers dies with it; the log and the stores do not. */
abstract class Role {
    private final String name;
    private boolean dead;
    private boolean busy;

    Role(String name) {
        this.name = name;
    }

    /** One turn of its loop. Everything it does to the log or to a store goes through {@link World#at}. */
    abstract void step();

    /** Whether it has something to do now. */
    boolean ready() {
        return true;
    }

    /** Whether its process runs: one that is stopped goes on later, in the middle of whatever it did. */
    boolean awake() {
        return true;
    }

    /** The groups that it is a member of have not heard of it for too long, and give its partitions to others. */
    void timeOut() {}

    final String name() {
        return name;
    }

    /** Takes effect when it touches the world the next time. */
    final void kill() {
        dead = true;
    }

    final boolean dead() {
        return dead;
    }

    /** Whether it is in the middle of a step: it sleeps, and others go on. */
    final boolean busy() {
        return busy;
    }

    final void busy(boolean now) {
        busy = now;
    }

    @Override
    public String toString() {
        return name;
    }
}
