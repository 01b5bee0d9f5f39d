package dev.changeover.model.topic;

/**
 * How far the processor has come in one partition of {@code writes}, and what became of the events; written to {@code
 * progress} now and then, never ahead of what is committed.
 *
 * @param partition of {@code writes}
 * @param next offset in it of the next event to process
 * @param counters of this partition, since its first event
 * @param atMillis when, in milliseconds of Unix time
 */
public record ProcessorProgress(int partition, long next, Counters counters, long atMillis) {
    /**
     * What became of events. Barriers and other markers are not counted, so {@code writes} is the sum of the other four; an
     * event that a cascade derives counts as a write and as a change.
     *
     * @param writes events met
     * @param changes events accepted
     * @param deadLetters events rejected
     * @param duplicates events that repeat an idempotency key with the same body
     * @param beatenSnapshotReads snapshot reads that came after a live change or another snapshot read
     */
    public record Counters(long writes, long changes, long deadLetters, long duplicates, long beatenSnapshotReads) {
        public static final Counters ZERO = new Counters(0, 0, 0, 0, 0);

        public Counters plus(Counters other) {
            return new Counters(
                    writes + other.writes,
                    changes + other.changes,
                    deadLetters + other.deadLetters,
                    duplicates + other.duplicates,
                    beatenSnapshotReads + other.beatenSnapshotReads);
        }

        /** Whether every write ended as one of the four. */
        public boolean conserved() {
            return writes == changes + deadLetters + duplicates + beatenSnapshotReads;
        }
    }
}
