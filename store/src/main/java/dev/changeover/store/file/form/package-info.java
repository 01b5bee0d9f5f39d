/** How documents are written: records are read out of them, and put into them, as if all were JSON. */
@NullMarked
package dev.changeover.store.file.form;

import org.jspecify.annotations.NullMarked;
