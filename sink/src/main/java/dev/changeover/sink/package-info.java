/**
 * One side's consumer: takes the events of {@code changes} and applies them to one store, exactly once in effect, because the
 * position lies in the store itself. {@link dev.changeover.sink.Sink} is the role.
 */
@NullMarked
package dev.changeover.sink;

import org.jspecify.annotations.NullMarked;
