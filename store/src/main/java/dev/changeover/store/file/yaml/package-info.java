/** YAML documents, as JSON for whoever reads records out of them, and back: an edit changes the text where a value changed, and nowhere else. */
@NullMarked
package dev.changeover.store.file.yaml;

import org.jspecify.annotations.NullMarked;
