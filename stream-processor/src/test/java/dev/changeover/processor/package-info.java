@NullMarked
package dev.changeover.processor;

import org.jspecify.annotations.NullMarked;
