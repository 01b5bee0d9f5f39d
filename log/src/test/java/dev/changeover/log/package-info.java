@NullMarked
package dev.changeover.log;

import org.jspecify.annotations.NullMarked;
