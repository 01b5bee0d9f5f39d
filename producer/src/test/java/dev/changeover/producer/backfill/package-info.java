/** Tests of the backfill, on a real broker. */
@NullMarked
package dev.changeover.producer.backfill;

import org.jspecify.annotations.NullMarked;
