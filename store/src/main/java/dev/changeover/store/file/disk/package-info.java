/** The calls by which a file store changes the disk, so that a test can stop it before any of them. */
@NullMarked
package dev.changeover.store.file.disk;

import org.jspecify.annotations.NullMarked;
