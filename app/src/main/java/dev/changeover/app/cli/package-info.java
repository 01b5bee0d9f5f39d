/** The changeover command: its sub-commands, what they print and how they exit. */
@NullMarked
package dev.changeover.app.cli;

import org.jspecify.annotations.NullMarked;
