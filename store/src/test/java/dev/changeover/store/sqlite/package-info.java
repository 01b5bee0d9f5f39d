@NullMarked
package dev.changeover.store.sqlite;

import org.jspecify.annotations.NullMarked;
