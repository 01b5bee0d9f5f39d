package dev.changeover.model.topic;

/**
 * What the processor made of one event on {@code writes} whose sender waits for it.
 *
 * @param partition of {@code writes}
 * @param offset of the event in it
 * @param outcome what became of it
 * @param firstOffset for a duplicate the offset of the first one in {@code writes}; otherwise {@code offset}
 * @param reason for a rejected one what was wrong and what to do; otherwise empty
 */
public record Answer(int partition, long offset, Outcome outcome, long firstOffset, String reason) {
    public enum Outcome {
        ACCEPTED,
        /** The same idempotency key and body came before; the answer to it is the answer to this. */
        DUPLICATE,
        /** A snapshot read that a live change was faster than. */
        BEATEN,
        /** Against the entity's definition. */
        INVALID,
        /** Patch of a record that is not there. */
        NOT_FOUND,
        /** Create of a record that is there, or a compare-and-set whose state has changed. */
        CONFLICT,
        /** The same idempotency key with another body. */
        KEY_REUSED
    }
}
