/**
 * Fills an empty store from the log: {@link dev.changeover.sink.rebuild.Rebuild} reads {@code changes} from the beginning and applies
 * them as the sink does, without its group and without telling anybody how far it is.
 */
@NullMarked
package dev.changeover.sink.rebuild;

import org.jspecify.annotations.NullMarked;
