package dev.changeover.model.topic;

import dev.changeover.model.entity.Side;

/**
 * How far one side has applied one partition of {@code changes}; written to {@code progress} after the store's commit.
 *
 * @param next offset in {@code changes} of the next event to apply
 * @param writesNext one past the offset in {@code writes} of the last event applied: a write at a lower offset has been
 *     applied, refused, parked or was never accepted
 * @param applied events applied so far in this partition, for rates
 * @param parked keys that wait, in this partition
 * @param refused keys whose last event was refused, in this partition
 * @param epoch the writer's epoch in the store
 * @param atMillis when, in milliseconds of Unix time
 */
public record Progress(
        Side side,
        int partition,
        long next,
        long writesNext,
        long applied,
        long parked,
        long refused,
        long epoch,
        long atMillis) {}
