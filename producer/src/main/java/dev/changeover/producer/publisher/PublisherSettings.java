package dev.changeover.producer.publisher;

/**
 * What a publisher may take.
 *
 * @param instance names this process among all that publish, the same after a restart; part of the id of its transactions, so
 *     two at once with the same name shut each other's batches out
 * @param maxInFlightBytes of events that the log has not acknowledged yet; 64 KiB to 1 GiB
 * @param maxWaiting writes that wait for their answer, 1 to 40,000
 * @param whenFull what becomes of a write beyond that
 */
public record PublisherSettings(String instance, int maxInFlightBytes, int maxWaiting, WhenFull whenFull) {
    private static final int MIN_BYTES = 64 * 1024;
    private static final int MAX_BYTES = 1024 * 1024 * 1024;
    private static final int MOST_WAITING = 40_000;

    /** What becomes of a write when too much is under way. */
    public enum WhenFull {
        /** It is answered with {@code OVERLOADED} at once. */
        REFUSE,
        /** Its caller is held up, at most for its time-out. */
        BLOCK
    }

    public PublisherSettings {
        if (instance.isBlank()) {
            throw new IllegalArgumentException("Missing instance of the publisher");
        }
        if (maxInFlightBytes < MIN_BYTES || maxInFlightBytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "Invalid maxInFlightBytes %d: %d to %d bytes".formatted(maxInFlightBytes, MIN_BYTES, MAX_BYTES));
        }
        if (maxWaiting < 1 || maxWaiting > MOST_WAITING) {
            throw new IllegalArgumentException("Invalid maxWaiting %d: 1 to %d".formatted(maxWaiting, MOST_WAITING));
        }
    }

    /** 24 MiB, below what the Kafka client buffers, so that a send never blocks; 20,000 waiting; refuses beyond. */
    public static PublisherSettings of(String instance) {
        return new PublisherSettings(instance, 24 * 1024 * 1024, 20_000, WhenFull.REFUSE);
    }

    public PublisherSettings blocking() {
        return new PublisherSettings(instance, maxInFlightBytes, maxWaiting, WhenFull.BLOCK);
    }
}
