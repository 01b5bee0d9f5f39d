@NullMarked
package dev.changeover.store;

import org.jspecify.annotations.NullMarked;
