@NullMarked
package dev.changeover.store.table;

import org.jspecify.annotations.NullMarked;
