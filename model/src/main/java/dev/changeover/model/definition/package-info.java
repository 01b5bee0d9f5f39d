/** Reads migration.yaml into a Migration, or reports every error in it with file, line and what would be right. */
@NullMarked
package dev.changeover.model.definition;

import org.jspecify.annotations.NullMarked;
