/** Looks at what the stores really hold, and says so on {@code observations}. */
@NullMarked
package dev.changeover.verifier.observe;

import org.jspecify.annotations.NullMarked;
