@NullMarked
package dev.changeover.producer.capture;

import org.jspecify.annotations.NullMarked;
