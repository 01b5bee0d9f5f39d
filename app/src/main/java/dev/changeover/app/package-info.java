/** The one place where the parts are put together. */
@NullMarked
package dev.changeover.app;

import org.jspecify.annotations.NullMarked;
