/** Where an entity's records live on a side: paths inside files, or a table and how each of its columns comes from the record. One layout serves both directions. */
@NullMarked
package dev.changeover.model.layout;

import org.jspecify.annotations.NullMarked;
