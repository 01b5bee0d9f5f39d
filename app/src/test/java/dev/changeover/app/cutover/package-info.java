/** Tests of switching the primary. */
@NullMarked
package dev.changeover.app.cutover;

import org.jspecify.annotations.NullMarked;
