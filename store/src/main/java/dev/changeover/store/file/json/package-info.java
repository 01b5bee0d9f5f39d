/** JSON documents as bytes: where values stand in them, records read from them, and edits that leave all other bytes as they are. */
@NullMarked
package dev.changeover.store.file.json;

import org.jspecify.annotations.NullMarked;
