package dev.changeover.verifier.observe;

import dev.changeover.model.event.Op;
import java.nio.charset.StandardCharsets;

/** Finds out what happened in an event of {@code changes} without reading its states. */
final class OpOf {
    private static final byte[] MEMBER = "\"op\":\"".getBytes(StandardCharsets.US_ASCII);
    /** The member and all that our codec writes after it. */
    private static final int TAIL_BYTES = 64;

    private OpOf() {}

    /**
     * The last {@code "op":"} in the envelope is its own: the states stand before it, and in a text the quotes would have
     * a backslash.
     *
     * @throws IllegalArgumentException if it is not written by our codec
     */
    static Op of(byte[] envelope) {
        int last = envelope.length - MEMBER.length - 1;
        for (int from = last; from >= 0 && from > envelope.length - TAIL_BYTES; from--) {
            if (startsAt(envelope, from)) {
                return Op.of(String.valueOf((char) envelope[from + MEMBER.length]));
            }
        }
        throw new IllegalArgumentException("Invalid event: no op at its end");
    }

    private static boolean startsAt(byte[] envelope, int from) {
        for (int i = 0; i < MEMBER.length; i++) {
            if (envelope[from + i] != MEMBER[i]) {
                return false;
            }
        }
        return true;
    }
}
