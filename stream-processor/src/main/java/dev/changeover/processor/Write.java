package dev.changeover.processor;

import dev.changeover.log.HeaderText;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** One record of {@code writes} while it is dealt with. */
final class Write {
    /** What is for the processor only, and what it says itself. */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            dev.changeover.model.event.Headers.ANSWER,
            dev.changeover.model.event.Headers.CONDITION,
            dev.changeover.model.event.Headers.CONTROL,
            dev.changeover.model.event.Headers.WRITE_OFFSET);

    private final String topic;
    private final int partition;
    private final long offset;
    private final Record<byte[], byte[]> incoming;
    private int derived;

    Write(Record<byte[], byte[]> incoming, RecordMetadata at) {
        this.topic = at.topic();
        this.partition = at.partition();
        this.offset = at.offset();
        this.incoming = incoming;
    }

    int partition() {
        return partition;
    }

    long offset() {
        return offset;
    }

    byte @Nullable [] key() {
        return incoming.key();
    }

    byte @Nullable [] value() {
        return incoming.value();
    }

    /** When the broker got it. */
    long timestampMillis() {
        return Math.max(0, incoming.timestamp());
    }

    /** {@code writes-3@90412}, with the topic's full name. */
    String origin() {
        return topic + "-" + partition + "@" + offset;
    }

    @Nullable
    String header(String name) {
        return HeaderText.find(incoming.headers(), name);
    }

    Iterable<Header> headersAsTheyCame() {
        return incoming.headers();
    }

    /** All headers as they came, for one that is sent on as it is. */
    Headers headers() {
        return new RecordHeaders(incoming.headers().toArray());
    }

    /** The headers of the change that this write becomes. */
    Headers changeHeaders() {
        RecordHeaders headers = new RecordHeaders();
        boolean named = false;
        for (Header header : incoming.headers()) {
            if (!NOT_PASSED_ON.contains(header.key())) {
                headers.add(header);
                named |= header.key().equals(dev.changeover.model.event.Headers.EVENT_ID);
            }
        }
        if (!named) {
            HeaderText.add(headers, dev.changeover.model.event.Headers.EVENT_ID, eventId(0));
        }
        HeaderText.add(headers, dev.changeover.model.event.Headers.WRITE_OFFSET, Long.toString(offset));
        return headers;
    }

    /**
     * The headers of a change that is derived from this write and goes ahead of the write's own. It carries the offset before:
     * who waits for this write must not take a change that only prepares it for the write itself.
     */
    Headers headersAhead() {
        Headers headers = markerHeaders();
        HeaderText.add(headers, dev.changeover.model.event.Headers.WRITE_OFFSET, Long.toString(offset - 1));
        return headers;
    }

    /** The headers of a change that is derived from this write and follows the write's own. */
    Headers headersBehind() {
        Headers headers = markerHeaders();
        HeaderText.add(headers, dev.changeover.model.event.Headers.WRITE_OFFSET, Long.toString(offset));
        return headers;
    }

    /** The headers of anything else that is derived from this write: a name of its own, trace and epoch of this one. */
    Headers markerHeaders() {
        RecordHeaders headers = new RecordHeaders();
        derived++;
        HeaderText.add(headers, dev.changeover.model.event.Headers.EVENT_ID, eventId(derived));
        pass(dev.changeover.model.event.Headers.TRACEPARENT, headers);
        pass(dev.changeover.model.event.Headers.EPOCH, headers);
        return headers;
    }

    private void pass(String name, Headers to) {
        Header header = incoming.headers().lastHeader(name);
        if (header != null) {
            to.add(header);
        }
    }

    /**
     * A UUID of version 8 that is the same for the same place on the log, however often it is processed: topic (32 bits),
     * number among what is derived from the write (32), partition (12) and offset (44).
     */
    private String eventId(int numberDerived) {
        long high =
                ((long) topic.hashCode() << 32) | ((long) (numberDerived >>> 16) << 16) | 0x8000 | (partition & 0xfff);
        long low = (1L << 63) | ((long) (numberDerived & 0xffff) << 44) | (offset & ((1L << 44) - 1));
        return new UUID(high, low).toString();
    }
}
