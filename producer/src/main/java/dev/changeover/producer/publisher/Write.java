package dev.changeover.producer.publisher;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One write and how it is to be answered.
 *
 * @param condition header {@code co-condition}: {@code create}, {@code expect:DIGEST}, or empty for none
 * @param idempotencyKey the caller's promise that a repeat with the same key is the same write; empty for none
 * @param traceparent W3C trace context; empty for none
 * @param readFrom the side whose store the state was read from: it is not written back there; null if there is none
 * @param until how far it must have come before it is answered
 * @param timeout how long to wait for that, at the most, once it is on the log; the write itself is not undone when it runs out
 */
public record Write(
        ChangeEvent event,
        String condition,
        String idempotencyKey,
        String traceparent,
        @Nullable Side readFrom,
        Wait until,
        Duration timeout) {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    public Write {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("Invalid timeout %s: nothing or more".formatted(timeout));
        }
    }

    /** Answered when the primary has it, or after 5 s. */
    public static Write of(ChangeEvent event) {
        return new Write(event, "", "", "", null, Wait.PRIMARY, DEFAULT_TIMEOUT);
    }

    /** Creates or replaces the record. */
    public static Write put(EntityRecord record, String origin, InstantSource clock) {
        return of(ChangeEvent.put(record, origin, clock.millis()));
    }

    /** Creates the record; a {@code CONFLICT} if there is one. */
    public static Write create(EntityRecord record, String origin, InstantSource clock) {
        return put(record, origin, clock).onlyIfAbsent();
    }

    /** RFC 7396 merge patch on the latest state; {@code NOT_FOUND} if there is none. */
    public static Write patch(RecordKey key, JsonText patch, String origin, InstantSource clock) {
        return of(ChangeEvent.patch(key, patch, origin, clock.millis()));
    }

    /** Deletes the record; also if there is none. */
    public static Write delete(RecordKey key, String origin, InstantSource clock) {
        return of(ChangeEvent.delete(key, origin, clock.millis()));
    }

    /** Only if there is no such record; a {@code CONFLICT} otherwise. */
    public Write onlyIfAbsent() {
        return onlyIf("create");
    }

    /** Only if the record's state has this digest; a {@code CONFLICT} otherwise. */
    public Write expecting(Digest digest) {
        return onlyIf("expect:" + digest);
    }

    /** Only if there is no such record now, whatever was before; a {@code CONFLICT} otherwise. Also for a delete. */
    public Write expectingNone() {
        return onlyIf("expect:absent");
    }

    private Write onlyIf(String what) {
        return new Write(event, what, idempotencyKey, traceparent, readFrom, until, timeout);
    }

    public Write withIdempotencyKey(String key) {
        return new Write(event, condition, key, traceparent, readFrom, until, timeout);
    }

    public Write withTraceparent(String context) {
        return new Write(event, condition, idempotencyKey, context, readFrom, until, timeout);
    }

    /** What is written was read from this side, and is not written back there. */
    public Write readFrom(Side side) {
        return new Write(event, condition, idempotencyKey, traceparent, side, until, timeout);
    }

    public Write until(Wait how) {
        return new Write(event, condition, idempotencyKey, traceparent, readFrom, how, timeout);
    }

    public Write within(Duration limit) {
        return new Write(event, condition, idempotencyKey, traceparent, readFrom, until, limit);
    }

    /** Whether only the processor can say what becomes of it. */
    boolean dependsOnState() {
        return !condition.isEmpty() || !idempotencyKey.isEmpty() || event.patch() != null;
    }
}
