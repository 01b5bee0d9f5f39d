/**
 * For Java applications, and for the gateway: puts writes on the log and says what became of them. {@link
 * dev.changeover.producer.publisher.Publisher} is the way in.
 */
@NullMarked
package dev.changeover.producer.publisher;

import org.jspecify.annotations.NullMarked;
