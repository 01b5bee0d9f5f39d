package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Side;
import java.util.Optional;

/** Looks at one side as long as it is open, in a thread of its own. */
public interface Observer extends AutoCloseable {
    Side side();

    /** What it does, for people: {@code read-back}, {@code write-ahead log}, {@code files}. */
    String name();

    /** What keeps it from looking, in words; empty if nothing does. It tries again by itself unless it says otherwise. */
    Optional<String> fault();

    /** Looks emitted since it began. */
    long emitted();

    @Override
    void close();
}
