/**
 * Records as rows of an SQLite database: one file, one writer at a time, the position in the same transaction as the rows. What
 * SQLite takes without a word (a text where a number should be, a text that is too long for its column) is checked here.
 */
@NullMarked
package dev.changeover.store.sqlite;

import org.jspecify.annotations.NullMarked;
