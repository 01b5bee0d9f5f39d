/** Tests of the sink, on a real broker. */
@NullMarked
package dev.changeover.sink;

import org.jspecify.annotations.NullMarked;
