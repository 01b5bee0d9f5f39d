/** The demo, run. */
@NullMarked
package dev.changeover.app.demo;

import org.jspecify.annotations.NullMarked;
