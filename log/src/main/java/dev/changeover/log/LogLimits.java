package dev.changeover.log;

import java.time.Duration;

/** Limits of the log that several parts must agree on. */
public final class LogLimits {
    /** The largest event, key, value and headers together, that is accepted on {@code writes} and {@code changes}: 16 MiB. */
    public static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;

    /** What a producer may send in one request: the largest event as a dead letter, whose headers tell more, still fits. */
    static final int MAX_REQUEST_BYTES = MAX_EVENT_BYTES + 512 * 1024;

    /** What a topic takes in one batch. */
    static final int MAX_BATCH_BYTES = MAX_EVENT_BYTES + 1024 * 1024;

    /** How long one call to Kafka's Admin client may take. */
    static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(30);

    /** How long closing a client or a thread of ours may take. */
    static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

    private LogLimits() {}
}
