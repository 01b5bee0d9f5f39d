@NullMarked
package dev.changeover.store.file;

import org.jspecify.annotations.NullMarked;
