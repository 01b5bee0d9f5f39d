/** Joins, key by key, what the log says with what both sides were seen to hold, and says what differs at a position. */
@NullMarked
package dev.changeover.verifier.compare;

import org.jspecify.annotations.NullMarked;
