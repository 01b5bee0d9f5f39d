/** Switching the primary: what this process may serve, the gate, cutover, rollback and complete. */
@NullMarked
package dev.changeover.app.cutover;

import org.jspecify.annotations.NullMarked;
