/** Names of a migration's topics, positions in them, and what travels on progress, observations, verdicts, control and dead-letters. */
@NullMarked
package dev.changeover.model.topic;

import org.jspecify.annotations.NullMarked;
