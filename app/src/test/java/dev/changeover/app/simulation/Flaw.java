package dev.changeover.app.simulation;

/** A remedy that is taken out, to see whether the simulation notices. */
enum Flaw {
    /** A store takes a batch from whoever comes, wherever it begins. */
    STORE_DOES_NOT_FENCE,
    /** The position is not in the store's own transaction: after a lost answer the batch is taken for not applied. */
    LOST_ANSWER_MEANS_NOT_APPLIED,
    /** The broker takes what a processor commits that was replaced. */
    PROCESSOR_IS_NOT_FENCED,
    /** Readers see what was aborted. */
    READERS_SEE_ABORTED_BATCHES,
    /** What the backfill reads takes the place of what is there. */
    SNAPSHOT_READS_WRITE_AS_CLIENTS_DO,
    /** A repeat does not say that it is one. */
    REPEATS_HAVE_NO_IDEMPOTENCY_KEY,
    /** Before a record is deleted nobody tells the log of its children, which are not backfilled yet. */
    DELETE_WITHOUT_ITS_CHILDREN,
    /** A look at a store says that it was later than it was. */
    LOOKS_CLAIM_TO_BE_LATER,
    /** A process that was stopped does not notice that time has passed. */
    LEASES_DO_NOT_RUN_OUT,
    /** What was decided in an older epoch counts all the same. */
    EPOCHS_ARE_NOT_COMPARED,
    /** While the primary is switched, it acknowledges alone as always. */
    ONE_SIDE_ACKNOWLEDGES_WHILE_SWITCHING,
    /** Whatever was read is shown, although something may have been decided meanwhile. */
    READS_ARE_SHOWN_AT_ONCE
}
