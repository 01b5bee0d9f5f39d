/** The client examples of {@code clients/} and the pages of {@code docs/recipes/}, run by the interpreters that are installed here. */
@NullMarked
package dev.changeover.app.clients;

import org.jspecify.annotations.NullMarked;
