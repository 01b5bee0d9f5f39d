package dev.changeover.app.history;

/**
 * One operation of one client on one record. Values are numbers that no two writes share, so each read says which write it saw.
 *
 * @param value what was written, or read; {@link #ABSENT} for a delete, and for a read that found no record
 * @param invoked when it was sent, in nanoseconds of this process
 * @param completed when it was answered; {@link #NEVER} if its outcome is not known
 * @param outcome what the client was told
 * @param detail the gateway and the answer, for people
 */
record Op(Kind kind, String key, long value, long invoked, long completed, Outcome outcome, String detail) {
    static final long ABSENT = 0;
    static final long NEVER = Long.MAX_VALUE;

    enum Kind {
        PUT,
        DELETE,
        READ
    }

    enum Outcome {
        /** Done: it can be read. */
        OK,
        /** It is on the log for good, but it was not said that it can be read yet (202). */
        PUBLISHED,
        /** Surely nothing happened. */
        FAIL,
        /** It may have happened, or may still happen. */
        UNKNOWN
    }

    boolean isWrite() {
        return kind != Kind.READ;
    }

    /** Whether it has its place on the log: nothing that is sent later can come before it. */
    boolean onLog() {
        return outcome == Outcome.OK || outcome == Outcome.PUBLISHED;
    }

    String words() {
        return "%s %s=%d [%.3f, %s] %s %s"
                .formatted(
                        kind,
                        key,
                        value,
                        invoked / 1e9,
                        completed == NEVER ? "?" : "%.3f".formatted(completed / 1e9),
                        outcome,
                        detail);
    }
}
