/**
 * Records as rows of PostgreSQL. The position is a row of {@code changeover.positions} and the first thing that each of our
 * transactions changes, so that a reader of the write-ahead log knows each of them, and the position, before its rows.
 */
@NullMarked
package dev.changeover.store.postgresql;

import org.jspecify.annotations.NullMarked;
