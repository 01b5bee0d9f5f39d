/** The verifier's role: observes both stores, compares them with the log, scans them whole, and explains what differs. */
@NullMarked
package dev.changeover.verifier;

import org.jspecify.annotations.NullMarked;
