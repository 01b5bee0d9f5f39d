/** Certificates: what both sides hold at a barrier, and that they were looked at. */
@NullMarked
package dev.changeover.verifier.certify;

import org.jspecify.annotations.NullMarked;
