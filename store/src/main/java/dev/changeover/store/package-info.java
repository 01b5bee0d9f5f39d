/** What every store is: it can be scanned, read, and have changes applied exactly once. */
@NullMarked
package dev.changeover.store;

import org.jspecify.annotations.NullMarked;
