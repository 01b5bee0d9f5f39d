package dev.changeover.model.topic;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known to be wrong with one side of a key. On {@code verdicts} a key has all of its verdicts in one message, and a
 * tombstone when it is healed.
 *
 * @param side the side that is wrong
 * @param position offset in the key's partition of {@code changes} that the verdict is about
 * @param sinceMillis when it was first seen, in milliseconds of Unix time
 * @param source {@code stream} or {@code deep-scan}
 * @param differences field by field; empty if they could not be read
 */
public record Verdict(
        RecordKey key,
        Kind kind,
        Side side,
        int partition,
        long position,
        long sinceMillis,
        String source,
        List<Difference> differences) {
    /** Only kinds that are findings; {@code equal} is a tombstone, and {@code lagging} is never one. */
    public enum Kind {
        MISMATCH("mismatch"),
        MISSING("missing"),
        EXTRA("extra"),
        UNEXPECTED("unexpected"),
        PARKED("parked");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /**
     * One field that differs; null where that side, or the log, has no record.
     *
     * @param cause in words: {@code foreign write}, {@code stale}, {@code precision}, {@code missing record} …
     */
    public record Difference(
            String field,
            @Nullable JsonText legacy,
            @Nullable JsonText log,
            @Nullable JsonText target,
            String cause) {}

    public Verdict {
        differences = List.copyOf(differences);
    }

    /** What no two open verdicts have in common: the record and the side. Sorted by it, those of a record stand together. */
    public String place() {
        return place(key.text(), side);
    }

    /** @param record {@link RecordKey#text}; none is the beginning of another one, as it is a JSON object */
    public static String place(String record, Side side) {
        return record + side;
    }
}
