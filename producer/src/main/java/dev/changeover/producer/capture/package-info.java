/**
 * Writes that others make straight into a store, brought onto the log: after the cutover into the new database, before it into the
 * application's own files.
 */
@NullMarked
package dev.changeover.producer.capture;

import org.jspecify.annotations.NullMarked;
