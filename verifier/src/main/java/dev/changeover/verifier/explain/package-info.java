/** Says field by field what differs between the sides and the log, and most likely why. */
@NullMarked
package dev.changeover.verifier.explain;

import org.jspecify.annotations.NullMarked;
