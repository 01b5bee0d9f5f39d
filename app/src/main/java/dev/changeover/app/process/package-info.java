/** One running process: the roles it was asked for, wired together, and its files in the data directory. */
@NullMarked
package dev.changeover.app.process;

import org.jspecify.annotations.NullMarked;
