package dev.changeover.verifier.compare;

/** How far the topology has read the log. */
interface LogReach {
    /**
     * The offset before which every event of a partition of {@code changes} has been processed.
     *
     * @param processed the largest offset that was processed since the task began; -1 if none was
     */
    long upTo(int partition, long processed);

    /** Knows only what was processed: never sees the transaction markers at the end. */
    LogReach PROCESSED = (partition, processed) -> processed + 1;
}
