package dev.changeover.processor;

import java.nio.ByteBuffer;

/** What the processor knows of one key. */
final class RecordState {
    /** Bytes of this on the changelog: kind and flag in one, offset, event. */
    private static final int HEADER_BYTES = 1 + Long.BYTES;

    private static final int KIND_BITS = 0x0f;
    private static final int EVER_DELETED = 0x10;
    private static final byte[] NO_EVENT = {};

    enum Kind {
        /** A snapshot read; any live change is newer. */
        SNAPSHOT(0),
        LIVE(1),
        /** By a live delete; remembered, so that a snapshot read that comes late does not bring it back. */
        DELETED(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }
    }

    private final Kind kind;
    private final boolean everDeleted;
    private final long offset;
    private final byte[] event;

    private RecordState(Kind kind, boolean everDeleted, long offset, byte[] event) {
        this.kind = kind;
        this.everDeleted = everDeleted;
        this.offset = offset;
        this.event = event;
    }

    static RecordState snapshot(long offset, byte[] event) {
        return new RecordState(Kind.SNAPSHOT, false, offset, event);
    }

    static RecordState live(boolean everDeleted, long offset, byte[] event) {
        return new RecordState(Kind.LIVE, everDeleted, offset, event);
    }

    static RecordState deleted(long offset) {
        return new RecordState(Kind.DELETED, true, offset, NO_EVENT);
    }

    static RecordState of(byte[] stored) {
        ByteBuffer buffer = ByteBuffer.wrap(stored);
        int mark = buffer.get();
        long offset = buffer.getLong();
        byte[] event = new byte[buffer.remaining()];
        buffer.get(event);
        return new RecordState(kind(mark & KIND_BITS), (mark & EVER_DELETED) != 0, offset, event);
    }

    byte[] stored() {
        return ByteBuffer.allocate(HEADER_BYTES + event.length)
                .put((byte) (kind.code | (everDeleted ? EVER_DELETED : 0)))
                .putLong(offset)
                .put(event)
                .array();
    }

    boolean exists() {
        return kind != Kind.DELETED;
    }

    /** Whether a live delete of it was ever seen: records that hung on it then are gone for good. */
    boolean everDeleted() {
        return everDeleted;
    }

    /** In {@code writes}, of the event that it comes from. */
    long offset() {
        return offset;
    }

    /** The last event of it in the envelope, without {@code before} if it was live; empty if it is deleted. */
    byte[] event() {
        return event;
    }

    private static Kind kind(int code) {
        for (Kind kind : Kind.values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalStateException("Unknown kind of state: " + code);
    }
}
