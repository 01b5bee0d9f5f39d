/**
 * A history of what clients asked for and were told, while processes are killed and the primary is switched, and the checker that
 * says whether one order of all of it explains what they saw and what both stores hold afterwards.
 */
@NullMarked
package dev.changeover.app.history;

import org.jspecify.annotations.NullMarked;
