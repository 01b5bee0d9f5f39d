/** Strict reading and exact writing of JSON: nothing is rounded, reordered or dropped in silence. */
@NullMarked
package dev.changeover.model.json;

import org.jspecify.annotations.NullMarked;
