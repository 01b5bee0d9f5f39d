/** JSON lines: read line by line, and found by key without being read. */
@NullMarked
package dev.changeover.store.file.lines;

import org.jspecify.annotations.NullMarked;
