package dev.changeover.producer.publisher;

/** How far a write must have come before it is answered. */
public enum Wait {
    /** On the log. What depends on the state, a patch or a create, is answered when it was accepted. */
    PUBLISHED,
    /** Applied by the primary: whoever reads after the answer reads this write, or a later one. */
    PRIMARY,
    /** Applied by both sides. */
    BOTH
}
