package dev.changeover.producer.backfill;

/** Moments at which a backfill may die; after each of them it must go on with nothing lost and nothing twice. */
public enum BackfillStep {
    /** The tasks are sent, not committed. */
    BEFORE_PLAN_COMMIT,
    AFTER_PLAN_COMMIT,
    /** A chunk's records are sent, not committed. */
    BEFORE_CHUNK_COMMIT,
    AFTER_CHUNK_COMMIT,
    /** The barrier is in {@code writes}, and it is not noted that it is. */
    AFTER_BARRIER
}
