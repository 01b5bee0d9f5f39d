/** Writes that other programs make straight into the new database, brought onto the log. */
@NullMarked
package dev.changeover.producer.capture;

import org.jspecify.annotations.NullMarked;
