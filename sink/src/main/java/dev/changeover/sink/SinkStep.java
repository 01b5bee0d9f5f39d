package dev.changeover.sink;

/** Moments at which a sink may die; after each of them it must go on as if nothing had happened. */
public enum SinkStep {
    /** Partitions are the store's, nothing was read yet. */
    AFTER_CLAIM,
    /** Events were read and decoded. */
    BEFORE_APPLY,
    /** The store has events and position, nobody knows. */
    AFTER_APPLY,
    /** What the store refused is on {@code dead-letters}, the store does not know. */
    AFTER_DEAD_LETTERS,
    /** The progress is under way. */
    AFTER_PROGRESS
}
