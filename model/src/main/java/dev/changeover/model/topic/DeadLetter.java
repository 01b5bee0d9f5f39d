package dev.changeover.model.topic;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Side;
import org.jspecify.annotations.Nullable;

/**
 * An event that could not be accepted or applied, kept whole. On {@code dead-letters} its bytes are the record's value and all
 * the rest are headers.
 *
 * @param id the same letter sent twice has the same: {@code processor-writes-3@90412}, {@code target-changes-3@90412},
 *     {@code scan-data/users/42.json#/…}
 * @param keyText the record key's text if it could be read, otherwise what was read of it, or empty
 * @param entity its entity if that could be read, otherwise empty
 * @param stage {@code scan}, {@code processor} or {@code sink}
 * @param side the side that refused it; null if it never reached one
 * @param reason what was wrong and what to do
 * @param origin {@code file:line:column}, a JSON pointer after {@code #}, or {@code topic-partition@offset}
 * @param atMillis when, in milliseconds of Unix time
 * @param content the event's bytes, untouched
 */
public record DeadLetter(
        String id,
        String keyText,
        String entity,
        String stage,
        @Nullable Side side,
        String reason,
        String origin,
        long atMillis,
        Bytes content) {}
