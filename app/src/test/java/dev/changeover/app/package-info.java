/** The whole pipeline, and the rules of the house. */
@NullMarked
package dev.changeover.app;

import org.jspecify.annotations.NullMarked;
