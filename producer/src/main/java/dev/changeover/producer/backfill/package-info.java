/**
 * Publishes what the legacy store holds as snapshot reads: cut into chunks once, shared out over workers, each chunk in one
 * transaction. {@link dev.changeover.producer.backfill.Backfill} is the role.
 */
@NullMarked
package dev.changeover.producer.backfill;

import org.jspecify.annotations.NullMarked;
