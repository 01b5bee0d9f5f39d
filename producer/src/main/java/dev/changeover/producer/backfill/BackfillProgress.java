package dev.changeover.producer.backfill;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far a backfill is, over all processes.
 *
 * @param state what it does
 * @param entities in the order in which they are published
 * @param recordsPerSecond lately
 * @param timeLeft a guess; empty while there is no ground for one
 * @param lastError the last thing that went wrong in this process, also if it is over; empty if nothing did
 */
public record BackfillProgress(
        State state,
        Map<String, OfEntity> entities,
        double recordsPerSecond,
        Optional<Duration> timeLeft,
        String lastError) {
    /** In order of a backfill's life. */
    public enum State {
        PLANNING,
        PUBLISHING,
        /** The store cannot be read; it tries again by itself. */
        WAITING,
        COMPLETE,
        /** Somebody must act. */
        FAILED
    }

    /**
     * @param expected about how many records there are: what was counted in chunks that are through, and a guess for the others
     * @param published records that are on {@code writes}
     * @param bad records that are on {@code dead-letters}
     * @param chunks into how many it was cut
     * @param chunksDone how many of these are through
     */
    public record OfEntity(long expected, long published, long bad, int chunks, int chunksDone) {
        static final OfEntity NOTHING = new OfEntity(0, 0, 0, 0, 0);

        OfEntity plus(OfEntity other) {
            return new OfEntity(
                    expected + other.expected,
                    published + other.published,
                    bad + other.bad,
                    chunks + other.chunks,
                    chunksDone + other.chunksDone);
        }
    }

    public BackfillProgress {
        entities = Collections.unmodifiableMap(new LinkedHashMap<>(entities));
    }

    /** All entities together. */
    public OfEntity total() {
        return entities.values().stream().reduce(OfEntity.NOTHING, OfEntity::plus);
    }
}
