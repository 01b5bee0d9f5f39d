/**
 * Compares both stores whole: additive digests per bucket, drill-down where they differ, suspects read again until positions
 * prove that it is not lag.
 */
@NullMarked
package dev.changeover.verifier.deepscan;

import org.jspecify.annotations.NullMarked;
