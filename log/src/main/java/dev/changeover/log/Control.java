package dev.changeover.log;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Values of the header {@code co-control}: what a record on {@code writes} or {@code changes} is, if not simply an event. */
public final class Control {
    /** A marker; on both topics. */
    public static final String BARRIER = "barrier";
    /** A record was deleted that records in other partitions may point to; on {@code writes}. */
    public static final String CASCADE = "cascade";
    /** An event that first stood in the wrong partition; on {@code writes}. */
    public static final String REROUTED = "rerouted";

    private static final byte[] BARRIER_BYTES = BARRIER.getBytes(StandardCharsets.UTF_8);

    private Control() {}

    /** Whether the record with these headers is a barrier. */
    public static boolean isBarrier(Headers headers) {
        Header header = headers.lastHeader(dev.changeover.model.event.Headers.CONTROL);
        return header != null && Arrays.equals(header.value(), BARRIER_BYTES);
    }
}
