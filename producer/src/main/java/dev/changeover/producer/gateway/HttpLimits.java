package dev.changeover.producer.gateway;

import java.time.Duration;

/**
 * What bounds the server, so that no client can take it from the others.
 *
 * @param headerTimeout from a connection's start to the end of its first request's header
 * @param idleTimeout without a request, after one; also for a single read or write that does not get on
 * @param bodyTimeout for a whole body, however it trickles in
 * @param maxConnections at once; more are accepted later
 * @param maxWaiting connections without a request under way; one more closes the one that has waited longest
 * @param maxBodiesBytes of all bodies that are being read at once
 * @param readThreads reads of the stores at once
 * @param maxQueuedReads reads of the stores that wait for a thread
 * @param readTimeout for one read of a store, its wait included
 */
record HttpLimits(
        Duration headerTimeout,
        Duration idleTimeout,
        Duration bodyTimeout,
        int maxConnections,
        int maxWaiting,
        long maxBodiesBytes,
        int readThreads,
        int maxQueuedReads,
        Duration readTimeout) {
    /** Threads of the server: they parse and answer, and never wait for a store, a body or a write. */
    static final int SERVER_THREADS = 32;

    static final int MAX_HEADER_BYTES = 16 << 10;

    static final HttpLimits DEFAULT = new HttpLimits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            1024,
            256,
            128L << 20,
            16,
            1000,
            Duration.ofSeconds(15));
}
