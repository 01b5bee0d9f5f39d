/** The one form in which records of both sides are compared, its 128-bit digest, and the additive digest of many. */
@NullMarked
package dev.changeover.model.canonical;

import org.jspecify.annotations.NullMarked;
