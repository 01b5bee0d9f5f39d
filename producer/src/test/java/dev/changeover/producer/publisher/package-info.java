/** Tests of the publisher, on a real broker. */
@NullMarked
package dev.changeover.producer.publisher;

import org.jspecify.annotations.NullMarked;
