package dev.changeover.store;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One side, to be written. One writer of a partition at a time: a second one fences the first off. Where a store has only one
 * writer altogether (files), opening it a second time for writing is refused.
 */
public interface Store extends StoreReader {
    /**
     * Takes over the writing of these partitions: raises their epoch, so that an earlier writer is fenced, and says from where to
     * go on. Partitions claimed before and not named are given up.
     *
     * @return the offset of the next event to apply for each of them; 0 where nothing was applied yet
     * @throws ForeignLogException if the store's position belongs to another log, or to one with another number of partitions
     */
    Map<Integer, Long> claim(LogId log, Set<Integer> partitions);

    /**
     * Applies the batch and moves the position from its start to its end: both or neither, durable when it returns.
     *
     * <p>A change whose parent is missing is parked and goes in by itself, in this or a later batch, when the parent does. A later
     * change of a parked or refused key replaces it. Snapshot reads are not written by a store that is the legacy side: they were
     * read from there.
     *
     * @return one outcome for each change, in the order of the batch
     * @throws FencedException if the store is not at the batch's start or has a later epoch; stop, another writer has taken over
     * @throws OutcomeUnknownException if the commit was sent but not answered; claim again, then go on from there
     * @throws StoreUnavailableException if surely nothing was applied; try again later
     */
    List<ApplyOutcome> apply(Batch batch);

    /** How far each partition was applied, with its counts; empty before the first claim. */
    Map<Integer, Applied> positions();

    /** Refusals that {@link #announced} has not been told of, oldest first: to be sent to {@code dead-letters} again. */
    List<Refusal> unannounced();

    /** These refusals are on {@code dead-letters}. */
    void announced(List<Refusal> refusals);

    /** Changes that wait for a parent, oldest first. */
    List<ParkedChange> parked();

    /**
     * Tries all that is parked and all that was refused once more, in order per key.
     *
     * @return how many went in
     */
    int retryParked();

    /**
     * How far a partition was applied.
     *
     * @param next offset of the next event in {@code changes}
     * @param writesNext one past the offset in {@code writes} of the last event applied
     * @param applied events applied so far
     * @param parked keys that wait
     * @param refused keys whose last change was refused
     * @param epoch of its writer
     */
    record Applied(long next, long writesNext, long applied, long parked, long refused, long epoch) {}
}
