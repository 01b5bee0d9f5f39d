@NullMarked
package dev.changeover.store.postgresql;

import org.jspecify.annotations.NullMarked;
