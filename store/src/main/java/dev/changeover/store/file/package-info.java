/**
 * Records in JSON documents and JSON lines, as applications write them: {@link dev.changeover.store.file.FileReader} looks,
 * {@link dev.changeover.store.file.FileStore} applies changes, many files at once or none of them.
 */
@NullMarked
package dev.changeover.store.file;

import org.jspecify.annotations.NullMarked;
