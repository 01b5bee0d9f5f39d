package dev.changeover.processor;

import dev.changeover.log.LogLimits;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Whether an event still fits through the log. */
final class Sizes {
    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private Sizes() {}

    static boolean tooLarge(byte[] key, byte[] value) {
        return (long) key.length + value.length + MAX_HEADER_BYTES > LogLimits.MAX_EVENT_BYTES;
    }

    static boolean tooManyHeaders(Iterable<Header> headers) {
        long bytes = 0;
        for (Header header : headers) {
            bytes += header.key().length() + length(header.value());
        }
        return bytes > MAX_HEADER_BYTES;
    }

    /** Only what another program wrote past our limits; its bytes stay where its origin says. */
    static boolean tooLargeForADeadLetter(Write write) {
        return (long) length(write.key()) + length(write.value()) > LogLimits.MAX_EVENT_BYTES;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
