/** How a record stands in a row of a table, and comes back from it: no JDBC, so that whoever sees rows can use it. */
@NullMarked
package dev.changeover.store.table;

import org.jspecify.annotations.NullMarked;
