package dev.changeover.model.event;

/** Names of the record headers on {@code writes}, {@code changes} and {@code dead-letters}; values are UTF-8 text. */
public final class Headers {
    /** Our name for one event: a UUID. */
    public static final String EVENT_ID = "co-event-id";
    /** The caller's promise that this is the same write. */
    public static final String IDEMPOTENCY_KEY = "co-idempotency-key";
    /** W3C trace context, passed on untouched. */
    public static final String TRACEPARENT = "traceparent";
    /** The writer's epoch, a decimal number. */
    public static final String EPOCH = "co-epoch";
    /** On {@code changes}: the offset in the same partition of {@code writes} that it came from, a decimal number. */
    public static final String WRITE_OFFSET = "co-write-offset";
    /** On {@code writes}: somebody waits for the outcome; the processor writes an {@code Answer}. Value {@code 1}. */
    public static final String ANSWER = "co-answer";
    /** On {@code writes}: {@code create} (only if there is none) or {@code expect:DIGEST} (only if the state has this digest). */
    public static final String CONDITION = "co-condition";
    /**
     * The side that the event was read from, {@code legacy} or {@code target}: its store has that already, or something newer, so it is not
     * written back there.
     */
    public static final String READ_FROM = "co-read-from";
    /** Marks what is not a change event: {@code barrier} (also on {@code changes}), {@code cascade}, {@code rerouted}. */
    public static final String CONTROL = "co-control";
    /** On {@code dead-letters}: where it failed: {@code scan}, {@code gateway}, {@code processor}, {@code sink}. */
    public static final String STAGE = "co-stage";
    /** On {@code dead-letters} of a sink: {@code legacy} or {@code target}. */
    public static final String SIDE = "co-side";
    /** On {@code dead-letters}: what was wrong and what to do, for people. */
    public static final String REASON = "co-reason";
    /** On {@code dead-letters}: {@code file:line:column}, or {@code topic-partition@offset}. */
    public static final String ORIGIN = "co-origin";
    /** On {@code dead-letters}: its id; the same letter sent twice has the same. */
    public static final String DEAD_LETTER_ID = "co-dead-letter-id";
    /** On {@code dead-letters}: the id of the backfill chunk it came from, where it did. */
    public static final String CHUNK = "co-chunk";

    /** On {@code dead-letters}: why nobody has to deal with it; {@code answered}: its sender was told. */
    public static final String RESOLVED = "co-resolved";

    private Headers() {}
}
