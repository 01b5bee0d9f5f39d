/** What is shown of a migration. */
@NullMarked
package dev.changeover.app.http;

import org.jspecify.annotations.NullMarked;
