/** What makes a batch over many files one step: it is on disk as a whole before the first file is touched. */
@NullMarked
package dev.changeover.store.file.journal;

import org.jspecify.annotations.NullMarked;
