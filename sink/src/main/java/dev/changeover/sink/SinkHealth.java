package dev.changeover.sink;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a sink is.
 *
 * @param words what it does or waits for, for people
 * @param lastError the last thing that went wrong, also if it is over; empty if nothing did
 * @param lagByPartition events of each of its partitions that the store does not have yet; unknown ones are missing
 * @param counters since its start
 */
public record SinkHealth(
        State state, String words, String lastError, Map<Integer, Long> lagByPartition, Counters counters) {
    /** In order of a sink's life; from {@code RUNNING} and {@code WAITING} it can go to each other. */
    public enum State {
        /** Not a member of the group yet, or without partitions. */
        STARTING,
        RUNNING,
        /** Something it needs is not there; it tries again by itself. */
        WAITING,
        /** Closed. */
        STOPPED,
        /** Somebody must act; it does not go on by itself. */
        FAILED
    }

    /**
     * What it did since its start.
     *
     * @param events passed, whatever became of them
     * @param parked outcomes, not keys that still wait
     * @param refused outcomes
     * @param batches commits of the store
     * @param retries waits for a store that could not be reached
     * @param fences how often another writer was met
     * @param decodeNanos spent on reading events
     * @param applyNanos spent in the store
     */
    public record Counters(
            long events,
            long bytes,
            long parked,
            long refused,
            long batches,
            long retries,
            long fences,
            long decodeNanos,
            long applyNanos) {}

    public SinkHealth {
        lagByPartition = Collections.unmodifiableMap(new TreeMap<>(lagByPartition));
    }

    /** Events that the store does not have yet, over all of its partitions whose lag is known. */
    public long lagEvents() {
        return lagByPartition.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Whether it does its work now. */
    public boolean ready() {
        return state == State.RUNNING;
    }
}
